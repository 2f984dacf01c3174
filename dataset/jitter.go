package dataset

import (
	"math"
	"math/rand/v2"
	"slices"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/workers"
)

// jitters reports whether events are moved, for which recordings are read again.
func (a Augment) jitters() bool { return a.Jitter > 0 || a.JitterPixels > 0 }

// needed lists the samples of a batch and those that are mixed into them, each once.
func (f *Frames) needed(batch []int, draw *Draw) []int {
	which := slices.Clone(batch)
	for _, i := range batch {
		if other, share := f.Augment.mix(draw, i, f.Len()); share > 0 {
			which = append(which, other)
		}
	}
	slices.Sort(which)
	return slices.Compact(which)
}

// jittered reads the recordings of a batch's samples, and of those that are mixed into them, moves
// each event, and integrates the frames.
func (f *Frames) jittered(batch []int, draw Draw) (map[int][]uint16, error) {
	which := f.needed(batch, &draw)
	made := make([][]uint16, len(which))
	err := workers.Each(len(which), f.threads, func() func(n int) error {
		g, err := frames.NewIntegrator(f.Config)
		if err != nil {
			panic(err) // it was validated
		}
		var all, room []events.Event
		return func(n int) error {
			i := which[n]
			_, err := f.set.read(f.set.Samples[i%f.Len()], f.Config.Sensor,
				func(r events.Reader) (err error) {
					if all, err = events.AppendAll(all[:0], r); err != nil {
						return err
					}
					var random rand.PCG
					draw.seed(&random, streamJitter, i)
					f.Augment.jitter(all, f.Config.Sensor, rand.New(&random))
					all, room = sortByTime(all, room)
					made[n], err = g.Events(all)
					return err
				})
			return err
		}
	})
	stored := make(map[int][]uint16, len(which))
	for n, i := range which {
		stored[i] = made[n]
	}
	return stored, err
}

// jitter moves events in place. Their times may be out of order afterwards.
func (a Augment) jitter(all []events.Event, sensor events.Size, r *rand.Rand) {
	for i := range all {
		e := &all[i]
		if a.Jitter > 0 {
			e.T += events.Micros(math.Round(float64(a.Jitter) * r.NormFloat64()))
		}
		if a.JitterPixels > 0 {
			x := int(e.X) + int(math.Round(a.JitterPixels*r.NormFloat64()))
			y := int(e.Y) + int(math.Round(a.JitterPixels*r.NormFloat64()))
			if x >= 0 && x < sensor.Width && y >= 0 && y < sensor.Height {
				e.X, e.Y = uint16(x), uint16(y)
			}
		}
	}
}

// sortByTime sorts events by time, keeping the order of those of the same time, and returns them
// and the other of the two slices, for the next call. It is a radix sort: one that compares takes
// several times as long.
func sortByTime(all, room []events.Event) (sorted, other []events.Event) {
	if len(all) == 0 {
		return all, room
	}
	first, last := all[0].T, all[0].T
	for _, e := range all {
		first, last = min(first, e.T), max(last, e.T)
	}
	const digits = 11 // bits, so that the counts fit the first-level cache
	room = slices.Grow(room[:0], len(all))[:len(all)]
	for shift := 0; uint64(last-first)>>shift > 0; shift += digits {
		digit := func(e events.Event) uint64 { return uint64(e.T-first) >> shift & (1<<digits - 1) }
		var to [1 << digits]int // index at which the next event with a digit goes
		for _, e := range all {
			to[digit(e)]++
		}
		sum := 0
		for d, n := range to {
			to[d], sum = sum, sum+n
		}
		for _, e := range all {
			d := digit(e)
			room[to[d]] = e
			to[d]++
		}
		all, room = room, all
	}
	return all, room
}

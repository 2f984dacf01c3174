package dataset

import (
	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/workers"
)

// OnDemand returns the samples of a set, each of which is integrated when Fill asks for it and is
// not kept: for sets that are larger than memory, and for several loaders that share a set. The
// error is that of a configuration that is not valid; Fill returns the errors of recordings. The
// events that SkipInvalid leaves out are not counted.
func (s *Set) OnDemand(cfg frames.Config, threads int) (*Frames, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	f := &Frames{Config: cfg, labels: make([]int, len(s.Samples)), set: s, threads: threads}
	for i, sample := range s.Samples {
		f.labels[i] = sample.Label
	}
	for range max(1, threads) {
		g, err := frames.NewIntegrator(cfg)
		if err != nil {
			return nil, err
		}
		f.integrators = append(f.integrators, g)
	}
	return f, nil
}

// Each gives the frames of a batch's samples without augmentation, one at a time: frame t of the
// sample at place b of the batch, [H][W][channels]uint16 in units of Config.Scale, which is valid
// until give returns. Where samples are made on demand, several threads call give at a time. The
// error is that of a recording, or of give.
func (f *Frames) Each(batch []int, give func(b, t int, frame []uint16) error) error {
	if f.counts == nil {
		return f.integrate(len(batch), func(b int) int { return batch[b] },
			func(b int, g *frames.Integrator, r events.Reader) error {
				return g.Each(r, func(t int, frame []uint16) error { return give(b, t, frame) })
			})
	}
	size := f.Config.Len() / f.Config.T
	for b, i := range batch {
		for t := range f.Config.T {
			frame := f.counts[i%f.Len()][t*size : (t+1)*size]
			if err := give(b, t, frame); err != nil {
				return err
			}
		}
	}
	return nil
}

// integrate opens the recordings of n samples, numbered by the function sample, on several threads.
func (f *Frames) integrate(n int, sample func(n int) int,
	read func(n int, g *frames.Integrator, r events.Reader) error) error {

	free := make(chan *frames.Integrator, len(f.integrators))
	for _, g := range f.integrators {
		free <- g
	}
	return workers.Each(n, min(f.threads, n), func() func(n int) error {
		return func(n int) error {
			g := <-free
			defer func() { free <- g }()
			_, err := f.set.read(f.set.Samples[sample(n)%f.Len()], f.Config.Sensor,
				func(r events.Reader) error { return read(n, g, r) })
			return err
		}
	})
}

// read integrates the samples of a batch and those that are mixed into them.
func (f *Frames) read(batch []int, draw *Draw) (map[int][]uint16, error) {
	which := f.needed(batch, draw)
	made := make([][]uint16, len(which))
	err := f.integrate(len(which), func(n int) int { return which[n] },
		func(n int, g *frames.Integrator, r events.Reader) (err error) {
			made[n], err = g.Read(r)
			return err
		})
	stored := make(map[int][]uint16, len(which))
	for n, i := range which {
		stored[i] = made[n]
	}
	return stored, err
}

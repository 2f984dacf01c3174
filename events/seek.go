package events

import (
	"io"
	"math"
)

// A seeker is a Reader that can pass over events before a time without reading them all.
type seeker interface {
	// seekTime passes over events that are before from, as many as it can without reading much. It
	// does nothing where it cannot be sure of their times, or finds damage: the reads that follow
	// will return the error.
	seekTime(from Micros)
}

// A seekingDecoder can begin decoding in the middle of a file.
type seekingDecoder interface {
	// seek returns how many bytes of the rest of the file can be passed over because all events in
	// them are before from, and prepares the decoder to go on behind them.
	seek(rest *io.SectionReader, from Micros) (skip int64)
}

// seekTime passes over the bytes that the decoder's seek returns.
func (s *stream) seekTime(from Micros) {
	var d any = s.decoder
	if e, ok := d.(*asEvents); ok {
		d = e.placer
	}
	seeking, ok := d.(seekingDecoder)
	if !ok || s.at == nil || s.err != nil || len(s.pending) > 0 {
		return
	}
	rest := io.NewSectionReader(s.at, s.offset, s.size-s.offset)
	skip := seeking.seek(rest, from)
	if skip == 0 {
		return
	}
	s.offset += skip
	s.r, s.data, s.ended = io.NewSectionReader(s.at, s.offset, s.size-s.offset), nil, nil
}

const (
	mostProbes = 32      // probes, evenly over a recording, whose times must be in order
	nearWords  = 1 << 10 // words before from that are read rather than bisected further
	mostProbe  = 1 << 16 // bytes that one probe reads at most
)

// An anchor finds the first place in b at which decoding can begin. b begins with a word. No event
// before the place is later than latest. It is false where b has no such place.
type anchor func(b []byte) (at int, latest Micros, ok bool)

// eachWord is the anchor of words of size bytes each of which has a time; time is false for a word
// without one.
func eachWord(size int64, time func(word []byte) (Micros, bool)) anchor {
	return func(b []byte) (at int, latest Micros, ok bool) {
		if int64(len(b)) < size {
			return 0, 0, false
		}
		latest, ok = time(b)
		return 0, latest, ok
	}
}

// bisectWords returns how many bytes of words of this size can be passed over (see seekingDecoder).
// It probes the beginning first.
func bisectWords(rest *io.SectionReader, size int64, from Micros, find anchor) (skip int64) {
	b := make([]byte, mostProbe)
	n := rest.Size() / size
	return size * bisect(n, nearWords, mostProbes, from, func(i int64) (int64, Micros, bool) {
		for length := 512; ; length *= 2 {
			n, err := rest.ReadAt(b[:length], i*size)
			at, latest, ok := find(b[:n])
			if ok || err != nil || length == mostProbe {
				return i + int64(at)/size, latest, ok
			}
		}
	})
}

// bisect returns one of n places from which to read on. All events before the place are before
// from, and at most near more places could be passed over. bisect first probes places evenly over
// the n, as many as probes says. A probe returns the first place from the i-th on at which decoding
// can begin, and a time that no event before this place is later than. bisect returns 0, the
// beginning, if the times of its probes are out of order.
func bisect(n, near, probes int64, from Micros,
	probe func(i int64) (at int64, latest Micros, ok bool)) int64 {

	if n <= near {
		return 0
	}
	lo, hi := int64(0), n
	loTime, hiTime := Micros(math.MinInt64), Micros(math.MaxInt64)
	last := loTime
	for k := range probes + 1 {
		at, t, ok := probe((n-1)/probes*k + (n-1)%probes*k/probes)
		switch {
		case !ok:
			continue
		case t < last:
			return 0
		case t < from:
			lo, loTime = at, t
		case at < hi:
			hi, hiTime = at, t
		}
		last = t
	}
	for hi-lo > near {
		middle := lo + (hi-lo)/2
		at, t, ok := probe(middle)
		switch {
		case !ok || at >= hi:
			hi = middle
		case t < loTime || t > hiTime:
			return 0
		case t < from:
			lo, loTime = at, t
		default:
			hi, hiTime = middle, t
		}
	}
	return lo
}

package events

import (
	"io"
	"math"
)

// A seeker is a Reader that need not read all that comes before a time.
type seeker interface {
	// seekTime passes over events that are before a time, as many as it can without reading much.
	// It does nothing where it cannot be sure that they are, or finds damage: reading on will tell.
	seekTime(from Micros)
}

// A seekingDecoder can begin in the middle of its words.
type seekingDecoder interface {
	// seek says how many bytes of the rest of the file can be passed over because all events in
	// them are before from, and makes the decoder go on behind them.
	seek(rest *io.SectionReader, from Micros) (skip int64)
}

// seekTime passes over what the decoder says.
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
	// places, evenly over the rest of a recording, whose times must be in order
	mostProbes = 32
	nearWords  = 1 << 10 // from where to read on rather than look for a closer place
	mostProbe  = 1 << 16 // bytes that are read to find a place to begin
)

// An anchor is where decoding can begin: the first place in b, which begins with a word, if there
// is one; and a time that no event before it is later than.
type anchor func(b []byte) (at int, latest Micros, ok bool)

// eachWord is the anchor of words of this size that have a time each; time is false for a word
// without.
func eachWord(size int64, time func(word []byte) (Micros, bool)) anchor {
	return func(b []byte) (at int, latest Micros, ok bool) {
		if int64(len(b)) < size {
			return 0, 0, false
		}
		latest, ok = time(b)
		return 0, latest, ok
	}
}

// bisectWords says how many bytes of words of this size can be passed over, see seekingDecoder. The
// first place it asks for is the beginning.
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

// bisect looks for a place among n from which to read on: all events before it are before from, and
// it is one of the last such places. It first looks at as many places as probes says, evenly over
// them. A probe finds the first place from the i-th on where one can begin, and a time that no
// event before it is later than. It is 0, the beginning, if the times that it meets are not in
// order.
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

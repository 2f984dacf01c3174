package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"ssnn/events"
)

// Slicing says how a long recording is cut into samples: exactly one of Duration, Count and Labels
// is set.
type Slicing struct {
	Duration events.Micros // each sample lasts so many us, from the first event on
	Count    int64         // each sample has so many events
	Labels   []Span        // each row is a sample

	// Overlap is how many us, or events, each sample of a Duration or Count shares with the one
	// before.
	Overlap int64

	// Rest keeps the end of a recording that does not fill a sample of a Duration or Count.
	Rest bool
}

// Part is a part of a recording, which becomes a sample.
type Part struct {
	Number int64  // within its recording, from 0: in order of time, or of the rows of Labels
	Class  string // class of the row of Labels; else empty

	// The events with From <= t < To in us; by Count, those with From <= number < To.
	From, To int64
}

// Sliced says what became of a recording.
type Sliced struct {
	Samples int64 // parts that have events
	Empty   int64 // parts that have none, for which nothing is opened
	Events  int64 // events of the recording
	Outside int64 // events of the recording that are in no part
}

// mostOpen bounds how many parts overlap at any time, as each is a file that is being written.
const mostOpen = 256

// Validate says what is wrong with the slicing, or nil.
func (s Slicing) Validate() error {
	ways := 0
	for _, is := range []bool{s.Duration != 0, s.Count != 0, s.Labels != nil} {
		if is {
			ways++
		}
	}
	size, unit := s.size(), "us"
	if s.Count != 0 {
		unit = "events"
	}
	switch {
	case ways != 1:
		return errors.New("want exactly one of a duration (--duration), a number of events " +
			"(--count) and labels (--labels) by which samples are cut")
	case s.Labels != nil && (s.Overlap != 0 || s.Rest):
		return errors.New("--overlap and --rest are for samples that are cut by --duration or " +
			"--count, not by --labels")
	case s.Labels != nil:
		return nil
	case size < 1:
		return fmt.Errorf("samples of %d %s, want 1 or more", size, unit)
	case s.Overlap < 0 || s.Overlap >= size:
		return fmt.Errorf("an overlap of %d %s, want 0 or more and less than a sample's %d",
			s.Overlap, unit, size)
	case (size-1)/(size-s.Overlap) >= mostOpen:
		return fmt.Errorf("an overlap of %d %s in samples of %d: each shares events with %d "+
			"others, want fewer than %d", s.Overlap, unit, size, (size-1)/(size-s.Overlap),
			mostOpen)
	}
	return nil
}

func (s Slicing) size() int64 { return cmp.Or(int64(s.Duration), s.Count) }

// Cut reads a recording once and writes each part of it, while it is read, to the writer that open
// returns for it; parts that overlap are written side by side. all is the summary that a first pass
// over the recording has found. No more than a few thousand events are held in memory.
func (s Slicing) Cut(r events.Reader, all events.Summary, open func(Part) (events.Writer, error)) (
	done Sliced, err error) {

	if err := s.Validate(); err != nil {
		return done, err
	}
	var parts sequence
	switch {
	case s.Labels != nil:
		parts = newSpans(s.Labels)
	case s.Count > 0:
		parts = s.windows(0, int64(all.Events))
	default:
		parts = s.windows(int64(all.First), int64(all.Last-all.First)+1)
	}
	var running []writing
	buf := make([]events.Event, 4096)
	for {
		n, err := r.Read(buf)
		for rest := buf[:n]; len(rest) > 0; {
			position := func(i int) int64 {
				if s.Count > 0 {
					return done.Events + int64(i)
				}
				return int64(rest[i].T)
			}
			now := position(0)
			if running, err = closed(running, now); err != nil {
				return done, err
			}
			for p, ok := parts.next(now); ok; p, ok = parts.next(now) {
				if len(running) == mostOpen {
					return done, fmt.Errorf("more than %d samples overlap at %d us, want at most "+
						"that", mostOpen, now)
				}
				w, err := open(p)
				if err != nil {
					return done, err
				}
				running = append(running, writing{w, p.To})
				done.Samples++
			}
			border := parts.from()
			for _, w := range running {
				border = min(border, w.to)
			}
			same := 1 // number of events up to the next end or beginning of a part
			for same < len(rest) && position(same) < border {
				same++
			}
			for _, w := range running {
				if err := w.Write(rest[:same]); err != nil {
					return done, err
				}
			}
			if len(running) == 0 {
				done.Outside += int64(same)
			}
			done.Events += int64(same)
			rest = rest[same:]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return done, err
		}
	}
	_, err = closed(running, math.MaxInt64)
	done.Empty = parts.total() - done.Samples
	return done, err
}

// writing is a part that has begun.
type writing struct {
	events.Writer
	to int64
}

// closed closes the parts that end at or before now and returns the others.
func closed(running []writing, now int64) ([]writing, error) {
	rest := running[:0]
	for _, w := range running {
		if w.to > now {
			rest = append(rest, w)
		} else if err := w.Close(); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// sequence yields the parts of a recording in the order of their beginnings. Times are in us, or
// are numbers of events where samples are cut by Count.
type sequence interface {
	// next returns the next part that has begun at or before now and ends after it, if there is
	// one. Parts that have ended are passed over.
	next(now int64) (Part, bool)
	from() int64  // where the next part begins, MaxInt64 if there is none
	total() int64 // number of parts
}

// windows are parts of equal size.
type windows struct {
	first, size, step int64
	n                 int64 // number of parts
	at                int64 // number of the next part
}

// windows returns the parts of a recording of this length that begins at first.
func (s Slicing) windows(first, length int64) *windows {
	w := &windows{first: first, size: s.size(), step: s.size() - s.Overlap}
	if length >= w.size {
		w.n = (length-w.size)/w.step + 1
	}
	// The rest is a part of its own where it has events that no other part has.
	if s.Rest && length > 0 && (w.n == 0 || w.n*w.step+s.Overlap < length) {
		w.n++
	}
	return w
}

func (w *windows) next(now int64) (Part, bool) {
	now -= w.first
	if now >= w.size {
		w.at = max(w.at, (now-w.size)/w.step+1)
	}
	if w.at >= w.n || w.at*w.step > now {
		return Part{}, false
	}
	from := w.first + w.at*w.step
	p := Part{Number: w.at, From: from, To: math.MaxInt64}
	if from <= math.MaxInt64-w.size {
		p.To = from + w.size
	}
	w.at++
	return p, true
}

func (w *windows) from() int64 {
	if w.at >= w.n {
		return math.MaxInt64
	}
	return w.first + w.at*w.step
}

func (w *windows) total() int64 { return w.n }

// spans are the parts that the rows of a table say.
type spans struct {
	all []Part // in the order of their beginnings
	at  int    // number of the next part in all
}

func newSpans(labels []Span) *spans {
	r := &spans{}
	for i, l := range labels {
		r.all = append(r.all, Part{int64(i), l.Class, int64(l.From), int64(l.To)})
	}
	slices.SortStableFunc(r.all, func(a, b Part) int { return cmp.Compare(a.From, b.From) })
	return r
}

func (r *spans) next(now int64) (Part, bool) {
	for r.at < len(r.all) && r.all[r.at].From <= now {
		r.at++
		if p := r.all[r.at-1]; p.To > now {
			return p, true
		}
	}
	return Part{}, false
}

func (r *spans) from() int64 {
	if r.at == len(r.all) {
		return math.MaxInt64
	}
	return r.all[r.at].From
}

func (r *spans) total() int64 { return int64(len(r.all)) }

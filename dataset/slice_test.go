package dataset

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"ssnn/events"
)

// listed reads a list, a few events at a time.
type listed struct {
	rest []events.Event
	few  int
}

func (l *listed) Format() string      { return "a list" }
func (l *listed) Sensor() events.Size { return events.Size{} }

func (l *listed) Read(buf []events.Event) (n int, err error) {
	n = copy(buf[:min(l.few, len(buf))], l.rest)
	l.rest = l.rest[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// kept keeps what is written.
type kept struct {
	all    []events.Event
	closed bool
}

func (k *kept) Write(all []events.Event) error { k.all = append(k.all, all...); return nil }
func (k *kept) Close() error                   { k.closed = true; return nil }

// slowly is what slicing is, by looking at every event for every part.
func slowly(s Slicing, all []events.Event) map[int64][]events.Event {
	parts := map[int64][]events.Event{}
	take := func(number, from, to int64) {
		for i, e := range all {
			at := int64(e.T)
			if s.Count > 0 {
				at = int64(i)
			}
			if from <= at && at < to {
				parts[number] = append(parts[number], e)
			}
		}
	}
	for i, l := range s.Labels {
		take(int64(i), int64(l.From), int64(l.To))
	}
	if s.Labels != nil || len(all) == 0 {
		return parts
	}
	first, end := int64(all[0].T), int64(all[len(all)-1].T)+1
	if s.Count > 0 {
		first, end = 0, int64(len(all))
	}
	before := first // where the part before has ended
	for k, from := int64(0), first; ; k, from = k+1, from+s.size()-s.Overlap {
		to := from + s.size()
		if to > end && (!s.Rest || k > 0 && before >= end) {
			return parts
		}
		take(k, from, to)
		before = to
		if to > end {
			return parts
		}
	}
}

func TestCutIsWhatLookingAtEveryEventFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 400 {
		var all []events.Event
		for now := events.Micros(random.IntN(50)); len(all) < n%97; {
			all = append(all, events.Event{T: now, X: uint16(len(all))})
			now += events.Micros(random.IntN(4) * random.IntN(9))
		}
		s := Slicing{Rest: random.IntN(2) == 0}
		switch size := 1 + random.Int64N(40); n % 3 {
		case 0:
			s.Duration, s.Overlap = events.Micros(size), random.Int64N(size)
		case 1:
			s.Count, s.Overlap = size, random.Int64N(size)
		default:
			s = Slicing{Labels: []Span{}}
			for range 1 + random.IntN(9) {
				from := events.Micros(random.IntN(300))
				s.Labels = append(s.Labels, Span{Class: "a", From: from,
					To: from + 1 + events.Micros(random.IntN(90))})
			}
		}
		summary, err := events.Summarise(&listed{all, 5})
		if err != nil {
			t.Fatal(err)
		}
		parts := map[int64]*kept{}
		got, err := s.Cut(&listed{all, 1 + random.IntN(30)}, summary,
			func(p Part) (events.Writer, error) {
				if parts[p.Number] != nil {
					t.Errorf("part %d begins twice", p.Number)
				}
				parts[p.Number] = &kept{}
				return parts[p.Number], nil
			})
		if err != nil {
			t.Fatal(err)
		}
		want := slowly(s, all)
		if !slices.Equal(slices.Sorted(maps.Keys(parts)), slices.Sorted(maps.Keys(want))) {
			t.Fatalf("%+v of %d events: parts %v, want %v", s, len(all),
				slices.Sorted(maps.Keys(parts)), slices.Sorted(maps.Keys(want)))
		}
		in := map[uint16]bool{}
		for i, p := range parts {
			if !slices.Equal(p.all, want[i]) || !p.closed {
				t.Fatalf("%+v: part %d is %v, closed %v, want %v", s, i, p.all, p.closed, want[i])
			}
			for _, e := range p.all {
				in[e.X] = true
			}
		}
		if got.Events != int64(len(all)) || got.Outside != int64(len(all)-len(in)) ||
			got.Samples != int64(len(want)) {

			t.Errorf("%+v: %+v, want %d events, %d outside", s, got, len(all), len(all)-len(in))
		}
	}
}

// A recording with a gap of years is cut without a look at each of its parts.
func TestCutPassesOverGaps(t *testing.T) {
	all := []events.Event{{T: 0}, {T: 1 << 60}, {T: 1<<60 + 1}}
	summary, _ := events.Summarise(&listed{all, 5})
	done, err := Slicing{Duration: 1, Rest: true}.Cut(&listed{all, 5}, summary,
		func(Part) (events.Writer, error) { return &kept{}, nil })
	if want := (Sliced{3, 1<<60 - 1, 3, 0}); err != nil || done != want {
		t.Errorf("%+v, %v, want %+v", done, err, want)
	}
}

func TestSlicingRefuses(t *testing.T) {
	for want, s := range map[string]Slicing{
		"want exactly one of a duration (--duration), a number of events (--count) and labels " +
			"(--labels) by which samples are cut": {},
		"samples of -1 events, want 1 or more": {Count: -1},
		"an overlap of 5 us, want 0 or more and less than a sample's 5": {Duration: 5,
			Overlap: 5},
		"an overlap of 999 events in samples of 1000: each shares events with 999 others, want " +
			"fewer than 256": {Count: 1000, Overlap: 999},
		"--overlap and --rest are for samples that are cut by --duration or --count, not by " +
			"--labels": {Labels: []Span{{1, "a", 0, 1}}, Rest: true},
	} {
		if err := s.Validate(); fmt.Sprint(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	many := make([]Span, mostOpen+1)
	for i := range many {
		many[i] = Span{Class: "a", To: 10}
	}
	all := []events.Event{{T: 5}}
	_, err := Slicing{Labels: many}.Cut(&listed{all, 5},
		events.Summary{Events: 1, First: 5, Last: 5},
		func(Part) (events.Writer, error) { return &kept{}, nil })
	if err == nil || err.Error() != "more than 256 samples overlap at 5 us, want at most that" {
		t.Errorf("error %v", err)
	}
}

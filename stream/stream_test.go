package stream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
)

const recordings = "../testdata/recordings/"

// digits are recordings of N-MNIST, one after the other in time.
func digits(t testing.TB) []events.Event {
	var all []events.Event
	for _, name := range []string{"nmnist-5-00001.bin", "nmnist-0-00002.bin",
		"nmnist-7-60001.bin"} {
		var offset events.Micros
		if len(all) > 0 {
			offset = all[len(all)-1].T + 500
		}
		for _, e := range read(t, name) {
			e.T += offset
			all = append(all, e)
		}
	}
	return all
}

// gesture is the sample of DVS128 Gesture, small enough for a network of 34x34 pixels.
func gesture(t testing.TB) []events.Event {
	all := read(t, "gesture-1.bin")
	for i := range all {
		all[i].X, all[i].Y = all[i].X*34/128, all[i].Y*34/128
	}
	return all
}

func read(t testing.TB, name string) []events.Event {
	f, err := events.Open(filepath.Join(recordings, name), events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := events.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// openModel is the small trained network, with exits after all of its timesteps or none.
func openModel(t testing.TB, exits bool) *infer.Model {
	const path = "../infer/testdata/nmnist.safetensors"
	m, err := infer.Open(path, infer.Options{})
	if err == nil && exits {
		points := m.Points(true)
		for i := range points {
			points[i].Temperature = 0.1
		}
		m, err = infer.Open(path, infer.Options{Exits: &infer.Exits{Threshold: 0.7,
			Points: points}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parts yields events some at a time, of sizes that change.
type parts struct {
	all []events.Event
	n   int
	end error
}

func (p *parts) Format() string      { return "parts" }
func (p *parts) Sensor() events.Size { return events.Size{} }
func (p *parts) Read(buf []events.Event) (int, error) {
	if len(p.all) == 0 {
		return 0, p.end
	}
	p.n = p.n*7%613 + 1
	n := copy(buf[:min(len(buf), p.n)], p.all)
	p.all = p.all[n:]
	return n, nil
}

func opens(all []events.Event) func() (events.Reader, error) {
	return func() (events.Reader, error) { return &parts{all: all, end: io.EOF}, nil }
}

// run are the decisions on a stream.
func run(t testing.TB, m *infer.Model, c Config, all []events.Event) ([]Decision, *Stream) {
	c.Wait = true
	s, err := New(m, c, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	var got []Decision
	if err := s.Run(context.Background(), opens(all), func(d Decision) error {
		got = append(got, d)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got, s
}

// offline are the decisions on the windows of a recording: each cut out of it, integrated and
// classified for itself.
func offline(t *testing.T, m *infer.Model, c Config, all []events.Event) (want []Decision) {
	runner := m.Runner(1, 2)
	defer runner.Close()
	config := c.framesOf(m.Input)
	last := all[len(all)-1].T
	for begin := all[0].T; ; begin += c.Hop {
		var window []events.Event
		for _, e := range all {
			if e.T >= begin && e.T < begin+c.Window {
				window = append(window, e)
			}
		}
		d := Decision{End: begin + c.Window, Events: len(window), Cut: begin+c.Window > last}
		if len(window) > 0 {
			stored, err := config.Integrate(window)
			if err != nil {
				t.Fatal(err)
			}
			values := make([]float32, len(stored))
			for i, n := range stored {
				values[i] = float32(n) * config.Scale()
			}
			d.Decision = must(runner.Classify(values))
			d.Logits = slices.Clone(d.Logits)
			want = append(want, d)
		}
		if d.Cut {
			return want
		}
	}
}

// Streamed decisions are those of the same windows offline, to the bit: with any split, windows
// that overlap, gaps without events, and where windows answer before they end.
func TestStreamedIsOffline(t *testing.T) {
	quiet := slices.Concat(digits(t)[:3000], shifted(digits(t)[3000:], 2_345_678))
	border := digits(t)
	for i := range border {
		border[i].T -= border[i].T % 20_000
	}
	for name, all := range map[string][]events.Event{"times on the windows' borders": border,
		"digits": digits(t), "gesture": gesture(t)[:30000], "a gap": quiet} {
		for _, exits := range []bool{false, true} {
			m := openModel(t, exits)
			for _, c := range []Config{{Window: 300_000, Hop: 100_000},
				{Window: 300_000, Hop: 300_000}, {Window: 50_001, Hop: 33_334}} {
				for _, split := range []*frames.Split{nil, new(frames.Duration),
					new(frames.FixedDuration)} {
					c.Split = split
					got, s := run(t, m, c, all)
					want := offline(t, m, c, all)
					if (s.early != nil) != (exits && split != nil &&
						*split == frames.FixedDuration) {

						t.Fatalf("exits %v, split %v: early is %v", exits, split, s.early != nil)
					}
					slices.SortStableFunc(got,
						func(a, b Decision) int { return int(a.End - b.End) })
					sooner := 0
					// A window that was answered is not asked again when the stream cuts it.
					if s.early != nil {
						got = slices.DeleteFunc(got,
							func(d Decision) bool { return d.End > want[len(want)-1].End })
						for i := range got {
							if got[i].Events < want[i].Events {
								sooner++
							}
							got[i].Events, got[i].Cut = want[i].Events, want[i].Cut
						}
						if sooner == 0 && c.Window == 300_000 &&
							name != "times on the windows' borders" {

							t.Errorf("%s, %+v: no answer came before its window's end", name, c)
						}
					}
					if len(got) != len(want) {
						t.Fatalf("%s, %+v, exits %v: %d decisions, want %d", name, c, exits,
							len(got), len(want))
					}
					for i, w := range want {
						g := got[i]
						if g.End != w.End || g.Events != w.Events || g.Cut != w.Cut ||
							g.Class != w.Class || g.Confidence != w.Confidence ||
							g.Point != w.Point || !slices.Equal(g.Logits, w.Logits) {

							t.Fatalf("%s, %+v, split %v, exits %v, window %d: got %+v, want %+v",
								name, c, split, exits, i, g, w)
						}
					}
					if n := s.Events.Load(); n != int64(len(all)) || n != s.Decided.Load() ||
						s.Dropped.Load() != 0 || s.Decisions.Load() < int64(len(want)) {

						t.Errorf("%s, %+v: %d events, %d decided, %d dropped, want %d, all of "+
							"them and none", name, c, n, s.Decided.Load(), s.Dropped.Load(),
							len(all))
					}
				}
			}
		}
	}
}

func shifted(all []events.Event, by events.Micros) []events.Event {
	all = slices.Clone(all)
	for i := range all {
		all[i].T += by
	}
	return all
}

// What comes too fast is dropped from the oldest on and counted, and what is decided and what was
// dropped is all that came.
func TestOverload(t *testing.T) {
	s, err := New(openModel(t, false), Config{Window: 20_000, Hop: 10_000, Queue: 500}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := digits(t)
	var dropped int64
	if err := s.Run(context.Background(), opens(all), func(d Decision) error {
		dropped += d.Dropped
		time.Sleep(5 * time.Millisecond)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n := int64(len(all))
	if s.Events.Load() != n || s.Dropped.Load() < n/2 || s.Decided.Load()+s.Dropped.Load() != n {
		t.Errorf("%d came, %d decided, %d dropped; want %d, many dropped and the rest decided",
			s.Events.Load(), s.Decided.Load(), s.Dropped.Load(), n)
	}
	if dropped == 0 || dropped > s.Dropped.Load() {
		t.Errorf("decisions say that %d were dropped, want some of %d", dropped, s.Dropped.Load())
	}
}

func TestQueueDropsTheOldest(t *testing.T) {
	var c Counters
	q := newQueue(5, false, &c.Events, &c.Dropped)
	for i := range 9 {
		q.put([]events.Event{{T: events.Micros(2 * i)}, {T: events.Micros(2*i + 1)}},
			time.Duration(i))
	}
	all, arrivals := make([]events.Event, 3), make([]time.Duration, 3)
	for _, want := range [][]events.Micros{{13, 14, 15}, {16, 17}} {
		n := q.take(all, arrivals)
		for i := range n {
			if len(want) != n || all[i].T != want[i] || arrivals[i] != time.Duration(want[i]/2) {
				t.Fatalf("took %v that arrived at %v, want %v", all[:n], arrivals[:n], want)
			}
		}
	}
	q.put(make([]events.Event, 12), 0)
	if c.Events.Load() != 30 || c.Dropped.Load() != 20 {
		t.Errorf("%d came and %d were dropped, want 30 and 20", c.Events.Load(), c.Dropped.Load())
	}
	q.close()
	if q.put(all, 0) || q.take(all, arrivals) != 3 || q.take(all, arrivals) != 2 ||
		q.take(all, arrivals) != 0 {

		t.Error("a closed queue wants nothing and gives what it has")
	}
}

// However a stream ends, what came before is decided.
func TestEnds(t *testing.T) {
	m := openModel(t, false)
	all := digits(t)
	damage := errors.New("damage")
	ctx, cancel := context.WithCancel(context.Background())
	for name, c := range map[string]struct {
		end  error
		want error
	}{"end": {io.EOF, nil}, "damage": {damage, damage}, "stopped": {nil, nil}} {
		s, err := New(m, Config{Window: 300_000, Hop: 100_000, Wait: true}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var last Decision
		err = s.Run(ctx, func() (events.Reader, error) {
			p := &parts{all: all, end: c.end}
			if c.end == nil { // after the events nothing comes for ever
				return &hangs{parts: p, then: func() {
					time.AfterFunc(50*time.Millisecond,
						cancel)
				}}, nil
			}
			return p, nil
		}, func(d Decision) error {
			last = d
			return nil
		})
		if !errors.Is(err, c.want) || err == nil && c.want != nil || !last.Cut ||
			s.Decided.Load() != int64(len(all)) || s.Undecided.Load() != 0 {

			t.Errorf("%s: %v, last %v, %d of %d decided, %d not", name, err, last, s.Decided.Load(),
				len(all), s.Undecided.Load())
		}
		s.Close()
		if name == "stopped" {
			ctx, cancel = context.WithCancel(context.Background())
		}
	}
	cancel()
}

// From an event on that makes no sense nothing is decided, and what came before is answered as at a
// stream's end. Each event that was read is counted once.
func TestFaults(t *testing.T) {
	all, full := digits(t), errors.New("no space")
	half := len(all) / 2
	outside, back, far := slices.Clone(all), slices.Clone(all), slices.Clone(all)
	outside[half].Y = 34
	back[half].T = back[half-1].T - 1
	far[half].T = 1<<63 - 5
	fixed := frames.FixedDuration
	for _, exits := range []bool{false, true} {
		m := openModel(t, exits)
		c := everyTenth
		c.Split = &fixed // with exits: early
		before, _ := run(t, m, c, all[:half])
		for name, v := range map[string]struct {
			all  []events.Event
			want string
		}{
			"outside": {outside, "at x "}, "back": {back, "the time of the one before"},
			"far": {far, "want at most "}, "from the beginning": {outside[half:], "at x "},
			"nobody takes answers": {all, "no space"},
		} {
			for _, queue := range []int{0, 700} {
				c.Wait, c.Queue = queue == 0, queue
				s, err := New(m, c, 1)
				if err != nil {
					t.Fatal(err)
				}
				var got []Decision
				for range 2 { // nothing of a stream is left for the next
					got = nil
					err = s.Run(context.Background(), opens(v.all), func(d Decision) error {
						if got = append(got, d); v.want == "no space" && len(got) == 2 {
							return full
						}
						if queue > 0 {
							time.Sleep(2 * time.Millisecond)
						}
						return nil
					})
				}
				read, decided, dropped, undecided := s.Events.Load(), s.Decided.Load(),
					s.Dropped.Load(), s.Undecided.Load()
				if err == nil && queue == 0 || err != nil &&
					!strings.Contains(err.Error(), v.want) {
					// the fault itself may be dropped
					t.Errorf("%s, queue %d: got %v, want %s", name, queue, err, v.want)
				}
				if read != decided+dropped+undecided || read == 0 || undecided < 0 {
					t.Errorf("%s, queue %d: %d events, %d decided, %d dropped, %d undecided", name,
						queue, read, decided, dropped, undecided)
				}
				if e := s.early; e != nil && len(e.idle) != len(e.runners) {
					t.Errorf("%s, queue %d: %d runners of %d came back", name, queue, len(e.idle),
						len(e.runners))
				}
				s.Close()
				if queue > 0 {
					continue
				}
				switch name {
				case "from the beginning":
					if decided != 0 || len(got) != 0 {
						t.Errorf("%s: %d decided, %d answers, want none", name, decided, len(got))
					}
				case "nobody takes answers":
					if len(got) != 2 || decided == 0 || undecided == 0 {
						t.Errorf("%s: %d decided, %d undecided, %d answers", name, decided,
							undecided, len(got))
					}
				default:
					if decided != 2*int64(half) || dropped != 0 {
						t.Errorf("%s: %d decided, %d dropped, want %d, all before the fault, and "+
							"none", name, decided, dropped, 2*half)
					}
					check(t, name, got, before)
				}
			}
		}
	}
}

// Of a window whose frames cannot be made the events are undecided that are in no other.
func TestFrameFault(t *testing.T) {
	// one a microsecond; in the first of 8 frames of a window one pixel has more than can be stored
	hot := make([]events.Event, 620_000)
	for i := range hot {
		if i >= 100_000 {
			hot[i].X = uint16(i % 34)
		}
		hot[i].T = events.Micros(i)
	}
	s, err := New(openModel(t, false), Config{Window: 600_000, Hop: 100_000, Wait: true}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got []Decision
	err = s.Run(context.Background(), opens(hot), func(d Decision) error {
		got = append(got, d)
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "window that ends at 600000 us: ") {
		t.Errorf("got %v, want an error of the first window", err)
	}
	if len(got) != 1 || !got[0].Cut || s.Decided.Load() != 500_000 ||
		s.Events.Load() != 500_000+s.Undecided.Load() {

		t.Errorf("%v; %d events, %d decided, %d undecided, want those from 100,000 us on decided",
			got, s.Events.Load(), s.Decided.Load(), s.Undecided.Load())
	}
}

// Where windows may answer early, New makes the runners of all that can be open at once, and no
// more are made later; too many are refused.
func TestRunners(t *testing.T) {
	m, fixed := openModel(t, true), frames.FixedDuration
	for hop, want := range map[events.Micros]int{300_000: 1, 299_999: 2, 100_000: 3, 70_000: 5,
		4_688: 64} {
		s, err := New(m, Config{Window: 300_000, Hop: hop, Split: &fixed, Wait: true}, 2)
		if err != nil {
			t.Fatal(err)
		}
		threads := runtime.NumGoroutine()
		if err := s.Run(context.Background(), opens(digits(t)[:6000]), func(Decision) error {
			if n := runtime.NumGoroutine(); n > threads+2 { // one reads
				t.Errorf("hop %d: %d goroutines, %d before the first event", hop, n, threads)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if e := s.early; len(e.runners) != want || len(e.idle) != want {
			t.Errorf("hop %d: %d runners, %d idle, want %d", hop, len(e.runners), len(e.idle), want)
		}
		s.Close()
	}
	const want = "a hop of 300 us where windows may answer early, want at least 4688 us, so that " +
		"at most 64 are open at once"
	c := Config{Window: 300_000, Hop: 300, Split: &fixed}
	if _, err := New(m, c, 1); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if s, err := New(openModel(t, false), c, 1); err != nil || s.early != nil {
		t.Errorf("windows that are answered one after the other: %v, want one runner", err)
	}
}

type hangs struct {
	*parts
	then func()
}

func (h *hangs) Read(buf []events.Event) (int, error) {
	if n, _ := h.parts.Read(buf); n > 0 {
		return n, nil
	}
	h.then()
	select {}
}

// Frames that cannot be made, or answers that nobody takes, end a stream; configurations that do
// not fit are refused.
func TestRefuses(t *testing.T) {
	m := openModel(t, false)
	s, err := New(m, Config{Window: 1000, Hop: 1000}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	outside := []events.Event{{T: 5}, {T: 7, X: 40}, {T: 5000}}
	const want = "an event at 7 us at x 40, y 0, want one inside the sensor of 34x34 pixels"
	if err := s.Run(context.Background(), opens(outside),
		func(Decision) error { return nil }); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	full := errors.New("no space")
	if err := s.Run(context.Background(), opens(digits(t)),
		func(Decision) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	far := []events.Event{{T: 1<<63 - 100}}
	if err := s.Run(context.Background(), opens(far),
		func(Decision) error { return nil }); err == nil {
		t.Error("a time at the end of all is accepted")
	}
	for _, c := range []Config{{}, {Window: 1000}, {Window: 1000, Hop: 1001},
		{Window: 5000, Hop: 4}, {Window: longest + 1, Hop: longest},
		{Window: 1, Hop: 1, Queue: -1}} {
		if _, err := New(m, c, 1); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// A recording at a speed takes as long as it should, and nothing is lost of it.
func TestPace(t *testing.T) {
	all := digits(t)
	begin := time.Now()
	r := Pace(&parts{all: all, end: io.EOF}, 10)
	first := make([]events.Event, 4096)
	n, err := r.Read(first)
	if err != nil || n == 4096 {
		t.Fatalf("%d events, %v", n, err)
	}
	rest, err := events.ReadAll(r)
	took, want := time.Since(begin), time.Duration(all[len(all)-1].T-all[0].T)*time.Microsecond/10
	if got := append(first[:n], rest...); err != nil || !slices.Equal(got, all) {
		t.Errorf("%d events, %v, want %d", len(got), err, len(all))
	}
	if took < want || took > want+want/2+time.Second {
		t.Errorf("took %v, want %v", took, want)
	}
	if fast := (&parts{}); Pace(fast, 0) != events.Reader(fast) {
		t.Error("speed 0 is not as it comes")
	}
}

// A line, and the same as JSON.
func TestDecisionText(t *testing.T) {
	d := Decision{Name: "7", End: 307827, At: 307820, Latency: 1234567, Events: 3330, Dropped: 4,
		Cut: true}
	d.Confidence, d.Point = 0.98765, infer.Point{Stage: 3, Step: 2, Temperature: 1}
	if got, want := d.String(), "    307827 us  7  0.988  stage 4, step 2  1.23 ms  3330 events  "+
		"4 dropped  cut"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b, err := d.MarshalJSON()
	want := `{"end_us":307827,"at_us":307820,"class":"7","confidence":0.98765,"exit":{"stage":3,` +
		`"step":2,"temperature":1},"latency_ms":1.234567,"events":3330,"dropped":4,"cut":true}`
	if err != nil || !bytes.Equal(b, []byte(want)) {
		t.Errorf("got %s, %v, want %s", b, err, want)
	}
}

// must is a value of a call that has no reason to fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

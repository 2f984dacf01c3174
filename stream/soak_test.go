package stream

import (
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"ssnn/events"
)

var soak = flag.Duration("soak", 0, "how long each part of TestSoak runs")

// endless repeats recordings, one after the other in time, for a while.
type endless struct {
	all    []events.Event
	at     int
	offset events.Micros
	until  time.Time
	sent   int64
}

func (e *endless) Format() string      { return "endless" }
func (e *endless) Sensor() events.Size { return events.Size{} }
func (e *endless) Read(buf []events.Event) (n int, err error) {
	if time.Now().After(e.until) {
		return 0, io.EOF
	}
	for ; n < len(buf); n++ {
		if e.at == len(e.all) {
			e.at, e.offset = 0, e.offset+e.all[len(e.all)-1].T
		}
		buf[n] = e.all[e.at]
		buf[n].T += e.offset
		e.at++
	}
	e.sent += int64(n)
	return n, nil
}

// TestSoak streams recordings of N-MNIST at 0.6 of the rate that a stream that may wait decides, which leaves room for what else the machine does, and at twice
// that rate:
//
//	go test ./stream -run Soak -soak 10m -v -timeout 30m
//
// Memory stays as it is after the first fifth, all events are decided or counted as dropped, at the lower rate at most one of fifty.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("wants -soak DURATION")
	}
	m, all := openModel(t, false), digits(t)
	second := float64(len(all)) / float64(all[len(all)-1].T) * 1e6 // events
	pass := func(t *testing.T, rate float64, wait bool, length time.Duration) (*Stream, *endless, []time.Duration, [2]uint64) {
		c := everyTenth
		c.Wait, c.Queue = wait, 1<<22 // a second at such rates, as the machine may do other things too
		s, err := New(m, c, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		begin := time.Now()
		source := &endless{all: all, until: begin.Add(length)}
		var latencies []time.Duration // of 10,000 decisions drawn at random
		g, n := rand.New(rand.NewPCG(1, 1)), 0
		var memory [2]uint64 // the most that was in use after a collection, in the first fifth and afterwards
		watched := begin
		open := func() (events.Reader, error) { return Pace(source, rate/second), nil }
		if err := s.Run(context.Background(), open, func(d Decision) error {
			if n++; len(latencies) < 10000 {
				latencies = append(latencies, d.Latency)
			} else if i := g.IntN(n); i < len(latencies) {
				latencies[i] = d.Latency
			}
			if now := time.Now(); now.Sub(watched) > length/50 {
				watched = now
				var stats runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&stats)
				late := 0
				if now.Sub(begin) > length/5 {
					late = 1
				}
				memory[late] = max(memory[late], stats.HeapAlloc)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(latencies)
		if source.sent != s.Events.Load() || source.sent != s.Decided.Load()+s.Dropped.Load() {
			t.Errorf("%d sent, %d read, %d decided, %d dropped", source.sent, s.Events.Load(), s.Decided.Load(), s.Dropped.Load())
		}
		return s, source, latencies, memory
	}
	trial := min(*soak, 5*time.Second)
	free, _, _, _ := pass(t, 0, true, trial)
	most := float64(free.Events.Load()) / trial.Seconds()
	t.Logf("a stream that may wait: %.0f events a second, %.0f times as fast as recorded, %d decisions", most, most/second, free.Decisions.Load())
	for _, c := range []struct {
		name   string
		factor float64
	}{{"sustained", 0.6}, {"twice", 1.2}} {
		t.Run(c.name, func(t *testing.T) {
			s, source, latencies, memory := pass(t, c.factor*most, false, *soak)
			n := len(latencies)
			t.Logf("%.0f events a second: %d sent, %d decided, %d dropped (%.2f %%), %d decisions, latency median %v, p99 %v, memory in use at most %.1f MiB at first, %.1f MiB later",
				float64(source.sent)/soak.Seconds(), source.sent, s.Decided.Load(), s.Dropped.Load(), 100*float64(s.Dropped.Load())/float64(source.sent),
				s.Decisions.Load(), latencies[n/2], latencies[n*99/100], float64(memory[0])/(1<<20), float64(memory[1])/(1<<20))
			if memory[1] > memory[0]+(4<<20) {
				t.Errorf("memory grew from %d to %d bytes", memory[0], memory[1])
			}
			share := float64(s.Dropped.Load()) / float64(source.sent)
			if c.name == "sustained" && share > 0.02 {
				t.Errorf("%.2f %% dropped", 100*share)
			}
		})
	}
}

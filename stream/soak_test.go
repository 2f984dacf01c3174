package stream

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"ssnn/events"
	"ssnn/infer"
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

// usage is memory, in bytes.
type usage struct{ heap, resident uint64 }

// used is the memory that is in use after a collection; resident, with runners' arenas, which are
// not on the heap, is 0 where the system does not say it.
func used() (u usage) {
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	status, _ := os.ReadFile("/proc/self/status")
	if _, line, ok := strings.Cut(string(status), "\nVmRSS:"); ok {
		fmt.Sscan(line, &u.resident)
	}
	return usage{stats.HeapAlloc, u.resident << 10}
}

func (u usage) most(v usage) usage {
	return usage{max(u.heap, v.heap),
		max(u.resident, v.resident)}
}

func (u usage) String() string {
	return fmt.Sprintf("%.1f MiB on the heap and %.1f MiB resident", float64(u.heap)/(1<<20),
		float64(u.resident)/(1<<20))
}

// soaking is one part of TestSoak.
type soaking struct {
	name   string
	rate   float64 // events a second; 0: as fast as they are decided
	wait   bool
	tcp    bool // they come over a socket
	length time.Duration
}

// soaked is what came of it.
type soaked struct {
	*Stream
	sent      int64
	latencies []time.Duration // of 10,000 decisions drawn at random, sorted
	memory    [2]usage        // the most in the first fifth, and afterwards
}

func (c soaking) run(t *testing.T, m *infer.Model, all []events.Event) soaked {
	config := everyTenth
	config.Wait, config.Queue = c.wait, 1<<22
	if c.rate > 0 {
		// a second, as the machine may do other things too; and it has all of its memory early
		config.Queue = int(c.rate)
	}
	s, err := New(m, config, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begin := time.Now()
	source := &endless{all: all, until: begin.Add(c.length)}
	speed := c.rate / float64(len(all)) * float64(all[len(all)-1].T) / 1e6
	out := soaked{Stream: s}
	g, n, watched := rand.New(rand.NewPCG(1, 1)), 0, begin
	answer := func(d Decision) error {
		if n++; len(out.latencies) < 10000 {
			out.latencies = append(out.latencies, d.Latency)
		} else if i := g.IntN(n); i < len(out.latencies) {
			out.latencies[i] = d.Latency
		}
		if now := time.Now(); c.rate > 0 && now.Sub(watched) > c.length/50 {
			watched = now
			late := 0
			if now.Sub(begin) > max(c.length/5, 2*time.Second) {
				late = 1
			}
			out.memory[late] = out.memory[late].most(used())
		}
		return nil
	}
	if c.tcp {
		err = overTCP(s, Pace(source, speed), answer)
	} else {
		err = s.Run(context.Background(), func() (events.Reader, error) {
			return Pace(source,
				speed), nil
		}, answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out.latencies)
	out.sent = source.sent
	if out.sent != s.Events.Load() || out.sent != s.Decided.Load()+s.Dropped.Load() ||
		s.Undecided.Load() != 0 {

		t.Errorf("%d sent, %d read, %d decided, %d dropped, %d undecided", out.sent,
			s.Events.Load(), s.Decided.Load(), s.Dropped.Load(), s.Undecided.Load())
	}
	return out
}

// overTCP has a sender write events to a socket on which the stream listens, in packets of AEDAT
// 3.1.
func overTCP(s *Stream, from events.Reader, answer func(Decision) error) error {
	src, err := OpenSource("tcp-listen://127.0.0.1:0", 1, 10*time.Second, new(Lost))
	if err != nil {
		return err
	}
	defer src.Close()
	sent := make(chan error, 1)
	go func() {
		sent <- func() error {
			conn, err := net.Dial("tcp", strings.TrimPrefix(src.Name, "tcp-listen://"))
			if err != nil {
				return err
			}
			defer conn.Close()
			w, err := events.NewWriter(conn, "aedat", events.Size{Width: 34, Height: 34})
			if err != nil {
				return err
			}
			buf := make([]events.Event, 1024)
			for {
				n, err := from.Read(buf)
				if wrong := w.Write(buf[:n]); wrong != nil {
					return wrong
				}
				if err == io.EOF {
					return w.Close()
				}
				if err != nil {
					return err
				}
			}
		}()
	}()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var failed error
	err = s.Serve(ctx, src, 0, answer, func(line string) {
		switch {
		case strings.Contains(line, "has ended"):
			cancel()
		case !strings.Contains(line, ": a stream from "):
			failed = errors.New(line)
			cancel()
		}
	})
	return errors.Join(err, failed, <-sent)
}

// TestSoak streams recordings of N-MNIST at 0.4 of the rate that a stream that may wait decides,
// which leaves room for what else the machine does, at three times that rate, and at 0.3 over a
// socket:
//
//	go test ./stream -run Soak -soak 10m -v -timeout 40m
//
// Memory stays as it is after the first fifth, all events are decided or counted as dropped, one of
// fifty at most where there is room.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("wants -soak DURATION")
	}
	m, all := openModel(t, false), digits(t)
	trial := soaking{wait: true, length: min(*soak, 5*time.Second)}
	free := trial.run(t, m, all)
	most := float64(free.sent) / trial.length.Seconds()
	t.Logf("a stream that may wait: %.0f events a second, %d decisions", most,
		free.Decisions.Load())
	for _, c := range []soaking{{name: "sustained", rate: 0.4 * most},
		{name: "overloaded", rate: 1.2 * most}, {name: "tcp", rate: 0.3 * most, tcp: true}} {
		t.Run(c.name, func(t *testing.T) {
			c.length = *soak
			s := c.run(t, m, all)
			n, share := len(s.latencies), float64(s.Dropped.Load())/float64(s.sent)
			t.Logf("%.0f events a second: %d sent, %d decided, %d dropped (%.2f %%), %d "+
				"decisions, latency median %v, p99 %v; memory at most %v at first, %v later",
				float64(s.sent)/soak.Seconds(), s.sent, s.Decided.Load(), s.Dropped.Load(),
				100*share, s.Decisions.Load(), s.latencies[n/2], s.latencies[n*99/100], s.memory[0],
				s.memory[1])
			if first, later := s.memory[0], s.memory[1]; later.heap > first.heap+(4<<20) ||
				later.resident > first.resident+(8<<20) {

				t.Errorf("memory grew from %v to %v", first, later)
			}
			if c.name != "overloaded" && share > 0.02 {
				t.Errorf("%.2f %% dropped", 100*share)
			}
		})
	}
}

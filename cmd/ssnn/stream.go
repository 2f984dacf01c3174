package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
	"ssnn/internal/webconfig"
	"ssnn/stream"
)

// mostSenders is how many senders may be heard at a time: each takes the memory of a runner.
const mostSenders = 64

type streamCommand struct {
	Model  string        `arg:"" help:"A model.safetensors, a checkpoint, or the folder of a run."`
	Source string        `arg:"" help:"Where events come from: ${sources}."`
	Window time.Duration `help:"Length of a window." default:"300ms" placeholder:"TIME"`
	Hop    time.Duration `help:"Time from one window's beginning to the next one's." default:"100ms" placeholder:"TIME"`
	Speed  *float64      `help:"How fast events are read, 1 being how fast they happened and 0 as fast as they can be (default: 1 of a file, 0 of other sources)." placeholder:"FACTOR"`
	Split  *frames.Split `help:"How a window is shared out over its frames, instead of the recipe's way: count, duration, or fixed-duration, with which exits may answer before the window ends." placeholder:"NAME"`
	exitsFlag
	Queue   int           `help:"Events that may wait to be looked at." default:"${queue}" placeholder:"N"`
	Full    string        `help:"What becomes of a full queue: drop its oldest events and count them, or keep the source waiting (default: wait for files at speed 0 and standard input, else drop)." enum:"drop,wait," default:"" placeholder:"drop|wait"`
	Senders int           `help:"Senders that are heard at a time, of a source that listens; each has a queue, windows and decisions of its own." default:"1" placeholder:"N"`
	Silence time.Duration `help:"A network stream of which no event comes for so long has failed (0: never)." default:"10s" placeholder:"TIME"`
	Metrics string        `help:"Serve metrics for Prometheus at http://ADDRESS/metrics." placeholder:"ADDRESS"`
	webFlag
	recordingFlags
	JSON bool `name:"json" help:"Print one line of JSON a decision, and a last one with the summary."`
	threadsFlag
	bitsFlag
	unverifiedFlag
}

// Help is printed by ssnn stream --help.
func (s *streamCommand) Help() string {
	return "A line is printed for each window: where it ends, class, confidence, exit, time from " +
		"the arrival of its last event to the answer, its events, and those dropped since the " +
		"line before.\n\nExit codes: 0 the stream has ended, or Ctrl-C or SIGTERM came; 1 it was " +
		"cut, damaged or silent, what came before being answered. A source that listens waits " +
		"for the next stream instead."
}

// Run is called by kong.
func (s *streamCommand) Run(c console) error {
	threads, err := s.count()
	if err != nil {
		return err
	}
	web, err := webconfig.Open(s.WebConfig)
	if err != nil {
		return err
	}
	m, err := s.open(c, s.Model, infer.Options{Unverified: s.Unverified, Bits: s.Bits})
	if err != nil {
		return err
	}
	s.apply(&m.Events)
	var lost stream.Lost
	if s.Silence < 0 {
		return usageError{fmt.Errorf("--silence %v, want 0 or more", s.Silence)}
	}
	if s.Senders < 1 || s.Senders > mostSenders {
		return usageError{fmt.Errorf("--senders %d, want 1 to %d", s.Senders, mostSenders)}
	}
	src, err := stream.OpenSource(s.Source, s.Senders, s.Silence, &lost)
	if errors.Is(err, stream.ErrSource) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	defer src.Close()
	if s.Senders > 1 && !src.Listens {
		return usageError{fmt.Errorf("--senders %d of %s, want a source that listens, "+
			"tcp-listen:// or udp-listen://", s.Senders, src.Name)}
	}
	speed := 0.
	switch {
	case s.Speed != nil && !(*s.Speed >= 0):
		return usageError{fmt.Errorf("--speed %v, want 0 or more", *s.Speed)}
	case s.Speed != nil:
		speed = *s.Speed
	case src.File:
		speed = 1
	}
	var all []*stream.Stream
	for range s.Senders {
		st, err := stream.New(m, stream.Config{
			Window: events.Micros(s.Window.Microseconds()),
			Hop:    events.Micros(s.Hop.Microseconds()), Split: s.Split, Queue: s.Queue,
			Wait: s.Full == "wait" || s.Full == "" && src.Waits && (speed == 0 || !src.File),
		}, max(1, threads/s.Senders))
		if err != nil {
			return usageError{err}
		}
		defer st.Close()
		all = append(all, st)
	}
	metrics := stream.NewMetrics(&lost, all...)
	if s.Metrics != "" {
		l, err := net.Listen("tcp", s.Metrics)
		if err != nil {
			return fmt.Errorf("--metrics %s: %w, want HOST:PORT, like 127.0.0.1:9100", s.Metrics,
				err)
		}
		defer l.Close()
		fmt.Fprintf(c.err, "ssnn: metrics at %s://%v/metrics\n", web.Scheme(), l.Addr())
		mux := http.NewServeMux()
		mux.Handle("/metrics", metrics)
		go web.Serve(&http.Server{ // slow or silent clients do not hold connections
			Handler: web.Handler(mux), ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
			IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		}, l)
	}
	return s.serve(c, all, src, speed, metrics)
}

// serve runs the streams and prints what comes of them.
func (s *streamCommand) serve(c console, all []*stream.Stream, src *stream.Source, speed float64,
	metrics *stream.Metrics) error {

	ctx, stop := interruptible()
	defer stop()
	if src.Listens {
		fmt.Fprintf(c.err, "ssnn: %s: listening\n", src.Name)
	}
	lines := json.NewEncoder(c.out)
	err := stream.ServeAll(ctx, all, src, speed, func(d stream.Decision) error {
		metrics.Observe(d)
		if s.JSON {
			return lines.Encode(d)
		}
		_, err := fmt.Fprintln(c.out, d)
		return err
	}, func(line string) { fmt.Fprintln(c.err, "ssnn:", line) })
	sum := metrics.Summary()
	if s.JSON {
		return errors.Join(err, lines.Encode(map[string]stream.Summary{"summary": sum}))
	}
	_, wrong := fmt.Fprintln(c.out, sum)
	return errors.Join(err, wrong)
}

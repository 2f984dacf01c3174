package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
	"ssnn/internal/address"
	"ssnn/internal/webconfig"
	"ssnn/stream"
)

// mostSenders bounds the number of senders at a time, as each takes the memory of a runner.
const mostSenders = 64

type streamCommand struct {
	Model  string        `arg:"" help:"Trained model: a model.safetensors, a checkpoint, or the folder of a run."`
	Source string        `arg:"" help:"Source of the events: ${sources}."`
	Window time.Duration `help:"Duration of a window." default:"300ms" placeholder:"TIME"`
	Hop    time.Duration `help:"Time from the beginning of one window to the beginning of the next." default:"100ms" placeholder:"TIME"`
	Speed  *float64      `help:"Speed of reading: 1 is the speed at which the events happened, 0 is as fast as possible (default: 1 for a file, 0 for other sources)." placeholder:"FACTOR"`
	Split  *frames.Split `help:"How the events of a window are divided into frames: count, duration or fixed-duration (default: as the recipe says). With fixed-duration, exits may answer before the window ends." placeholder:"NAME"`
	exitsFlag
	Queue   int           `help:"Number of events that may wait in the queue." default:"${queue}" placeholder:"N"`
	Full    string        `help:"What happens when the queue is full: drop drops its oldest events and counts them, wait keeps the source waiting (default: wait for standard input and for files at speed 0, else drop)." enum:"drop,wait," default:"" placeholder:"drop|wait"`
	Senders int           `help:"Number of senders that a listening source accepts at a time. Each has its own queue, windows and decisions." default:"1" placeholder:"N"`
	Silence time.Duration `help:"Time without an event after which a network stream counts as failed; 0 waits for ever." default:"10s" placeholder:"TIME"`
	Metrics string        `help:"Address at which to serve metrics for Prometheus, at http://ADDRESS/metrics (default: none)." placeholder:"ADDRESS"`
	webFlag
	recordingFlags
	JSON bool `name:"json" help:"Print one line of JSON for each decision, and a last one with the summary."`
	threadsFlag
	bitsFlag
	unverifiedFlag
}

// Help is printed by ssnn stream --help.
func (s *streamCommand) Help() string {
	return "Each window prints one line: its end, the class, the confidence, the exit, the time " +
		"from the arrival of its last event to the answer, the number of its events, and the " +
		"number of events dropped since the line before.\n\nExit codes: 0 if the stream ended, " +
		"or was stopped by Ctrl-C or SIGTERM; 1 if it was cut off, damaged or silent. The events " +
		"before that are still answered. A listening source waits for the next stream instead."
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
		return usageError{fmt.Errorf("--senders %d with %s, want a source that listens: "+
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
			return usageError{fmt.Errorf("--window %v --hop %v --queue %d: %w", s.Window, s.Hop,
				s.Queue, err)}
		}
		defer st.Close()
		all = append(all, st)
	}
	metrics := stream.NewMetrics(&lost, all...)
	if s.Metrics != "" {
		l, err := net.Listen("tcp", s.Metrics)
		if err != nil {
			return fmt.Errorf("--metrics %s: %w", s.Metrics,
				address.Want(err, "HOST:PORT, like 127.0.0.1:9100"))
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

// serve runs the streams and prints their decisions.
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
	if err != nil && sum.Events == 0 { // such as that of a source that is not there
		return err
	}
	if s.JSON {
		return cmp.Or(err, lines.Encode(map[string]stream.Summary{"summary": sum}))
	}
	_, wrong := fmt.Fprintln(c.out, sum)
	return cmp.Or(err, wrong) // of two errors the first is the cause
}

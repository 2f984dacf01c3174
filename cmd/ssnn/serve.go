package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"time"

	"ssnn/infer"
	"ssnn/internal/address"
	"ssnn/internal/webconfig"
	"ssnn/serve"
)

type serveCommand struct {
	Model  string   `arg:"" help:"Trained model: a model.safetensors, a checkpoint, or the folder of a run."`
	Listen string   `help:"Address to listen on; port 0 takes a free port." default:"127.0.0.1:8080" placeholder:"ADDRESS"`
	Host   []string `help:"Host names that requests may have in their header Host; * allows any. IP addresses, localhost and the name in --listen are always allowed." placeholder:"NAME"`
	exitsFlag
	Workers     int           `help:"Number of requests that are computed at the same time, which share the threads (default: the number of threads)." placeholder:"N"`
	Waiting     int           `help:"Number of requests that may wait for a worker; further requests are refused with status 503." default:"${waiting}" placeholder:"N"`
	Connections int           `help:"Largest number of open connections; further ones wait." default:"${connections}" placeholder:"N"`
	PerAddress  int           `help:"Largest number of open connections from one address; further ones are closed at once (default: half of --connections)." placeholder:"N"`
	Body        int64         `help:"Largest request body, in MiB." default:"${body}" placeholder:"MIB"`
	Bodies      int64         `help:"Largest memory of all request bodies together, in MiB (default: 8 times --body)." placeholder:"MIB"`
	Events      int           `help:"Largest number of events in a recording." default:"${events}" placeholder:"N"`
	Receive     time.Duration `help:"Time within which the body of a request must arrive." default:"${receive}" placeholder:"TIME"`
	Answer      time.Duration `help:"Time within which a request must be answered, from the end of its body." default:"${answer}" placeholder:"TIME"`
	Grace       time.Duration `help:"Time that requests under way have to finish when the server shuts down." default:"25s" placeholder:"TIME"`
	Unready     time.Duration `help:"Time before the server shuts down during which /readyz answers 503 and requests are still accepted." default:"0s" placeholder:"TIME"`
	AccessLog   string        `help:"Format of the line for each request on standard error: text, json or none." enum:"text,json,none" default:"none" placeholder:"text|json|none"`
	webFlag
	skipFlag
	threadsFlag
	bitsFlag
	unverifiedFlag
}

// Help is printed by ssnn serve --help.
func (s *serveCommand) Help() string {
	return "POST /v1/recording takes a recording in any supported format, and POST /v1/frames " +
		"takes an .npy of shape [T][C][H][W]. GET answers /v1/model, /healthz, /readyz, /metrics " +
		"and /openapi.json, which describes the whole interface.\n\nAnyone who can reach the " +
		"address in --listen may send requests, and the traffic is not encrypted, unless " +
		"--web-config sets passwords and TLS.\n\nExit codes: 0 if the server was stopped by " +
		"Ctrl-C or SIGTERM and answered all requests; 1 if it could not start, or if requests " +
		"were cut off at the end of --grace."
}

// accessLog returns the logger that gets a line for each request.
func (s *serveCommand) accessLog(w io.Writer) *slog.Logger {
	switch s.AccessLog {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil))
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return nil
}

// Run is called by kong.
func (s *serveCommand) Run(c console) error {
	threads, err := s.count()
	if err != nil {
		return err
	}
	if s.Workers < 0 || s.Workers > threads {
		return usageError{fmt.Errorf("--workers %d, want 1 to %d, the number of threads, or 0 "+
			"for as many", s.Workers, threads)}
	}
	if s.Workers == 0 {
		s.Workers = threads
	}
	for _, limit := range []struct {
		name string
		n    int64
	}{
		{"per-address", int64(s.PerAddress)}, {"bodies", s.Bodies}, {"unready", int64(s.Unready)},
	} {
		if limit.n < 0 {
			return usageError{fmt.Errorf("--%s: want 0 or more", limit.name)}
		}
	}
	for _, limit := range []struct {
		name string
		n    int64
	}{
		{"waiting", int64(s.Waiting)}, {"connections", int64(s.Connections)}, {"body", s.Body},
		{"events", int64(s.Events)},
		{"receive", int64(s.Receive)}, {"answer", int64(s.Answer)}, {"grace", int64(s.Grace)},
	} {
		if limit.n < 1 {
			return usageError{fmt.Errorf("--%s: want more than 0", limit.name)}
		}
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
	if name, _, err := net.SplitHostPort(s.Listen); err == nil && name != "" {
		s.Host = append(s.Host, name)
	}
	server, err := serve.New(m, serve.Config{
		Workers: s.Workers, Threads: threads / s.Workers, Waiting: s.Waiting,
		Connections: s.Connections, Each: s.PerAddress, Hosts: s.Host, Unready: s.Unready,
		Log: s.accessLog(c.err), WebConfig: s.WebConfig,
		Body: s.Body << 20, Bodies: s.Bodies << 20, Events: s.Events, Receive: s.Receive,
		Answer: s.Answer,
	})
	if err != nil {
		return usageError{err}
	}
	defer server.Close()
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", s.Listen,
			address.Want(err, "HOST:PORT, like 127.0.0.1:8080"))
	}
	log.SetFlags(0) // net/http logs the errors of connections
	log.SetPrefix("ssnn: ")
	ctx, stop := interruptible()
	defer stop()
	fmt.Fprintf(c.err, "ssnn: listening at %s://%v\n", web.Scheme(), l.Addr())
	return server.Serve(ctx, l, s.Grace)
}

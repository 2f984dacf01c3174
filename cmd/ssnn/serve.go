package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"time"

	"ssnn/infer"
	"ssnn/internal/webconfig"
	"ssnn/serve"
)

type serveCommand struct {
	Model  string   `arg:"" help:"A model.safetensors, a checkpoint, or the folder of a run."`
	Listen string   `help:"Where to listen; port 0 takes one that is free." default:"127.0.0.1:8080" placeholder:"ADDRESS"`
	Host   []string `help:"A name under which the service is asked, as its header Host says; * allows all. IP addresses, localhost and the name in --listen are always allowed." placeholder:"NAME"`
	exitsFlag
	Workers     int           `help:"Requests that are computed at the same time, which share the threads (default: as many as there are threads)." placeholder:"N"`
	Waiting     int           `help:"Requests that may wait for a worker; further ones are refused with 503." default:"${waiting}" placeholder:"N"`
	Connections int           `help:"Most open connections; further ones wait." default:"${connections}" placeholder:"N"`
	PerAddress  int           `help:"Most open connections from one address; further ones are closed at once (default: half of --connections)." placeholder:"N"`
	Body        int64         `help:"Largest request body, in MiB." default:"${body}" placeholder:"MIB"`
	Bodies      int64         `help:"Memory of all request bodies together, in MiB (default: 8 times --body)." placeholder:"MIB"`
	Events      int           `help:"Most events of a recording." default:"${events}" placeholder:"N"`
	Receive     time.Duration `help:"Time within which a body must arrive." default:"${receive}" placeholder:"TIME"`
	Answer      time.Duration `help:"Time from the end of the body to the answer." default:"${answer}" placeholder:"TIME"`
	Grace       time.Duration `help:"Time to finish what is under way at the end." default:"25s" placeholder:"TIME"`
	Unready     time.Duration `help:"Time before the end in which /readyz says 503 and requests are still taken." default:"0s" placeholder:"TIME"`
	AccessLog   string        `help:"A line for each request on standard error: text, json or none." enum:"text,json,none" default:"none" placeholder:"text|json|none"`
	webFlag
	skipFlag
	threadsFlag
	bitsFlag
	unverifiedFlag
}

// Help is printed by ssnn serve --help.
func (s *serveCommand) Help() string {
	return "POST /v1/recording takes a recording in any format that is read, POST /v1/frames an " +
		".npy of shape [T][C][H][W]; GET /v1/model, /healthz, /readyz, /metrics and " +
		"/openapi.json, which describes all.\n\nWho can reach --listen may ask, and read along, " +
		"unless --web-config says otherwise.\n\nExit codes: 0 Ctrl-C or SIGTERM came and all " +
		"requests were answered; 1 it could not begin, or requests were cut off when --grace was " +
		"over."
}

// accessLog is where a line for each request goes.
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
		return usageError{fmt.Errorf("--workers %d, want 1 to the number of threads, %d, or 0 "+
			"for that", s.Workers, threads)}
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
		return fmt.Errorf("--listen %s: %w, want HOST:PORT, like 127.0.0.1:8080", s.Listen, err)
	}
	log.SetFlags(0) // net/http says what goes wrong in a connection
	log.SetPrefix("ssnn: ")
	ctx, stop := interruptible()
	defer stop()
	fmt.Fprintf(c.err, "ssnn: listening at %s://%v\n", web.Scheme(), l.Addr())
	return server.Serve(ctx, l, s.Grace)
}

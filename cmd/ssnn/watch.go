package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"ssnn/internal/address"
	"ssnn/internal/regular"
	"ssnn/internal/webconfig"
	"ssnn/watch"
)

type watchCommand struct {
	Folder string `arg:"" optional:"" help:"Folder in which runs are searched for at any depth." default:"runs"`
	Listen string `help:"Address at which the page is served; port 0 takes a free port." default:"127.0.0.1:8081" placeholder:"ADDRESS"`
	webFlag
}

// Run is called by kong.
func (w *watchCommand) Run(c console) error {
	if info, err := os.Stat(w.Folder); err != nil {
		return regular.Want(err, "a folder of runs")
	} else if !info.IsDir() {
		return fmt.Errorf("%s is a file, want a folder of runs", w.Folder)
	}
	web, err := webconfig.Open(w.WebConfig)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", w.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", w.Listen,
			address.Want(err, "HOST:PORT, like 127.0.0.1:8081"))
	}
	ctx, stop := interruptible()
	defer stop()
	server := &http.Server{
		Handler:           web.Handler(watch.Handler(w.Folder, c.machine(1, ""))),
		ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, WriteTimeout: time.Minute,
	}
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Fprintf(c.err, "ssnn: the runs in %s are at %s://%v\n", printable(w.Folder),
		web.Scheme(), l.Addr())
	if err := web.Serve(server, l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

package main

import (
	"os"
	"os/signal"

	"ssnn/worker"
)

type workerCommand struct{}

// Run is called by kong. A Ctrl-C does not interrupt a worker: it interrupts the caller, which ends
// the worker.
func (*workerCommand) Run(c console) error {
	signal.Ignore(os.Interrupt)
	return worker.Serve(os.Stdin, c.out, worker.Config{Machine: c.machine(1, ""),
		Version: version()})
}

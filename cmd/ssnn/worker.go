package main

import (
	"os"
	"os/signal"

	"ssnn/worker"
)

type workerCommand struct{}

// Run is called by kong. What interrupts a terminal's programs does not interrupt a worker: its
// caller is one of them, and ends it.
func (*workerCommand) Run(c console) error {
	signal.Ignore(os.Interrupt)
	return worker.Serve(os.Stdin, c.out, worker.Config{Machine: c.machine(1, ""),
		Version: version()})
}

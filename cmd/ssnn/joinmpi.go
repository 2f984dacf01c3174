//go:build mpi && linux

package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"ssnn/internal/collective"
	"ssnn/internal/kernel"
	"ssnn/internal/mpi"
)

// joinFlags say how the processes of an MPI launcher train together.
type joinFlags struct {
	Watchdog time.Duration `help:"Longest time that one exchange may wait for the other processes. After it all processes are ended, because one of them or the network must have failed." default:"5m" placeholder:"TIME"`
	Library  string        `name:"mpi-library" help:"MPI library to load (default: the one that the launcher needs)." placeholder:"FILE"`
}

// join makes this process, which computes with so many threads, one of those that the launcher has
// started to train together. end takes leave of the others.
func (j joinFlags) join(c console, threads int) (g collective.Group, end func() error, err error) {
	if j.Watchdog <= 0 {
		return nil, nil, usageError{fmt.Errorf("--watchdog %v, want more than 0", j.Watchdog)}
	}
	// The threads that call MPI and add up gradients, beside those that compute.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 2)
	if g, end, err = mpi.Start(j.Library); err != nil || g.Size() == 1 {
		return g, end, err
	}
	g = collective.Watch(g, j.Watchdog, func(line string) {
		fmt.Fprintf(os.Stderr, "ssnn: %s (--watchdog %v); the checkpoint of the last epoch is "+
			"whole, --resume goes on from it\n", line, j.Watchdog)
		pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
	})
	leave := end
	end = func() error {
		// Process 0 may have been writing alone; whoever leaves early waits for it here.
		err := g.AllGather(make([]byte, g.Size()), make([]byte, 1))
		return both(err, leave())
	}
	if err := sameProgram(g); err != nil {
		return g, end, err
	}
	places, err := mpi.Places(g, threads)
	if err == nil {
		printNotes(c.asMember(g), mpi.Remarks(places))
	}
	return g, end, err
}

// sameProgram returns an error unless all members run the same program in the same way.
func sameProgram(g collective.Group) error {
	digest, err := ownDigest()
	if err := collective.Agree(g, err); err != nil {
		return err
	}
	if err := collective.Same(g, "the program", digest); err != nil {
		return err
	}
	cpu, err := kernel.CPU()
	if err := collective.Agree(g, err); err != nil {
		return err
	}
	variant := make([]byte, 16)
	copy(variant, cpu)
	err = collective.Same(g, "the variant of the kernels", variant)
	if err != nil {
		return fmt.Errorf("%w; SSNN_CPU=avx2 makes all take that", err)
	}
	return nil
}

func ownDigest() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	digest := sha256.New()
	_, err = io.Copy(digest, f)
	return digest.Sum(nil), err
}

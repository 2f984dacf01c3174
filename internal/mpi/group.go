//go:build mpi && linux

package mpi

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"ssnn/internal/collective"
)

// Start loads the MPI library at the path, or with "" the first one that is found, and starts MPI.
// It returns the group of all processes that the launcher has started, or of this process alone if
// there is no launcher. end ends MPI; all processes must call it at about the same time.
func Start(path string) (g collective.Group, end func() error, err error) {
	l, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	e := &engine{library: l, calls: make(chan *operation, 64)}
	started := make(chan error)
	go e.run(started)
	if err := <-started; err != nil {
		return nil, nil, fmt.Errorf("%s: %w", l.file, err)
	}
	if n := launched(); n != "" && n != strconv.Itoa(e.size) {
		return nil, nil, fmt.Errorf("the launcher has started %s processes, %s knows of %d: it "+
			"is that of another MPI; --mpi-library says which is the launcher's", n, l.file, e.size)
	}
	made := &group{e, handle(l.world), true}
	return made, made.end, nil
}

// engine is the thread that makes all calls of MPI.
type engine struct {
	*library
	rank, size int
	calls      chan *operation
	active     []*operation
}

// operation is work that the engine does for a goroutine, which waits for its end.
type operation struct {
	begin   func(o *operation) error // starts an operation of MPI, or does the work at once
	request handle                   // the operation of MPI that begin started, or 0
	urgent  bool                     // the process can do nothing else meanwhile
	last    bool                     // MPI ends after it
	ended   chan error

	in, out []byte // keep the memory from being collected
}

func (e *engine) wait(o *operation) error {
	o.ended = make(chan error, 1)
	e.calls <- o
	return <-o.ended
}

func (e *engine) run(started chan<- error) {
	runtime.LockOSThread()
	err := e.begin()
	if err == nil {
		e.rank, e.size, err = e.rankAndSize()
	}
	started <- err
	for err == nil {
		if len(e.active) == 0 {
			err = e.take(<-e.calls)
		} else {
			err = e.poll()
		}
	}
}

// errLast makes the engine's thread end.
var errLast = fmt.Errorf("MPI has ended")

// take begins an operation.
func (e *engine) take(o *operation) error {
	if o.last {
		o.ended <- call("MPI_Finalize", e.finalize)
		return errLast
	}
	if err := o.begin(o); err != nil || o.request == 0 {
		o.ended <- err
		return nil
	}
	e.active = append(e.active, o)
	return nil
}

// While a goroutine waits for an urgent operation, the engine polls without a pause for askFor.
// After that, or if no operation is urgent, it sleeps for rest between two polls. The buffers of
// the network hold the data that arrive meanwhile: at 1 Gbit/s, 100 us are 12 kB.
const (
	askFor = time.Millisecond
	rest   = 100 * time.Microsecond
)

// poll polls MPI until an operation has ended or another one is to begin.
func (e *engine) poll() error {
	begin := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		urgent, ended := false, false
		for i := 0; i < len(e.active); {
			o := e.active[i]
			done, err := e.done(&o.request)
			if !done && err == nil {
				urgent = urgent || o.urgent
				i++
				continue
			}
			o.ended <- err
			e.active = append(e.active[:i], e.active[i+1:]...)
			ended = true
		}
		if ended {
			return nil
		}
		if urgent && time.Since(begin) < askFor {
			select {
			case o := <-e.calls:
				return e.take(o)
			default:
				runtime.Gosched()
				continue
			}
		}
		timer.Reset(rest)
		select {
		case o := <-e.calls:
			return e.take(o)
		case <-timer.C:
		}
	}
}

// finalizeIn is how long MPI_Finalize may take. MPICH 4.0.2 over UCX and TCP sometimes never
// returns from it: a process waits for another one to close a connection, which in turn waits for
// the launcher. All work is done by then, so the process simply ends.
const finalizeIn = 5 * time.Second

// end ends MPI, once all processes have come so far.
func (g *group) end() error {
	over := make(chan error, 1)
	go func() { over <- g.wait(&operation{last: true}) }()
	select {
	case err := <-over:
		return err
	case <-time.After(finalizeIn):
		return nil
	}
}

// group is the group of all processes, with a communicator of its own.
type group struct {
	*engine
	comm   handle
	urgent bool
}

func (g *group) Rank() int { return g.rank }
func (g *group) Size() int { return g.size }

func (g *group) AllGather(out, in []byte) error {
	return g.exchange("MPI_Iallgather", g.iallgather, out, in, len(in))
}

func (g *group) AllToAll(out, in []byte) error {
	return g.exchange("MPI_Ialltoall", g.ialltoall, out, in, len(in)/g.size)
}

func (g *group) exchange(what string, function uintptr, out, in []byte, count int) error {
	return g.wait(&operation{urgent: g.urgent, in: in, out: out, begin: func(o *operation) error {
		return g.start(what, function, o.out, o.in, count, g.comm, &o.request)
	}})
}

func (g *group) Beside() (collective.Group, error) {
	made := &group{engine: g.engine}
	err := g.wait(&operation{begin: func(*operation) (err error) {
		made.comm, err = g.duplicate(g.comm)
		return err
	}})
	return made, err
}

const (
	// readIn is how long Abort waits for the launcher to read the reason. MPICH's launcher ends at
	// once, and about once in thirty times it loses output that it has not read yet.
	readIn = 300 * time.Millisecond

	// endIn is how long Abort waits for MPI to end this process.
	endIn = 5 * time.Second
)

func (g *group) Abort(code int) {
	time.Sleep(readIn)
	time.AfterFunc(endIn, func() { os.Exit(code) })
	g.wait(&operation{begin: func(*operation) error {
		return call("MPI_Abort", g.abort, g.world, uintptr(code))
	}})
	os.Exit(code)
}

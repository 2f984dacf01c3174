// Package workers forks a task over a few threads and joins them again.
//
// The items of a task may run in any order and on any thread, so a task must not let its result
// depend on either: it writes to places that belong to the item alone, and sums are made afterwards
// in the order of the items. That is how a run gives the same numbers whatever the number of
// threads.
package workers

import (
	"runtime"
	"sync/atomic"
)

// spins is how often a thread without work looks for a new task before it sleeps: about 100 us.
// Waking a sleeping thread takes as long, and the next layer's task usually comes sooner, even
// after work that only one thread can do.
const spins = 300_000

// Pool is a set of threads that run tasks together. The goroutine that calls Run is one of them. A
// Pool serves one caller at a time.
type Pool struct {
	workers []*worker // all threads but the caller's
	task    func(worker, item int)
	items   int64
	next    atomic.Int64  // first item that no thread has taken
	round   atomic.Uint64 // number of the task << 32, the bit open, and how many workers run it
	closed  bool
}

// open is set while workers may join a task. It is cleared when no item is left, so that Run does
// not wait for a worker whose CPU runs something else.
const open = 1 << 31

type worker struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// New returns a pool of the given number of threads, at least one. Close ends them.
func New(threads int) *Pool {
	p := &Pool{}
	for i := 1; i < threads; i++ {
		w := &worker{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		go p.serve(w, i)
	}
	return p
}

// Threads is the number of threads; the worker number of a task is below it.
func (p *Pool) Threads() int { return len(p.workers) + 1 }

// Run calls task(worker, item) once for every item from 0 to items-1 and returns when all have
// returned. Two calls that overlap in time have different worker numbers, so scratch memory can be
// kept by worker. Run does not allocate.
func (p *Pool) Run(items int, task func(worker, item int)) {
	if items <= 1 || len(p.workers) == 0 {
		for i := range items {
			task(0, i)
		}
		return
	}
	p.task, p.items = task, int64(items)
	p.next.Store(0)
	p.start()
	p.work(0)
	p.round.And(^uint64(open))
	for i := 1; p.round.Load()&(open-1) > 0; i++ {
		if i%1000 == 0 {
			runtime.Gosched()
		}
	}
	p.task = nil
}

// Close ends the threads. The pool must not be used afterwards.
func (p *Pool) Close() {
	if p.closed {
		return
	}
	p.closed = true
	p.start()
}

func (p *Pool) start() {
	p.round.Store((p.round.Load()>>32+1)<<32 | open)
	for _, w := range p.workers {
		if w.asleep.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
	}
}

func (p *Pool) work(worker int) {
	for {
		i := p.next.Add(1) - 1
		if i >= p.items {
			return
		}
		p.task(worker, int(i))
	}
}

func (p *Pool) serve(w *worker, number int) {
	for last := uint64(0); ; {
		last = p.come(w, last)
		if p.closed {
			return
		}
		p.work(number)
		p.round.Add(^uint64(0))
	}
}

// come joins the first open task after number last, and returns its number.
func (p *Pool) come(w *worker, last uint64) uint64 {
	for spin := 0; ; spin++ {
		s := p.round.Load()
		switch {
		case s&open != 0 && s>>32 != last:
			if p.round.CompareAndSwap(s, s+1) {
				return s >> 32
			}
		case spin >= spins:
			p.sleep(w, last)
			spin = 0
		}
	}
}

// sleep returns when a task after number last has begun.
func (p *Pool) sleep(w *worker, last uint64) {
	w.asleep.Store(true)
	// A task that began just before the Store did not see the flag. Then the flag is taken back,
	// unless the pool was quicker and is already sending a wake-up.
	s := p.round.Load()
	if s&open == 0 || s>>32 == last || !w.asleep.CompareAndSwap(true, false) {
		<-w.wake
	}
}

package main

import (
	"slices"
	"time"

	"ssnn/internal/kernel"
	"ssnn/internal/workers"
)

// controlSizes has the sizes of the pairs of arrays that a control adds up, in elements of float32:
// 16 KiB, 1 MiB and 32 MiB a pair, which lie in the first two levels of cache and in memory.
var controlSizes = [...]int{2 << 10, 128 << 10, 4 << 20}

const (
	controlPiece = 2 << 10 // elements added at once
	controlItems = 8       // of a thread in each of the arrays, as a layer has some tasks for each
)

// control is a fixed load, to show the machine's own jitter: additions on as many threads as the
// work that it is compared with, that take as long; arrays of each size have a third of the time.
type control struct {
	pool   *workers.Pool
	arrays [len(controlSizes)][]controlArrays // a pair for each thread
	pieces [len(controlSizes)]int             // of an item
	size   int                                // index of the size under way
	task   func(worker, item int)
}

type controlArrays struct {
	sums, x []float32
	at      int // beginning of the next piece
}

// newControl makes a control that takes about so long. Close ends its threads.
func newControl(length time.Duration, threads int) *control {
	c := &control{pool: workers.New(threads)}
	c.task = c.add
	third := length.Seconds() / float64(len(controlSizes))
	for i, n := range controlSizes {
		for range threads {
			a := controlArrays{sums: make([]float32, n), x: make([]float32, n)}
			for j := range a.x { // what was never written is all one page of zeros
				a.x[j] = 1
			}
			c.arrays[i] = append(c.arrays[i], a)
		}
		took := 0.
		for c.pieces[i] = 1; took < min(third, 1e-3); c.pieces[i] *= 2 { // 1 ms can be measured
			took = slices.Min(timed(9, func() { c.run(i) }))
		}
		c.pieces[i] = max(1, int(float64(c.pieces[i]/2)*third/took))
	}
	return c
}

// Run does the work once.
func (c *control) Run() {
	for i := range c.pieces {
		c.run(i)
	}
}

func (c *control) run(size int) {
	c.size = size
	c.pool.Run(controlItems*c.pool.Threads(), c.task)
}

func (c *control) add(worker, _ int) {
	a := &c.arrays[c.size][worker]
	for range c.pieces[c.size] {
		kernel.AddScaled(a.sums[a.at:a.at+controlPiece], a.x[a.at:a.at+controlPiece], 1)
		a.at = (a.at + controlPiece) % len(a.sums)
	}
}

// Close ends the threads.
func (c *control) Close() { c.pool.Close() }

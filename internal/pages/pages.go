// Package pages gives large blocks of memory from outside Go's heap, on huge pages where the system
// has them. Such a block costs only what of it is touched, is no work for the collector, and needs
// few entries in the CPU's table of pages.
package pages

import "runtime"

// Block is a block of memory. It must be reachable while its memory is in use: one that no longer
// is goes back to the system.
type Block struct {
	Floats  []float32 // zeros at first
	cleanup runtime.Cleanup
}

// New returns a block of n elements.
func New(n int) *Block {
	b := &Block{Floats: reserve(n)}
	b.cleanup = runtime.AddCleanup(b, release, b.Floats)
	return b
}

// Free gives the memory back now; nothing may use it afterwards.
func (b *Block) Free() {
	b.cleanup.Stop()
	release(b.Floats)
	b.Floats = nil
}

// Package pages allocates large blocks of memory outside of Go's heap, on huge pages if the system
// has them. Only the parts of such a block that are used take memory, the garbage collector does
// not scan it, and it needs few entries in the CPU's translation table.
package pages

import "runtime"

// Block is a block of memory. The Block must be reachable while its memory is in use: the memory of
// an unreachable one goes back to the system.
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

// Free gives the memory back at once. The block must not be used afterwards.
func (b *Block) Free() {
	b.cleanup.Stop()
	release(b.Floats)
	b.Floats = nil
}

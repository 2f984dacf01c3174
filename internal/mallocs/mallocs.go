// Package mallocs counts allocations, for tests of code that must not allocate.
package mallocs

import (
	"runtime"
	"sync"
	"time"
)

// In returns the number of allocations of the process during one call of f. (testing.AllocsPerRun
// leaves the first call out.) The garbage collector must be off, because its own allocations would
// count.
func In(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// Settle makes many goroutines wait once, some of them on a thread of their own, so that the
// runtime has the memory that it needs for threads, and allocates none for them in a later In.
func Settle() {
	var group sync.WaitGroup
	gate := make(chan struct{})
	for i := range 500 {
		group.Go(func() {
			if i < 16 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			<-gate
		})
	}
	time.Sleep(10 * time.Millisecond)
	close(gate)
	group.Wait()
}

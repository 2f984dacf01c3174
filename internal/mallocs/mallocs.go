// Package mallocs counts what code allocates, for tests of code that must not.
package mallocs

import (
	"runtime"
	"sync"
	"time"
)

// In is the number of allocations of the process during a call of f, the first one too, which
// testing.AllocsPerRun leaves out. The collector must be off, as its own would count.
func In(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// Settle has many goroutines wait once, some of them with a thread of their own, so that the
// runtime has what it needs for threads and their sleep, and allocates nothing for them in a later
// In.
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

package workers

import (
	"sync"
	"sync/atomic"
)

// Each does the work of numbers 0 to n-1 on so many threads, each with a worker of its own, for
// work that takes longer than to start a thread. The error is that of the smallest number that has
// one; after an error no further work is begun.
func Each(n, threads int, worker func() func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var group sync.WaitGroup
	for range max(1, min(n, threads)) {
		group.Go(func() {
			work := worker()
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[i] = work(i); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	group.Wait()
	// Work is begun in order, so that all before the first that failed was done.
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

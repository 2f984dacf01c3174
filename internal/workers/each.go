package workers

import (
	"sync"
	"sync/atomic"
)

// Each does the pieces of work 0 to n-1 on the given number of threads. Each thread has a worker of
// its own. The work should take longer than the start of a thread. Each returns the error of the
// lowest-numbered piece that has one; after an error no further piece is begun.
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
	// Pieces are begun in order, so all pieces before the first one that failed are done.
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

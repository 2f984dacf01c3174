package workers

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// Each number is visited once; of several errors the smallest number's comes back, and work that
// was not begun before is not begun.
func TestEach(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		visits := make([]atomic.Int32, 100)
		if err := Each(len(visits), threads, func() func(int) error {
			return func(i int) error { visits[i].Add(1); return nil }
		}); err != nil {
			t.Fatal(err)
		}
		for i := range visits {
			if n := visits[i].Load(); n != 1 {
				t.Fatalf("%d threads: number %d was visited %d times", threads, i, n)
			}
		}
		var begun atomic.Int32
		err := Each(1000, threads, func() func(int) error {
			return func(i int) error {
				begun.Add(1)
				if i >= 10 {
					return fmt.Errorf("number %d", i)
				}
				return nil
			}
		})
		if err == nil || err.Error() != "number 10" || int(begun.Load()) > 10+threads {
			t.Errorf("%d threads: error %v after %d begun, want that of number 10 after at most %d",
				threads, err, begun.Load(), 10+threads)
		}
	}
	if err := Each(0, 3, func() func(int) error {
		return func(i int) error { return fmt.Errorf("number %d of none", i) }
	}); err != nil {
		t.Error(err)
	}
}

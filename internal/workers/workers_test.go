package workers

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestRunVisitsEveryItemOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 8} {
		p := New(threads)
		for round := range 200 {
			if round == 100 {
				time.Sleep(20 * time.Millisecond) // long enough for the threads to fall asleep
			}
			visits := make([]atomic.Int32, round)
			p.Run(len(visits), func(worker, item int) {
				if worker < 0 || worker >= p.Threads() {
					t.Errorf("worker %d of %d", worker, p.Threads())
				}
				visits[item].Add(1)
			})
			for i := range visits {
				if n := visits[i].Load(); n != 1 {
					t.Fatalf("%d threads, %d items: item %d ran %d times", threads, round, i, n)
				}
			}
		}
		p.Close()
		p.Close()
	}
}

// A worker that does not come, as its CPU is busy with other programs, is not waited for.
func TestRunDoesNotWaitForWhoDoesNotCome(t *testing.T) {
	p := &Pool{workers: []*worker{{wake: make(chan struct{}, 1)}}}
	var done int
	for range 3 {
		p.Run(10, func(int, int) { done++ })
	}
	if done != 30 {
		t.Errorf("%d items, want 30", done)
	}
}

func TestWorkersDoNotShareANumber(t *testing.T) {
	p := New(4)
	defer p.Close()
	busy := make([]atomic.Bool, p.Threads())
	p.Run(1000, func(worker, _ int) {
		if !busy[worker].CompareAndSwap(false, true) {
			t.Errorf("worker %d runs two items at a time", worker)
		}
		busy[worker].Store(false)
	})
}

func TestRunDoesNotAllocate(t *testing.T) {
	p := New(2)
	defer p.Close()
	var sum [2]int
	task := func(worker, item int) { sum[worker] += item }
	if n := testing.AllocsPerRun(100, func() { p.Run(64, task) }); n != 0 {
		t.Errorf("Run allocates %v times, want 0", n)
	}
}

func BenchmarkRun(b *testing.B) {
	p := New(2)
	defer p.Close()
	task := func(_, _ int) {}
	for b.Loop() {
		p.Run(2, task)
	}
}

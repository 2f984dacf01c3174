package serve

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"ssnn/infer"
)

// What a batch would bring over a worker for each request: a call is 16 samples, on all processors.
// Another model's file, if there is one, stands in SSNN_MODEL.
func BenchmarkSixteen(b *testing.B) {
	path := os.Getenv("SSNN_MODEL")
	if path == "" {
		path = "../infer/testdata/nmnist.safetensors"
	}
	m, err := infer.Open(path, infer.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var digits [][]float32
	for _, name := range []string{"nmnist-7-60001.bin", "nmnist-5-00001.bin",
		"nmnist-0-00002.bin"} {
		frames, err := m.ReadFrames(recordings + name)
		if err != nil {
			b.Fatal(err)
		}
		digits = append(digits, frames)
	}
	const batch = 16
	threads := runtime.GOMAXPROCS(0)
	b.Run("workers", func(b *testing.B) {
		runners := make(chan *infer.Runner, threads)
		for range threads {
			p := m.Runner(1, 1)
			defer p.Close()
			runners <- p
		}
		for b.Loop() {
			var wait sync.WaitGroup
			for i := range batch {
				wait.Go(func() {
					p := <-runners
					defer func() { runners <- p }()
					p.Run(digits[i%len(digits)])
				})
			}
			wait.Wait()
		}
		b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "samples/s")
	})
	for _, size := range []int{1, 4, batch} {
		b.Run(fmt.Sprintf("batches-of-%d", size), func(b *testing.B) {
			p := m.Runner(size, threads)
			defer p.Close()
			T := m.Config().T[0]
			frames := make([]float32, size*len(digits[0]))
			each := len(digits[0]) / T
			for t := range T {
				for i := range size {
					copy(frames[(t*size+i)*each:], digits[i%len(digits)][t*each:][:each])
				}
			}
			for b.Loop() {
				for range batch / size {
					p.Run(frames)
				}
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "samples/s")
		})
	}
}

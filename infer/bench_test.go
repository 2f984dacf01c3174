package infer

import (
	"os"
	"testing"

	"ssnn/dataset"
	"ssnn/dataset/nmnist1k"
)

// The default network's file, if there is one, stands in SSNN_MODEL; else the small one is timed. A
// call is one recording on one thread.
func BenchmarkRun(b *testing.B) {
	path := trainedFile
	if other := os.Getenv("SSNN_MODEL"); other != "" {
		path = other
	}
	for _, bits := range []struct {
		name string
		n    int
	}{{"float32", 32}, {"int16", 16}, {"int8", 8}} {
		b.Run(bits.name, func(b *testing.B) {
			m, err := Open(path, Options{Bits: bits.n})
			if err != nil {
				b.Fatal(err)
			}
			set, err := dataset.Open(nmnist1k.FS(), "", dataset.Test, dataset.SplitOptions{}, nil)
			if err != nil {
				b.Fatal(err)
			}
			f, err := set.Integrate(m.Frames, 2)
			if err != nil {
				b.Fatal(err)
			}
			frames := make([][]float32, f.Len())
			for i := range frames {
				frames[i] = make([]float32, m.Frames.Len())
				if err := f.Fill(frames[i], []int{i}, nil); err != nil {
					b.Fatal(err)
				}
			}
			p := m.Runner(1, 1)
			defer p.Close()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				must(p.Run(frames[i%len(frames)]))
			}
		})
	}
}

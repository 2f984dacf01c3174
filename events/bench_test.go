package events

import (
	"bytes"
	"os"
	"testing"
)

// BenchmarkRead decodes a recording that is in memory.
func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"gesture-1.bin", "evt2_sample.raw", "evt3_sample.raw",
		"dvs_sample.es", "sample.aedat4", "dat", "aedat", "csv"} {
		b.Run(name, func(b *testing.B) {
			data, err := os.ReadFile(recording(name))
			if err != nil { // the same events in another format
				data = written(b, "evt2_sample.raw", name)
			}
			b.SetBytes(int64(len(data)))
			buf := make([]Event, 4096)
			events := 0
			for b.Loop() {
				r, err := detect(data, Options{})
				if err != nil {
					b.Fatal(err)
				}
				for {
					n, err := r.Read(buf)
					events += n
					if err != nil {
						break
					}
				}
			}
			b.ReportMetric(float64(events)/1e6/b.Elapsed().Seconds(), "Mevents/s")
		})
	}
}

// written is a sample in another format.
func written(tb testing.TB, name, format string) []byte {
	f, err := Open(recording(name), Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	all, err := ReadAll(f)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	sensor := f.Sensor()
	if sensor == (Size{}) {
		sensor = Size{1000, 1000}
	}
	w, err := NewWriter(&b, format, sensor)
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.Write(all); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

//go:build unix

package events

import (
	"bytes"
	"io"
	"os"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRead decodes recordings that are in memory: real ones, and evt2_sample.raw as this
// package writes it in other formats. Events are counted by the second of the processor's time,
// so that other programs on the machine matter little.
func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"gesture-1.bin", "evt2_sample.raw", "evt3_sample.raw",
		"dvs_sample.es", "sample.aedat4", "aedat4", "dat", "aedat", "csv", "npy", "npz", "hdf5"} {
		b.Run(name, func(b *testing.B) {
			data, err := os.ReadFile(recording(name))
			if err != nil { // the same events in another format
				if _, known := writers[name]; !known {
					b.Skip("this version does not write it")
				}
				data = written(b, "evt2_sample.raw", name)
			}
			b.SetBytes(int64(len(data)))
			o := said(data, Options{})
			buf := make([]Event, 4096)
			events := 0
			begin := processorTime(b)
			for b.Loop() {
				r, err := Detect(bytes.NewReader(data), o)
				if err != nil {
					b.Fatal(err)
				}
				for {
					n, err := r.Read(buf)
					events += n
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			spent := processorTime(b) - begin
			b.ReportMetric(float64(events)/1e6/spent.Seconds(), "Mevents/cpu-s")
		})
	}
}

// processorTime is what this process has spent.
func processorTime(tb testing.TB) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

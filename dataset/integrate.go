package dataset

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"

	"ssnn/events"
	"ssnn/frames"
)

// Integrate reads and integrates all recordings of a set, a few at a time. The error is that of the first sample in order that has one,
// and names its file; or that of a configuration which is not valid. After an error no further recording is begun.
func (s *Set) Integrate(cfg frames.Config, threads int) (*Frames, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	f := &Frames{Config: cfg, labels: make([]int, len(s.Samples)), counts: make([][]uint16, len(s.Samples))}
	errs := make([]error, len(s.Samples))
	var next atomic.Int64
	var failed atomic.Bool
	var group sync.WaitGroup
	for range max(1, threads) {
		group.Go(func() {
			g, err := frames.NewIntegrator(cfg)
			if err != nil {
				panic(err) // it was validated
			}
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(s.Samples) {
					return
				}
				f.labels[i] = s.Samples[i].Label
				if f.counts[i], errs[i] = s.integrate(g, s.Samples[i]); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	group.Wait()
	// Samples are begun in order, so that all before the first that failed were done.
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Samples[i].Path, err)
		}
	}
	return f, nil
}

// integrate makes the frames of one sample.
func (s *Set) integrate(g *frames.Integrator, sample Sample) ([]uint16, error) {
	f, err := s.Files.Open(sample.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := seekable(f)
	if err != nil {
		return nil, err
	}
	r, err := events.Detect(file, s.Options)
	if err != nil {
		return nil, err
	}
	counts, err := g.Read(r, sample.From, sample.To)
	if err != nil && (sample.From != 0 || sample.To != 0) {
		return nil, fmt.Errorf("from %d to %d us: %w", sample.From, sample.To, err)
	}
	return counts, err
}

// seekable is a file that all formats can be read from: some need seeking, for which one without it, as in an archive, is read into memory.
func seekable(f fs.File) (io.Reader, error) {
	if _, ok := f.(interface {
		io.ReaderAt
		io.Seeker
	}); ok {
		return f, nil
	}
	all, err := io.ReadAll(f)
	return bytes.NewReader(all), err
}

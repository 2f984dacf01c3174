package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync/atomic"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/memory"
	"ssnn/internal/workers"
)

// Integrate reads and integrates all recordings of a set, one on each thread at a time. The error
// is that of a configuration that is not valid, or of the first sample in order that has one; it
// names the file. After an error no further recording is begun.
func (s *Set) Integrate(cfg frames.Config, threads int) (*Frames, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	what := fmt.Sprintf("a set of %d recordings, %d values of 16 bits each,", len(s.Samples),
		cfg.Len())
	advice := "fewer network.timesteps, or a smaller frames.size"
	if err := memory.Check(what, 2*float64(len(s.Samples))*float64(cfg.Len()), advice); err != nil {
		return nil, err
	}
	f := &Frames{Config: cfg, labels: make([]int, len(s.Samples)),
		counts: make([][]uint16, len(s.Samples)), set: s, threads: threads}
	if s.Options.SkipInvalid {
		f.Skipped = make([]int64, len(s.Samples))
	}
	err := workers.Each(len(s.Samples), threads, func() func(i int) error {
		g, err := frames.NewIntegrator(cfg)
		if err != nil {
			panic(err) // it was validated
		}
		return func(i int) error {
			f.labels[i] = s.Samples[i].Label
			skipped, err := s.read(s.Samples[i], cfg.Sensor, func(r events.Reader) (err error) {
				f.counts[i], err = g.Read(r)
				return err
			})
			if f.Skipped != nil {
				f.Skipped[i] = skipped
			}
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Ends returns when each frame of each sample has all of its events, [samples][T] in us since the
// sample's first event, see frames.Config.ReadEnds. Errors are those of Integrate.
func (s *Set) Ends(cfg frames.Config, threads int) ([][]events.Micros, error) {
	ends := make([][]events.Micros, len(s.Samples))
	return ends, workers.Each(len(ends), threads, func() func(i int) error {
		return func(i int) error {
			_, err := s.read(s.Samples[i], cfg.Sensor, func(r events.Reader) (err error) {
				ends[i], err = cfg.ReadEnds(r)
				return err
			})
			return err
		}
	})
}

// read opens the recording of a sample, or the part of it that the sample is, and gives it to use.
// It returns how many events were skipped: where the set's options skip invalid events, those
// outside of the given sensor are invalid too. Errors name the file.
func (s *Set) read(sample Sample, sensor events.Size, use func(r events.Reader) error) (
	skipped int64, err error) {

	if s.Context != nil && s.Context.Err() != nil {
		return 0, s.Context.Err()
	}
	o := s.Options
	o.Within, o.Skipped = sensor, new(atomic.Int64)
	if err := s.readPart(sample, o, use); err != nil {
		return 0, fmt.Errorf("%s: %w", path.Join(sample.Path, sample.Group), err)
	}
	return o.Skipped.Load(), nil
}

// Read reads the events of a sample, whose reader is given to use. Events outside of the sensor,
// where one is given, are an error as the set's options say. Its errors name the file.
func (s *Set) Read(sample Sample, sensor events.Size, use func(r events.Reader) error) error {
	_, err := s.read(sample, sensor, use)
	return err
}

func (s *Set) readPart(sample Sample, o events.Options, use func(r events.Reader) error) error {
	info, err := fs.Stat(s.Files, sample.Path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("got a folder, a device or a pipe, want a file")
	}
	f, err := s.Files.Open(sample.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	file, err := seekable(f)
	if err != nil {
		return err
	}
	if sample.Group != "" {
		if o.Group != "" {
			return fmt.Errorf("the option group is %q, want none: the set's files have several "+
				"recordings each, and all are read", o.Group)
		}
		o.Group = sample.Group
	}
	r, err := events.DetectNamed(file, sample.Path, o)
	if err != nil {
		return err
	}
	if sample.From == 0 && sample.To == 0 {
		return use(r)
	}
	part, err := events.Window{From: &sample.From, Until: &sample.To}.Of(r)
	if err != nil {
		return err
	}
	if err := use(part); err != nil {
		return fmt.Errorf("from %d to %d us: %w", sample.From, sample.To, err)
	}
	return nil
}

// seekable returns a reader of the file from which every format can be read. Some formats need
// seeking, so a file that cannot seek, such as one in an archive, is read into memory.
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

package dataset

import (
	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/workers"
)

// OnDemand are the samples of a set, each integrated when Fill asks for it and not kept: for sets
// that are larger than memory, and for loaders of which several share a set. The error is that of a
// configuration which is not valid; that of a recording is Fill's. What SkipInvalid leaves out of
// them is not told.
func (s *Set) OnDemand(cfg frames.Config, threads int) (*Frames, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	f := &Frames{Config: cfg, labels: make([]int, len(s.Samples)), set: s, threads: threads}
	for i, sample := range s.Samples {
		f.labels[i] = sample.Label
	}
	for range max(1, threads) {
		g, err := frames.NewIntegrator(cfg)
		if err != nil {
			return nil, err
		}
		f.integrators = append(f.integrators, g)
	}
	return f, nil
}

// read integrates the samples of a batch, and those that are mixed into it.
func (f *Frames) read(batch []int, draw *Draw) (map[int][]uint16, error) {
	which := f.needed(batch, draw)
	made := make([][]uint16, len(which))
	free := make(chan *frames.Integrator, len(f.integrators))
	for _, g := range f.integrators {
		free <- g
	}
	err := workers.Each(len(which), min(f.threads, len(which)), func() func(n int) error {
		return func(n int) error {
			g := <-free
			defer func() { free <- g }()
			_, err := f.set.read(f.set.Samples[which[n]%f.Len()], f.Config.Sensor,
				func(r events.Reader) (err error) {
					made[n], err = g.Read(r)
					return err
				})
			return err
		}
	})
	stored := make(map[int][]uint16, len(which))
	for n, i := range which {
		stored[i] = made[n]
	}
	return stored, err
}

package watch

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/picture"
	"ssnn/recipes"
)

// painter draws recordings. It lists each set once, and is safe for concurrent use.
type painter struct {
	machine recipes.Machine
	mu      sync.Mutex
	sets    map[listed]*dataset.Set
}

// listed has the values on which the test split of a set depends.
type listed struct {
	dataset, layout string
	split           dataset.SplitOptions
}

// list returns the test split of a recipe's recordings, as a copy that the caller may change.
func (p *painter) list(r recipes.Recipe) (dataset.Set, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := listed{r.Dataset, r.Layout, r.Split}
	if p.sets[key] == nil {
		set, err := p.machine.List(r, dataset.Test, nil)
		if err != nil {
			return dataset.Set{}, err
		}
		p.sets[key] = set
	}
	set := *p.sets[key]
	set.Options = r.Events
	return set, nil
}

// picture draws all events of a recording of a run's test split as a PNG.
func (p *painter) picture(r recipes.Recipe, recording string) (png []byte, err error) {
	set, err := p.list(r)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(set.Samples,
		func(s dataset.Sample) bool { return s.Name() == recording })
	if at < 0 {
		return nil, fmt.Errorf("%s: no test recording %q", r.Dataset, recording)
	}
	sensor := cmp.Or(r.Frames.Sensor, set.Sensor)
	err = set.Read(set.Samples[at], sensor, func(reader events.Reader) (err error) {
		png, err = picture.PNG(reader, sensor)
		return err
	})
	return png, err
}

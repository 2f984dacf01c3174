package watch

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"sync"

	"ssnn/dataset"
	"ssnn/frames"
	"ssnn/recipes"
)

// painter draws recordings. It lists each set once, and is safe for concurrent use.
type painter struct {
	machine recipes.Machine
	mu      sync.Mutex
	sets    map[listed]*dataset.Set
}

// listed is what the test split of a set depends on.
type listed struct {
	dataset, layout string
	split           dataset.SplitOptions
}

// list is the test split of a recipe's recordings, its own to change.
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

// picture is a recording of a run's test split as a PNG: all of its events, red where it became
// brighter, blue where it became darker.
func (p *painter) picture(r recipes.Recipe, recording string) ([]byte, error) {
	set, err := p.list(r)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(set.Samples,
		func(s dataset.Sample) bool { return s.Name() == recording })
	if at < 0 {
		return nil, fmt.Errorf("%s: no test recording %q", r.Dataset, recording)
	}
	set.Samples = set.Samples[at : at+1]
	c := frames.Config{T: 1, Split: frames.Duration, Sensor: r.Frames.Sensor,
		Size: r.Frames.Sensor, Crop: r.Frames.Crop}
	c.Size = c.Pixels()
	f, err := set.Integrate(c, 1)
	if err != nil {
		return nil, err
	}
	counts := make([]float32, c.Len())
	if err := f.Fill(counts, []int{0}, nil); err != nil {
		return nil, err
	}
	most := max(1, slices.Max(counts))
	img := image.NewRGBA(image.Rect(0, 0, c.Size.Width, c.Size.Height))
	for y := range c.Size.Height {
		for x := range c.Size.Width {
			i := 2 * (y*c.Size.Width + x)
			off, on := counts[i]/most, counts[i+1]/most
			img.Set(x, y, color.RGBA{shade(off), shade(max(on, off)), shade(on), 255})
		}
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

// shade is what is left of a colour where the share v of the most events takes it away.
func shade(v float32) uint8 {
	if v <= 0 {
		return 245
	}
	return uint8(190 * (1 - v))
}

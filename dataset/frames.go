package dataset

import (
	"fmt"

	"ssnn/frames"
)

// Frames are the samples of a set, integrated.
type Frames struct {
	Config  frames.Config // how they were made
	Augment Augment       // of training
	// Skipped counts for each sample the events that were left out, see events.Options.SkipInvalid.
	// It is nil where none may be.
	Skipped []int64

	labels []int
	// [samples][T][H][W][channels], in units of Config.Scale; nil where they are made on demand
	counts [][]uint16

	set     *Set // whose recordings are read again for jitter, or on demand
	threads int  // with which that is done

	integrators []*frames.Integrator // of samples that are made on demand
}

// Len is the number of samples.
func (f *Frames) Len() int { return len(f.labels) }

// Integrations are the samples of one set, integrated more than once, into different numbers of
// frames: for networks of many plans. It is not empty. All are made of the events: a frame of few
// timesteps is no sum of frames of more, even where the one number divides the other, as what a
// split rounds off goes to the last frame.
type Integrations []*Frames

// Len is the number of samples.
func (n Integrations) Len() int { return n[0].Len() }

// Label is that of Frames.
func (n Integrations) Label(i int, draw *Draw) Label { return n[0].Label(i, draw) }

// Fill is that of the Frames which have as many values as dst asks for. It is an error if there are
// none.
func (n Integrations) Fill(dst []float32, batch []int, draw *Draw) error {
	for _, f := range n {
		if f.Config.Len()*len(batch) == len(dst) {
			return f.Fill(dst, batch, draw)
		}
	}
	return fmt.Errorf("%d values for %d samples of %d values a frame: no integration is of so "+
		"many timesteps", len(dst), len(batch), n[0].Config.Len()/n[0].Config.T)
}

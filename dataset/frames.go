package dataset

import (
	"fmt"

	"ssnn/frames"
)

// Frames are the samples of a set, integrated.
type Frames struct {
	Config  frames.Config // configuration that they were made by
	Augment Augment       // augmentation in training
	// Skipped counts for each sample the events that were left out, see events.Options.SkipInvalid.
	// It is nil where that option is off.
	Skipped []int64

	labels []int // class of each sample
	// counts has the frames, [samples][T][H][W][channels] in units of Config.Scale. It is nil where
	// they are made on demand.
	counts [][]uint16

	set     *Set // its recordings are read again for jitter, or on demand
	threads int  // number of threads that read them

	integrators []*frames.Integrator // one a thread, where samples are made on demand
}

// Len is the number of samples.
func (f *Frames) Len() int { return len(f.labels) }

// Integrations are the samples of one set, integrated into several numbers of frames, for networks
// of several plans. There is at least one. Each is made from the events: the frame of a plan with
// fewer timesteps is not the sum of frames of one with more, even where the one number divides the
// other, because the events that remain after an even split go to the last frame.
type Integrations []*Frames

// Len is the number of samples.
func (n Integrations) Len() int { return n[0].Len() }

// Label is [Frames.Label] of the samples.
func (n Integrations) Label(i int, draw *Draw) Label { return n[0].Label(i, draw) }

// Fill is [Frames.Fill] of the integration whose samples have as many values as dst has room for.
// It is an error if there is none.
func (n Integrations) Fill(dst []float32, batch []int, draw *Draw) error {
	for _, f := range n {
		if f.Config.Len()*len(batch) == len(dst) {
			return f.Fill(dst, batch, draw)
		}
	}
	return fmt.Errorf("no integration has the timesteps of %d samples in %d values, %d to a frame",
		len(batch), len(dst), n[0].Config.Len()/n[0].Config.T)
}

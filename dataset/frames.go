package dataset

import "ssnn/frames"

// Frames are the samples of a set, integrated.
type Frames struct {
	Config  frames.Config
	Augment Augment // of training

	labels []int
	counts [][]uint16 // [samples][T][H][W][channels], in units of Config.Scale

	set     *Set // whose recordings jitter reads again
	threads int  // with which it does
}

// Len is the number of samples.
func (f *Frames) Len() int { return len(f.labels) }

package infer

import (
	"fmt"

	"ssnn/internal/kernel"
	"ssnn/snn"
)

// CheckFrames says what is wrong with frames [T][B][H][W][C] of a batch of B samples for a network of
// this configuration, T being any number: that they are not as many values as that needs, or which
// value is NaN or infinite. A neuron whose current is NaN never fires, so that without this the answer
// would be wrong and look like any other. It is the one place where frames from outside are checked,
// for Go, C and HTTP alike.
func CheckFrames(cfg snn.Config, frames []float32, B int) error {
	size := cfg.Height * cfg.Width * cfg.InChannels
	if B < 1 || len(frames) == 0 || len(frames)%(B*size) != 0 {
		return fmt.Errorf("frames: %d values, want %d for each frame of %d samples", len(frames),
			size, B)
	}
	if kernel.Finite(frames) {
		return nil
	}
	for i, v := range frames {
		if v-v != 0 {
			pixel := i / cfg.InChannels % (cfg.Height * cfg.Width)
			return fmt.Errorf("frames: %v at timestep %d, sample %d, x %d, y %d, channel %d, "+
				"want finite numbers",
				v, i/(B*size)+1, i/size%B+1, pixel%cfg.Width, pixel/cfg.Width, i%cfg.InChannels)
		}
	}
	return nil
}

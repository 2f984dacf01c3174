package infer

import (
	"fmt"

	"ssnn/internal/kernel"
	"ssnn/snn"
)

// CheckFrames checks frames [T][B][H][W][C] of a batch of B samples for a network of this
// configuration, with any T. It is an error if their number of values does not fit, or if a value
// is NaN or infinite; the error names that value. A neuron whose current is NaN never fires, so
// without this check the answer would be wrong and look like any other. Frames from outside are
// checked here only, for Go, C and HTTP alike.
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

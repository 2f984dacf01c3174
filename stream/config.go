package stream

import (
	"fmt"
	"time"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
)

// Config says how a stream is cut into windows, and what is done when it is too fast.
type Config struct {
	Window events.Micros // length, at most an hour
	// from the beginning of a window to that of the next; at most Window, and not less than a
	// thousandth of it, or a 64th where windows may answer early
	Hop events.Micros

	// Split shares out a window's events over its frames instead of the split of the model's
	// recipe. FixedDuration then gives each frame a share of Window that is rounded up.
	Split *frames.Split

	Queue int  // number of events that may wait in the queue; 0 stands for DefaultQueue
	Wait  bool // a full queue keeps the source waiting instead of dropping its oldest events
}

// DefaultQueue is the number of events that may wait: 6 MiB of them.
const DefaultQueue = 1 << 18

const (
	mostOverlap      = 1000
	longest          = events.Micros(time.Hour / time.Microsecond)
	mostRunners      = 64      // each has the memory of a network's activations
	mostWindowEvents = 1 << 24 // they take 400 MB; more are a sign of a clock that stands still
)

func (c Config) validate() error {
	switch {
	case c.Window < 1 || c.Window > longest:
		return fmt.Errorf("a window of %d us, want 1 us to an hour", c.Window)
	case c.Hop < 1 || c.Hop > c.Window || c.Window/c.Hop > mostOverlap:
		return fmt.Errorf("a hop of %d us, want at most the window's %d us, and at least a "+
			"thousandth of these", c.Hop, c.Window)
	case c.Queue < 0:
		return fmt.Errorf("a queue of %d events, want 1 or more, or 0 for %d", c.Queue,
			DefaultQueue)
	}
	return nil
}

// framesOf returns how windows become frames: as the model's recipe says, but with Split if that is
// set.
func (c Config) framesOf(in infer.Input) frames.Config {
	f := in.Frames
	if c.Split == nil {
		return f
	}
	f.Split, f.Each, f.Overlap = *c.Split, 0, 0
	if f.Split == frames.FixedDuration {
		f.Each = frames.Extent((c.Window + events.Micros(f.T) - 1) / events.Micros(f.T))
	}
	return f
}

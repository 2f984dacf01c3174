package recipes

import (
	"fmt"

	"github.com/BurntSushi/toml"

	"ssnn/frames"
)

// checkTimes refuses a time such as "30ms" where the split makes a frame of a number of events: in
// the recipe both are a frames.Extent, of which the text alone says what was meant. It returns the
// key of the error.
func (r *Recipe) checkTimes(text string) (at toml.Key, err error) {
	if r.Frames.Split != frames.FixedCount {
		return nil, nil
	}
	var written struct {
		Frames map[string]any `toml:"frames"`
	}
	if _, err := toml.Decode(text, &written); err != nil {
		return nil, err
	}
	for _, key := range []string{"each", "overlap"} {
		if _, timed := written.Frames[key].(string); timed {
			return toml.Key{"frames", key}, fmt.Errorf("frames.%s is a time, want a number of "+
				"events, of which frames.split %q makes a frame", key, "fixed-count")
		}
	}
	return nil, nil
}

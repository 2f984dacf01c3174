package recipes

import (
	"fmt"

	"github.com/BurntSushi/toml"

	"ssnn/frames"
)

// checkTimes refuses a time such as "30ms" where a frame has a fixed number of events. In the
// recipe both are a frames.Extent, so only the text shows which was meant. It returns the key that
// is wrong.
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
				"events, as frames.split is %q", key, "fixed-count")
		}
	}
	return nil, nil
}

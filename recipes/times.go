package recipes

import (
	"fmt"

	"github.com/BurntSushi/toml"

	"ssnn/frames"
)

// checkTimes refuses a time such as "30ms" where the split makes a frame of a number of events: in
// the recipe both are a frames.Extent, of which the text alone says what was meant.
func (r *Recipe) checkTimes(text string) error {
	if r.Frames.Split != frames.FixedCount {
		return nil
	}
	var written struct {
		Frames map[string]any `toml:"frames"`
	}
	if _, err := toml.Decode(text, &written); err != nil {
		return err
	}
	for _, key := range []string{"each", "overlap"} {
		if _, timed := written.Frames[key].(string); timed {
			return fmt.Errorf("frames.%s is a time, want a number of events, of which "+
				"frames.split %q makes a frame", key, "fixed-count")
		}
	}
	return nil
}

package recipes

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ssnn/events"
	"ssnn/frames"
)

// timeKeys are the keys whose numbers are times in us, the first two with one split alone. Texts
// such as "30ms" stand for them too.
var timeKeys = []string{"frames.each", "frames.overlap", "frames.tau", "augment.jitter"}

var (
	tableLine = regexp.MustCompile(`^\s*\[\s*([\w.]+)\s*\]`)
	timeLine  = regexp.MustCompile(`^(\s*([\w.]+)\s*=\s*)["']([0-9.]+[a-zµ]+)["'](.*)$`)
)

// timesInMicros replaces the texts of the keys that are times by their numbers of us, and leaves
// every line where it is. It names the keys that it replaced.
func timesInMicros(text string) (micros string, replaced []string) {
	lines, table := strings.Split(text, "\n"), ""
	for i, line := range lines {
		if found := tableLine.FindStringSubmatch(line); found != nil {
			table = found[1] + "."
			continue
		}
		found := timeLine.FindStringSubmatch(line)
		if found == nil || !slices.Contains(timeKeys, table+found[2]) {
			continue
		}
		if t, err := events.ParseTime(found[3]); err == nil {
			lines[i] = found[1] + strconv.FormatInt(int64(t), 10) + found[4]
			replaced = append(replaced, table+found[2])
		}
	}
	return strings.Join(lines, "\n"), replaced
}

// checkTimes refuses a time where a number of events is meant.
func (r *Recipe) checkTimes(keys []string) error {
	for _, key := range keys {
		if r.Frames.Split == frames.FixedCount && strings.HasPrefix(key, "frames.") &&
			key != "frames.tau" {
			return fmt.Errorf("%s is a time, want a number of events, of which frames.split %q "+
				"makes a frame", key, "fixed-count")
		}
	}
	return nil
}

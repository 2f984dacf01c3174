package recipes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ssnn/events"
)

// New returns the text of a recipe for a user's own recordings: the values of another recipe that
// are not the default, without the sensor, which the recordings or their owner must say. Data, like
// the paths of the base, is relative to the working directory; the text has them as a file in dir
// must name them.
func New(base Recipe, data, dir string) (string, error) {
	base.Dataset, base.Layout, base.Frames.Sensor = data, "", events.Size{}
	base, err := base.In(dir)
	if err != nil {
		return "", err
	}
	usual, own := Default().Values(), base.Values()
	tables := map[string][]string{}
	for key, value := range own {
		if usual[key] == value && key != "dataset" {
			continue
		}
		table, name := "", key
		if i := strings.LastIndexByte(key, '.'); i >= 0 {
			table, name = key[:i], key[i+1:]
		}
		tables[table] = append(tables[table], name+" = "+value)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# A recipe that began as %s. Keys that it does not name have their "+
		"defaults: ssnn recipe\n# keys explains them all, ssnn recipe show THIS --all prints "+
		"their values.\n", base.Name)
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		if table != "" {
			fmt.Fprintf(&b, "\n[%s]\n", table)
		}
		slices.Sort(tables[table])
		for _, line := range tables[table] {
			fmt.Fprintln(&b, line)
		}
		if table == "frames" {
			fmt.Fprintln(&b, "# sensor = \"128x128\"  # of a camera whose files do not say it")
		}
	}
	return b.String(), nil
}

package dataset

import (
	"path"
	"strings"

	"ssnn/events"
)

// ASL-DVS (Bi and others 2019, github.com/PIX2NVS/NVS2Graph): 4,200 recordings of each of the 24
// letters of American Sign Language that are held still, by a DAVIS240C. Pixels are taken as they
// are stored, on which readers differ: see events.SpikingJelly. It has no split of its own; 80 % of
// each class to train, drawn at random, is the usual one.
var aslDVS = &classSet{
	title:      "ASL-DVS",
	shape:      "ASL-DVS: <letter>/<name>.mat for the letters a to y without j",
	roots:      []string{"ICCV2019_DVS_dataset"},
	classes:    strings.Split("abcdefghiklmnopqrstuvwxy", ""),
	extensions: []string{".mat", ".npz"},
	sensor:     events.Size{Width: 240, Height: 180},
	rule:       Random,
	fraction:   0.2,
	whole:      100800,
	marked:     func(_, _, name string) bool { return strings.EqualFold(path.Ext(name), ".mat") },
}

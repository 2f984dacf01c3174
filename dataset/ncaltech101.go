package dataset

import (
	"path"
	"slices"
	"strings"

	"ssnn/events"
)

// N-Caltech101 (Orchard and others 2015): 8,709 recordings in 101 folders: 100 kinds of objects and
// BACKGROUND_Google, which is a class like the others, as for its authors
// (garrickorchard.com/datasets/n-caltech101) and in SpikingJelly and BrainCog. Caltech101's Faces
// are not among them, Faces_easy are.
//
// No recording fills the sensor: pictures are of many sizes. x and y are left as they are stored,
// in SpikingJelly's frame of 240x180 pixels; tonic moves every recording into the upper left
// corner, so that its least x and least y are 0.
//
// It has no split of its own. The default is random, 9 to 1 by class; rule Last is BrainCog's, the
// first nine tenths of each class to train.
var nCaltech101 = &classSet{
	title:      "N-Caltech101",
	shape:      "N-Caltech101: Caltech101/<class>/image_<n>.bin",
	roots:      []string{"Caltech101"},
	extensions: []string{".bin", ".npz"},
	sensor:     events.Size{Width: 240, Height: 180},
	rule:       Random,
	fraction:   0.1,
	whole:      8709,
	marked:     markedNCaltech101,
}

// markedNCaltech101 reports whether the recording is named as in the set, and lies in the set's own
// root or in a class that hardly any other set has.
func markedNCaltech101(root, class, name string) bool {
	number, ok := strings.CutPrefix(strings.TrimSuffix(name, path.Ext(name)), "image_")
	named := ok && number != "" && digits(number) == len(number)
	return named && (root == "Caltech101" || slices.Contains([]string{"BACKGROUND_Google",
		"Faces_easy", "accordion", "yin_yang"}, class))
}

package dataset

import (
	"fmt"
	"path"
	"strings"

	"ssnn/events"
)

// CIFAR10-DVS (Li and others 2017): 1,000 recordings of each class, from ten archives. It has no
// split of its own. Two are in use: a random one of 9 to 1, which is the default, being that of the
// papers that this program repeats; and numbers 0 to 99 of each class for test (rule First), as in
// Temporal Effective Batch Normalization (Duan and others 2022), which gives higher accuracies
// (spikingjelly/datasets/cifar10_dvs.py says so): compare results of the same split only.
var cifar10DVS = &classSet{
	title: "CIFAR10-DVS",
	shape: "CIFAR10-DVS: <class>/cifar10_<class>_<n>.aedat for each of the ten classes",
	roots: []string{"CIFAR10DVS"}, // tonic/datasets/cifar10dvs.py
	classes: []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse",
		"ship", "truck"},
	// .aedat4 are tonic's copies, .npz SpikingJelly's.
	extensions: []string{".aedat", ".aedat4", ".npz"},
	sensor:     events.Size{Width: 128, Height: 128},
	rule:       Random,
	fraction:   0.1,
	whole:      10000,
	marked: func(_, class, name string) bool {
		return strings.HasPrefix(name, "cifar10_"+class+"_")
	},
	check: checkCIFAR10DVS,
}

// checkCIFAR10DVS refuses a name without the class and the number, by which recordings are ordered.
func checkCIFAR10DVS(class, name string) error {
	number, ok := strings.CutPrefix(strings.TrimSuffix(name, path.Ext(name)), "cifar10_"+class+"_")
	if !ok || number == "" || digits(number) != len(number) {
		return fmt.Errorf("the name lacks its class or number, want one like cifar10_%s_0.aedat",
			class)
	}
	return nil
}

package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Layout is a way in which labelled recordings lie in folders.
type Layout struct {
	Name  string // "n-mnist"
	About string // one line
}

// layout is a Layout with the functions that recognise and open it.
type layout struct {
	Layout
	here func(files fs.FS) bool // reports whether the files look like this layout
	open func(o opening) (*Set, error)
}

// layouts lists all layouts in the order in which detect tries them; the last takes any files.
var layouts = []layout{
	{Layout{"dvs128-gesture", gestureShape}, gestureHere, openGesture},
	{Layout{"cifar10-dvs", cifar10DVS.shape}, cifar10DVS.here, cifar10DVS.open},
	{Layout{"n-caltech101", nCaltech101.shape}, nCaltech101.here, nCaltech101.open},
	{Layout{"n-cars", nCarsShape}, nCarsHere, openNCars},
	{Layout{"asl-dvs", aslDVS.shape}, aslDVS.here, aslDVS.open},
	{Layout{"n-mnist", nmnistShape}, nmnistHere, openNMNIST},
	{Layout{"hdf5", hdf5Shape}, hdf5Here, openHDF5},
	{Layout{"folder", folderShape}, func(fs.FS) bool { return true }, openFolder},
}

// Layouts lists the layouts that Open knows.
func Layouts() []Layout {
	var all []Layout
	for _, l := range layouts {
		all = append(all, l.Layout)
	}
	return all
}

// Detect names the layout that the files look like.
func Detect(files fs.FS) string { return detect(files).Name }

func detect(files fs.FS) layout {
	for _, l := range layouts {
		if l.here(files) {
			return l
		}
	}
	panic("the last layout takes all")
}

// Open lists one split, Train or Test, of the recordings in a folder. An empty layout is detected
// from the files. The classes are the set's own; or, with classes given, as for a trained model,
// they keep their order, the set's must be among them, and one that the folder lacks has no
// samples.
//
// Files and folders whose names begin with a dot do not belong to the set. A file or folder that
// does not fit the layout is an error that names it.
func Open(files fs.FS, layout, split string, options SplitOptions, classes []string) (*Set, error) {
	l, err := find(files, layout)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.EqualFold(split, Train):
		split = Train
	case strings.EqualFold(split, Test):
		split = Test
	case strings.EqualFold(split, HeldOut):
		split = HeldOut
	default:
		return nil, fmt.Errorf("split %q, want %s, %s or %s", split, Train, Test, HeldOut)
	}
	if err := options.check(); err != nil {
		return nil, err
	}
	if _, err := fs.ReadDir(files, "."); err != nil {
		return nil, err
	}
	stored := split
	if split == HeldOut {
		stored = Train
	}
	s, err := l.open(opening{files: files, root: ".", split: stored, options: options,
		classes: classes})
	if err != nil {
		return nil, err
	}
	switch split {
	case Train:
		s, _ = s.HoldOut(options.HeldOut, options.Seed)
	case HeldOut:
		_, s = s.HoldOut(options.HeldOut, options.Seed)
	}
	if len(s.Samples) == 0 && split == HeldOut && options.HeldOut > 0 {
		return nil, errors.New("no recordings are held out of the training, as no class has two " +
			"training recordings: want more recordings, or split.held_out 0")
	}
	if len(s.Samples) == 0 && split == HeldOut {
		return nil, errors.New("no recordings are held out of the training, want split.held_out " +
			"above 0")
	}
	if len(s.Samples) == 0 {
		return nil, fmt.Errorf("split %s has no recordings, want at least one", split)
	}
	s.Files, s.Layout = files, l.Name
	return s, nil
}

func find(files fs.FS, name string) (layout, error) {
	if name == "" {
		return detect(files), nil
	}
	var names []string
	for _, l := range layouts {
		if l.Name == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	return layout{}, fmt.Errorf("layout %q, want one of %s", name, strings.Join(names, ", "))
}

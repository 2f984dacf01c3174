package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"ssnn/events"
)

// nmnistShape is the layout of N-MNIST (Orchard and others 2015,
// garrickorchard.com/datasets/n-mnist): 60,000 recordings of 34x34 pixels to train and 10,000 to
// test.
const nmnistShape = "N-MNIST: {Train,Test}/<class>/<name>.bin"

// nmnistHere reports whether there is a split's folder whose first recording, if it has any, ends
// in .bin.
func nmnistHere(files fs.FS) bool {
	for _, split := range []string{Train, Test} {
		if !isDir(files, split) {
			continue
		}
		classes, _, err := subfolders(files, split)
		if err != nil || len(classes) == 0 {
			return err == nil
		}
		all, err := entries(files, path.Join(split, classes[0]))
		return err == nil && (len(all) == 0 || strings.EqualFold(path.Ext(all[0].Name()), ".bin"))
	}
	return false
}

func openNMNIST(o opening) (*Set, error) {
	how, err := o.own("the folders Train and Test")
	if err != nil {
		return nil, err
	}
	s, err := NMNIST(o.files, o.split, o.classes)
	if err != nil {
		return nil, err
	}
	s.Split, s.Sensor = how, events.Size{Width: 34, Height: 34}
	return s, nil
}

// NMNIST lists one split of a set in the folder layout of N-MNIST, split/class/name.bin. The
// classes are the folders in order, numbers by their value; or, with classes given, as for a
// trained model, they keep their order, every folder must be one of them, and one that has no
// folder has no samples.
//
// A missing folder, a class folder without recordings and any file that is not a recording are
// errors. Files and folders whose names begin with a dot do not belong to the set.
func NMNIST(files fs.FS, split string, classes []string) (*Set, error) {
	if _, err := fs.Stat(files, split); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no folder %s, want the layout of N-MNIST: %s/<class>/<name>.bin",
			split, split)
	}
	o := opening{files: files, root: split, classes: classes}
	folders, err := o.classFolders()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(folders, byNumber)
	s := &Set{Files: files, Layout: "n-mnist"}
	if s.Classes, err = o.classNames(folders, "folder"); err != nil {
		return nil, err
	}
	for label, class := range s.Classes {
		if !slices.Contains(folders, class) {
			continue
		}
		names, err := recordings(files, o.at(class), ".bin")
		if err != nil {
			return nil, err
		}
		slices.Sort(names) // as text: earlier runs began with this order, and must be repeatable
		s.add(o, class, label, names)
	}
	return s, nil
}

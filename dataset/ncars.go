package dataset

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ssnn/events"
)

// nCarsShape is the layout of N-CARS (Sironi and others 2018): recordings of 100 ms of cars and of
// other things by the road, cut out of those of an ATIS camera, so that their sizes differ; 120x100
// pixels hold them all (tonic/datasets/ncars.py). 7,940 recordings of cars and 7,482 others train,
// 4,396 and 4,211 test. Classes are in tonic's order: background is 0.
const nCarsShape = "N-CARS: {train,test}/{background,cars}/<name>.dat"

var nCarsClasses = []string{"background", "cars"}

// nCarsSplits lists the names that the folder of a split may have: those in the set's archives and
// those that its usual readers give it.
var nCarsSplits = map[string][]string{
	Train: {"train", "n-cars_train", "ncars-train"},
	Test:  {"test", "n-cars_test", "ncars-test"},
}

// nCarsFolder finds the folder of a split; empty says that there is none.
func nCarsFolder(files fs.FS, split string) string {
	for _, root := range []string{"", "Prophesee_Dataset_n_cars/"} {
		for _, name := range nCarsSplits[split] {
			for _, inner := range []string{"", "/" + nCarsSplits[split][0]} {
				folder := root + name + inner
				if isDir(files, folder+"/background") || isDir(files, folder+"/cars") {
					return folder
				}
			}
		}
	}
	return ""
}

// nCarsHere reports whether a split's folder has folders of the set's classes and of no others.
func nCarsHere(files fs.FS) bool {
	folder := nCarsFolder(files, Train)
	if folder == "" {
		folder = nCarsFolder(files, Test)
	}
	classes, _, err := subfolders(files, folder)
	other := func(class string) bool { return !slices.Contains(nCarsClasses, class) }
	return folder != "" && err == nil && !slices.ContainsFunc(classes, other)
}

func openNCars(o opening) (*Set, error) {
	how, err := o.own("the folders train and test")
	if err != nil {
		return nil, err
	}
	o.root = nCarsFolder(o.files, o.split)
	if o.root == "" {
		return nil, fmt.Errorf("no folder %s/cars, want the layout %s", strings.ToLower(o.split),
			nCarsShape)
	}
	s := &Set{Sensor: events.Size{Width: 120, Height: 100}, Split: how}
	if s.Classes, err = o.classNames(nCarsClasses, "folder"); err != nil {
		return nil, err
	}
	folders, _, err := subfolders(o.files, o.root)
	if err != nil {
		return nil, err
	}
	for _, name := range folders {
		if !slices.Contains(nCarsClasses, name) {
			return nil, fmt.Errorf("%s is not the folder of a class of N-CARS, want background or "+
				"cars", o.at(name))
		}
	}
	for label, class := range s.Classes {
		if !slices.Contains(nCarsClasses, class) {
			continue
		}
		if !slices.Contains(folders, class) {
			return nil, fmt.Errorf("no folder %s, want the layout %s", o.at(class), nCarsShape)
		}
		names, err := recordings(o.files, o.at(class), ".dat", ".npz")
		if err != nil {
			return nil, err
		}
		s.add(o, class, label, names)
	}
	s.missing(o.split, map[string]int{Train: 15422, Test: 8607}[o.split])
	return s, nil
}

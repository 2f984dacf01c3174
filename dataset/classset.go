package dataset

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"ssnn/events"
)

// classSet is a public set that comes as one folder for each class, without splits.
type classSet struct {
	title      string
	shape      string   // the layout in one line
	roots      []string // folders that the set's archive, or its usual readers, put around it
	classes    []string // nil takes the names of the folders
	extensions []string // endings of the recordings' names, that of the original set first
	sensor     events.Size
	rule       Rule
	fraction   float64 // share of the recordings that test
	whole      int     // recordings of the published set

	// marked reports whether a folder of this class in this root, whose first recording has this
	// name, belongs to the set.
	marked func(root, class, recording string) bool
	// check refuses a recording whose name does not belong to the set; nil refuses none.
	check func(class, name string) error
}

// here reports whether the files have a folder of the set, by its name and that of its first
// recording.
func (c *classSet) here(files fs.FS) bool {
	_, ok := c.root(files)
	return ok
}

// root finds the folder that holds the folders of the classes.
func (c *classSet) root(files fs.FS) (string, bool) {
	for _, root := range append([]string{"."}, c.roots...) {
		folders, _, err := subfolders(files, root)
		if err != nil {
			continue
		}
		for _, class := range folders {
			if c.classes != nil && !slices.Contains(c.classes, class) {
				continue
			}
			all, err := entries(files, path.Join(root, class))
			if err == nil && len(all) > 0 && c.marked(root, class, all[0].Name()) {
				return root, true
			}
		}
	}
	return ".", false
}

// open lists the split's recordings of every class.
func (c *classSet) open(o opening) (*Set, error) {
	root, ok := c.root(o.files)
	if !ok {
		return nil, fmt.Errorf("no recordings of %s, want the layout %s", c.title, c.shape)
	}
	o.root = root
	o.options = o.options.or(c.rule, c.fraction)
	folders, err := c.folders(o)
	if err != nil {
		return nil, err
	}
	s := &Set{Sensor: c.sensor, Split: o.options.String()}
	if s.Classes, err = o.classNames(folders, "folder"); err != nil {
		return nil, err
	}
	whole := 0
	for label, class := range s.Classes {
		if !slices.Contains(folders, class) {
			continue
		}
		names, err := recordings(o.files, o.at(class), c.extensions...)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if c.check == nil {
				break
			}
			if err := c.check(class, name); err != nil {
				return nil, fmt.Errorf("%s: %w", o.at(class, name), err)
			}
		}
		whole += len(names)
		if names, err = o.options.part(o.split, class, names); err != nil {
			return nil, err
		}
		s.add(o, class, label, names)
	}
	if whole != c.whole {
		s.Notes = append(s.Notes, fmt.Sprintf("%d recordings are here of the %d of %s", whole,
			c.whole, c.title))
	}
	return s, nil
}

// folders lists the folders of the classes, in the order of the classes. Files beside them, like
// the archives that they came in, do not matter. Any other folder is an error, and so is a missing
// one, unless the caller gave the classes.
func (c *classSet) folders(o opening) ([]string, error) {
	there, _, err := subfolders(o.files, o.root)
	if err != nil || c.classes == nil {
		return there, err
	}
	for _, name := range there {
		if !slices.Contains(c.classes, name) {
			return nil, fmt.Errorf("%s is not the folder of a class of %s, want one of %s",
				o.at(name), c.title, strings.Join(c.classes, ", "))
		}
	}
	var found []string
	for _, class := range c.classes {
		switch {
		case slices.Contains(there, class):
			found = append(found, class)
		case o.classes == nil:
			return nil, fmt.Errorf("no folder %s, want the layout %s", o.at(class), c.shape)
		}
	}
	return found, nil
}

package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"ssnn/events"
)

// Set is one split of a labelled set of recordings.
type Set struct {
	Files   fs.FS           // folder that the paths of the samples are in
	Layout  string          // name of the layout, as in Layouts
	Classes []string        // names of the classes; Sample.Label counts them from 0
	Samples []Sample        // in the order of their classes, then of their names
	Options events.Options  // how the recordings are read
	Sensor  events.Size     // in pixels; zero where the layout leaves it open
	Split   string          // how the splits were told apart, in words
	Context context.Context // its end stops the reading between two recordings; nil: nothing does

	// Notes are what a user should know of this set: faults put right, recordings missing or left
	// out.
	Notes []string
}

// Sample is one recording, or a part of one.
type Sample struct {
	Path  string // path in Files
	Group string // group in an HDF5 file of several recordings, as in events.Options; else empty
	Label int    // number of the class, from 0

	// The part are the events with From <= t < To, on the recording's own clock. Both zero stand
	// for the whole recording.
	From, To events.Micros
}

// The splits.
const (
	Train = "Train"
	Test  = "Test"
	// HeldOut has the training recordings that are kept from training, see SplitOptions.HeldOut.
	HeldOut = "HeldOut"
)

// opening is a set while it is opened.
type opening struct {
	files   fs.FS
	root    string // folder of the set
	split   string // Train or Test
	options SplitOptions
	classes []string // nil takes the set's own classes
}

// at returns the path of a file of the set.
func (o opening) at(names ...string) string {
	return path.Join(append([]string{o.root}, names...)...)
}

// classFolders lists the folders in the root, which must hold nothing else.
func (o opening) classFolders() ([]string, error) {
	classes, others, err := subfolders(o.files, o.root)
	switch {
	case err != nil:
		return nil, err
	case len(others) > 0:
		return nil, fmt.Errorf("%s is a file, want a folder of a class", o.at(others[0]))
	case len(classes) == 0:
		return nil, fmt.Errorf("%s has no folders, want one for each class", called(o.root))
	}
	return classes, nil
}

// called returns the words by which an error names a folder of a set.
func called(folder string) string {
	if folder == "." {
		return "the folder"
	}
	return folder
}

// classNames returns the classes that labels count: the set's own, or those that the caller gave,
// among which each of the set's own must be. what says what a class is here, such as "folder".
func (o opening) classNames(own []string, what string) ([]string, error) {
	if o.classes == nil {
		return own, nil
	}
	for _, c := range own {
		if !slices.Contains(o.classes, c) {
			return nil, fmt.Errorf("%s is not the %s of a known class, want one of %s", o.at(c),
				what, strings.Join(o.classes, ", "))
		}
	}
	return o.classes, nil
}

// add appends the recordings of a class as samples.
func (s *Set) add(o opening, class string, label int, names []string) {
	for _, name := range names {
		s.Samples = append(s.Samples, Sample{Path: o.at(class, name), Label: label})
	}
}

// missing notes that a split has fewer or more recordings than in the published set.
func (s *Set) missing(split string, want int) {
	if n := len(s.Samples); n != want {
		s.Notes = append(s.Notes, fmt.Sprintf("split %s has %d recordings, where the whole set "+
			"has %d", split, n, want))
	}
}

// recordings lists the files of a folder, whose names must end in one of the extensions, in the
// order of [natural]. A folder in it, any other file, and no file at all are errors.
func recordings(files fs.FS, folder string, extensions ...string) ([]string, error) {
	all, err := entries(files, folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range all {
		name := path.Join(folder, f.Name())
		nested, err := isFolder(files, folder, f)
		if err != nil {
			return nil, err
		}
		if nested || !slices.Contains(extensions, strings.ToLower(path.Ext(name))) {
			return nil, fmt.Errorf("%s is not a recording of this set, want a file that ends in %s",
				name, strings.Join(extensions, " or "))
		}
		names = append(names, f.Name())
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no recordings, want at least one *%s", called(folder),
			extensions[0])
	}
	slices.SortFunc(names, natural)
	return names, nil
}

// subfolders lists the folders in a folder, and apart from them its files, both by name. A folder
// that does not exist has neither.
func subfolders(files fs.FS, folder string) (folders, others []string, err error) {
	all, err := entries(files, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, e := range all {
		is, err := isFolder(files, folder, e)
		if err != nil {
			return nil, nil, err
		}
		if is {
			folders = append(folders, e.Name())
		} else {
			others = append(others, e.Name())
		}
	}
	return folders, others, nil
}

// isFolder reports whether an entry of a folder is a folder, or a symbolic link to one.
func isFolder(files fs.FS, folder string, e fs.DirEntry) (bool, error) {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir(), nil
	}
	info, err := fs.Stat(files, path.Join(folder, e.Name()))
	if err != nil {
		return false, err
	}
	return info.IsDir(), nil
}

// isDir reports whether there is a folder of that name.
func isDir(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.IsDir()
}

// entries lists a folder by name, without the names that begin with a dot.
func entries(files fs.FS, folder string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(files, folder)
	hidden := func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") }
	return slices.DeleteFunc(all, hidden), err
}

// byNumber orders names that are numbers by their value, and other names as text behind them.
func byNumber(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil:
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Set is one split of a labelled set of recordings.
type Set struct {
	Files   fs.FS
	Classes []string
	Samples []Sample // by class, then by name
}

// Sample is one recording.
type Sample struct {
	Path  string // in Files
	Label int    // number of the class
}

// The splits of N-MNIST, which are its folders.
const (
	Train = "Train"
	Test  = "Test"
)

// NMNIST lists one split of a set in the folder layout of N-MNIST, split/class/name.bin. The classes are the folders in order, numbers by
// their value; or, with classes given, as for a trained model, they keep their order, every folder must be one of them, and
// one that has no folder has no samples.
//
// A missing folder, a class folder without recordings and a file that is no recording are errors; files and folders whose
// names begin with a dot are none of the set's.
func NMNIST(files fs.FS, split string, classes []string) (*Set, error) {
	folders, err := entries(files, split)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no folder %s, want the layout of N-MNIST: %s/<class>/<name>.bin", split, split)
	}
	if err != nil {
		return nil, err
	}
	s := &Set{Files: files, Classes: classes}
	for _, f := range folders {
		if folder, err := isFolder(files, split, f); err != nil {
			return nil, err
		} else if !folder {
			return nil, fmt.Errorf("%s is a file, want a folder of a class", path.Join(split, f.Name()))
		}
		if classes == nil {
			s.Classes = append(s.Classes, f.Name())
		} else if !slices.Contains(classes, f.Name()) {
			return nil, fmt.Errorf("%s is no folder of a known class, want one of %s", path.Join(split, f.Name()), strings.Join(classes, ", "))
		}
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%s has no folders, want one a class", split)
	}
	if classes == nil {
		slices.SortFunc(s.Classes, byNumber)
	}
	for label, class := range s.Classes {
		if err := s.addClass(path.Join(split, class), label); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// addClass lists the recordings of one class.
func (s *Set) addClass(folder string, label int) error {
	files, err := entries(s.Files, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		name := path.Join(folder, f.Name())
		nested, err := isFolder(s.Files, folder, f)
		if err != nil {
			return err
		}
		if nested || !strings.EqualFold(path.Ext(name), ".bin") {
			return fmt.Errorf("%s is no recording, want a file that ends in .bin", name)
		}
		s.Samples = append(s.Samples, Sample{name, label})
	}
	if len(files) == 0 {
		return fmt.Errorf("%s has no recordings, want at least one *.bin", folder)
	}
	return nil
}

// isFolder says what the entry of a folder is, or, when it is a symbolic link, what that leads to.
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

// entries lists a folder by name, without what is hidden.
func entries(files fs.FS, folder string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(files, folder)
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") }), err
}

// byNumber orders numbers by value and before all else, which is ordered as text.
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

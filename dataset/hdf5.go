package dataset

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"ssnn/events"
)

// hdf5Shape is the layout of HDF5 files of several recordings each. Groups in a file stand for
// folders; where there are several files, each stands for a folder of its name without the ending.
const hdf5Shape = "HDF5 files alone, with groups {train,test}/<class>/<name> or <class>/<name>, " +
	"where train, test or the class may be a file"

// IsHDF5 reports whether the name of a file ends like that of an HDF5 file.
func IsHDF5(name string) bool {
	return slices.Contains([]string{".h5", ".hdf5", ".hdf"}, strings.ToLower(path.Ext(name)))
}

func hdf5Here(files fs.FS) bool {
	folders, names, err := subfolders(files, ".")
	return err == nil && len(folders) == 0 && len(names) > 0 &&
		!slices.ContainsFunc(names, func(name string) bool { return !IsHDF5(name) })
}

// hdf5Recording is one recording in a file of several.
type hdf5Recording struct {
	file, group string
	parts       []string // path that it would have in folders: split, class and name
}

func openHDF5(o opening) (*Set, error) {
	all, err := hdf5Recordings(o.files)
	if err != nil {
		return nil, err
	}
	var tops []string
	for _, r := range all {
		if !slices.Contains(tops, r.parts[0]) {
			tops = append(tops, r.parts[0])
		}
	}
	split, others, err := splitFolder(tops, o.split)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	if split == "" {
		o.options = o.options.or(Random, folderFraction)
		s.Split = o.options.String()
	} else if s.Split, err = o.own("the groups " + strings.Join(tops, " and ")); err != nil {
		return nil, err
	} else if len(others) > 0 {
		return nil, fmt.Errorf("group %s lies beside %s, want no groups but train and test",
			others[0], split)
	}
	of := map[string][]hdf5Recording{} // by class
	for _, r := range all {
		if split != "" && r.parts[0] != split {
			continue
		}
		if split != "" {
			r.parts = r.parts[1:]
		}
		if len(r.parts) < 2 {
			return nil, fmt.Errorf("%s: group %s is a recording without a class, want %s", r.file,
				r.group, hdf5Shape)
		}
		of[r.parts[0]] = append(of[r.parts[0]], r)
	}
	classes := slices.SortedFunc(maps.Keys(of), byNumber)
	if s.Classes, err = o.classNames(classes, "group"); err != nil {
		return nil, err
	}
	for label, class := range s.Classes {
		byName := map[string]hdf5Recording{}
		for _, r := range of[class] {
			byName[path.Join(r.parts[1:]...)] = r
		}
		names := slices.SortedFunc(maps.Keys(byName), natural)
		if split == "" && len(of[class]) > 0 {
			if names, err = o.options.part(o.split, class, names); err != nil {
				return nil, err
			}
		}
		for _, name := range names {
			r := byName[name]
			s.Samples = append(s.Samples, Sample{Path: r.file, Group: r.group, Label: label})
		}
	}
	return s, nil
}

// hdf5Recordings lists the recordings of all files.
func hdf5Recordings(files fs.FS) (all []hdf5Recording, err error) {
	_, names, err := subfolders(files, ".")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(names, natural)
	for _, name := range names {
		if !IsHDF5(name) {
			return nil, fmt.Errorf("%s is not an HDF5 file, want %s", name, hdf5Shape)
		}
		groups, err := hdf5Groups(files, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, group := range groups {
			parts := strings.Split(strings.Trim(group, "/"), "/")
			if len(names) > 1 {
				parts = append([]string{strings.TrimSuffix(name, path.Ext(name))}, parts...)
			}
			all = append(all, hdf5Recording{name, group, parts})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no recordings are in the files, want %s", hdf5Shape)
	}
	return all, nil
}

func hdf5Groups(files fs.FS, name string) ([]string, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if at, ok := f.(io.ReaderAt); ok {
		return events.Groups(at, info.Size())
	}
	all, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return events.Groups(bytes.NewReader(all), int64(len(all)))
}

// OneFile returns a view of the folder that has this file alone, for an HDF5 file that is a set by
// itself.
func OneFile(folder fs.FS, name string) fs.FS { return oneFile{folder, name} }

type oneFile struct {
	fs.FS
	name string
}

func (f oneFile) Open(name string) (fs.File, error) {
	if name != f.name && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.FS.Open(name)
}

func (f oneFile) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool { return e.Name() != f.name }), err
}

package events

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/internal/hdf5"
)

// hdf5Found is a place in a file that holds a recording.
type hdf5Found struct {
	path   string // of the group or dataset
	names  columns
	data   []*hdf5.Object // the datasets of t, x, y and p, or one dataset with all four
	groups []hdf5Group    // from the root to the group of the events
}

// hdf5Group is a group and its links.
type hdf5Group struct {
	*hdf5.Object
	links []hdf5.Link
}

const mostObjects = 1 << 16 // groups and datasets that a search looks at

// findHDF5 finds the only recording of a file, or of the group or dataset that Options.Group names.
func findHDF5(f *hdf5.File, o Options) (found hdf5Found, err error) {
	s, err := searchHDF5(f, o)
	if err != nil {
		return found, err
	}
	if len(s.found) == 1 {
		return s.found[0], nil
	}
	var paths []string
	for _, found := range s.found {
		paths = append(paths, found.path)
	}
	seen := fmt.Sprintf("%.200q", strings.Join(s.seen, ", "))
	switch {
	case len(s.found) > 1:
		return found, fmt.Errorf("%s: events in %s, want one of them named (--group %s)",
			hdf5Format, strings.Join(paths, ", "), paths[0])
	case s.refused != nil:
		return found, s.refused
	case s.within != "":
		return found, fmt.Errorf("%s: no events in group %q, want one of %s", hdf5Format, s.within,
			seen)
	}
	return found, &FormatError{hdf5Format, 0,
		"t, x, y and p in a group, in structures or in lines called events (--group names lines " +
			"of another name)", seen}
}

// searchHDF5 finds all recordings of a file, or of the group or dataset that Options.Group names.
func searchHDF5(f *hdf5.File, o Options) (s hdf5Search, err error) {
	root, err := f.Root()
	if err != nil {
		return s, err
	}
	lines, err := o.columns()
	if err != nil {
		return s, err
	}
	s = hdf5Search{within: strings.Trim(o.Group, "/"), lines: lines, looked: map[int64]bool{}}
	return s, s.look(root, "", nil)
}

// hdf5Search is a search for recordings in a file.
type hdf5Search struct {
	within  string         // path of the group or dataset that is searched, "" for the file
	lines   columns        // the columns of datasets that are lines of numbers
	looked  map[int64]bool // objects looked at, by their addresses: links may form a circle
	seen    []string       // paths of the objects looked at
	refused *FormatError   // the error for a dataset "events" of another shape, or nil
	found   []hdf5Found
}

// look searches an object and, if it is a group, the objects in it.
func (s *hdf5Search) look(o *hdf5.Object, path string, groups []hdf5Group) error {
	switch {
	case s.looked[o.At]:
		return nil
	case len(s.looked) == mostObjects:
		return &FormatError{hdf5Format, 0, "at most 65536 groups and datasets", "more"}
	}
	s.looked[o.At] = true
	inside := s.within == "" || path == s.within || strings.HasPrefix(path, s.within+"/")
	if o.IsDataset() && inside {
		return s.dataset(o, path, groups)
	}
	if !o.IsGroup() {
		return nil
	}
	links, err := o.Links()
	if err != nil {
		return err
	}
	groups = append(slices.Clip(groups), hdf5Group{o, links})
	if inside {
		found, err := columnsOf(path, groups)
		if err != nil {
			return err
		}
		if found.data != nil {
			s.found = append(s.found, found)
			return nil
		}
	}
	for _, l := range links {
		below := strings.TrimPrefix(path+"/"+l.Name, "/")
		s.seen = append(s.seen, below)
		if !inside && below != s.within && !strings.HasPrefix(s.within, below+"/") {
			continue
		}
		child, err := l.Object()
		if err != nil {
			return err
		}
		if err := s.look(child, below, groups); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf finds t, x, y and p in the last of groups, if they are datasets there. Otherwise
// found.data is nil.
func columnsOf(path string, groups []hdf5Group) (found hdf5Found, err error) {
	var names []string
	links := groups[len(groups)-1].links
	for _, l := range links {
		names = append(names, l.Name)
	}
	c, err := parseColumns(names)
	if err != nil {
		return found, nil
	}
	for _, at := range c.at {
		object, err := links[at].Object()
		if err != nil {
			return found, err
		}
		if !object.IsDataset() {
			return hdf5Found{}, nil
		}
		found.data = append(found.data, object)
	}
	found.path, found.names, found.groups = "/"+path, c, groups
	return found, nil
}

// dataset adds a dataset to found if its elements are structures with t, x, y and p, or if it is
// called "events" and has lines of numbers.
func (s *hdf5Search) dataset(o *hdf5.Object, path string, groups []hdf5Group) error {
	meant := path == s.within || path == "events" || strings.HasSuffix(path, "/events")
	d, err := o.Dataset()
	if err != nil {
		if meant {
			return err
		}
		return nil
	}
	found := hdf5Found{"/" + path, s.lines, []*hdf5.Object{o}, groups}
	if d.Type.Kind == hdf5.Compound && len(d.Shape) == 1 {
		var names []string
		for _, m := range d.Type.Members {
			names = append(names, m.Name)
		}
		if found.names, err = parseColumns(names); err != nil {
			return nil
		}
	} else if !meant || len(d.Shape) != 2 {
		return nil
	} else if d.Shape[1] != int64(s.lines.n) {
		s.refused = noLines(hdf5Format, s.lines, d.Shape)
		s.refused.Want = found.path + " as " + s.refused.Want
		return nil
	}
	s.found = append(s.found, found)
	return nil
}

// value returns the whole numbers of a small dataset in the group, or none if the group has no
// dataset of this name.
func (g hdf5Group) value(name string) ([]int64, error) {
	for _, l := range g.links {
		if l.Name != name {
			continue
		}
		o, err := l.Object()
		if err != nil || !o.IsDataset() {
			return nil, err
		}
		d, err := o.Dataset()
		if err != nil {
			return nil, err
		}
		return d.Ints()
	}
	return nil, nil
}

// offset returns the t_offset of the group, in us, which is added to the times of events. It is 0
// where the group has none.
func (g hdf5Group) offset(d *hdf5Events) (Micros, error) {
	for _, l := range g.links {
		if l.Name != "t_offset" {
			continue
		}
		o, err := l.Object()
		if err != nil || !o.IsDataset() {
			return 0, err
		}
		data, err := o.Dataset()
		if err != nil {
			return 0, err
		}
		isFloat := data.Type.Kind == hdf5.Float
		if kind := data.Type.Kind; data.Rows() != 1 || data.RowSize() != int64(data.Type.Size) ||
			kind != hdf5.Int && kind != hdf5.Uint && !isFloat {
			return 0, nil
		}
		if isFloat != (d.fields[0].kind == 'f') {
			return 0, &FormatError{hdf5Format, 0, "t_offset and t both integers or both floats " +
				"(--time-shift leaves t_offset out)", "one of each"}
		}
		_, row, _, err := data.Part(0)
		if err != nil {
			return 0, err
		}
		f := field{0, data.Type.Size, byte(data.Type.Kind), data.Type.Big}
		v, ok := f.number(row, d.scale)
		if !ok {
			return 0, &FormatError{hdf5Format, 0, "t_offset below 2^62 us", f.value(row)}
		}
		return Micros(v), nil
	}
	return 0, nil
}

// sensor returns the size of the sensor if the group gives it: as a text, the attribute geometry
// (Metavision), or as width and height, which may be datasets or attributes. sensor_resolution
// (event_utils) is not used: some programs write the width first, some the height, and some a
// pixel too few.
func (g hdf5Group) sensor() (size Size, err error) {
	text, ok, err := g.Text("geometry")
	if err != nil {
		return size, err
	}
	if ok {
		if size, err = sizeOf(text); err != nil {
			return size, &FormatError{hdf5Format, 0, "a geometry like 1280x720", err.Error()}
		}
		return size, nil
	}
	var sides [2]int
	for i, name := range []string{"width", "height"} {
		all, err := g.value(name)
		if err == nil && len(all) == 0 {
			all, err = g.Ints(name)
		}
		if err != nil || len(all) != 1 || all[0] < 1 || all[0] > 1<<16 {
			return size, err
		}
		sides[i] = int(all[0])
	}
	return Size{sides[0], sides[1]}, nil
}

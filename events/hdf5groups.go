package events

import (
	"fmt"
	"io"

	"ssnn/internal/hdf5"
)

// Groups lists the recordings of an HDF5 file by the paths that Options.Group takes: groups with
// datasets t, x, y and p, and datasets that hold all four. The error is a *FormatError where the
// file is damaged or is no HDF5 file.
func Groups(r io.ReaderAt, size int64) ([]string, error) {
	f, err := hdf5.Open(r, size)
	if err != nil {
		return nil, hdf5Error(err)
	}
	s, err := searchHDF5(f, Options{})
	if err != nil {
		return nil, hdf5Error(err)
	}
	var paths []string
	for _, found := range s.found {
		paths = append(paths, found.path)
	}
	if len(paths) == 0 && s.refused != nil {
		return nil, s.refused
	}
	if len(paths) == 0 {
		return nil, &FormatError{hdf5Format, 0,
			"t, x, y and p in groups, in structures or in lines called events",
			fmt.Sprintf("%.200q", s.seen)}
	}
	return paths, nil
}

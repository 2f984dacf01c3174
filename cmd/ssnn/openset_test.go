package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/internal/hdf5"
)

// A set may be an HDF5 file of several recordings, whatever lies beside it.
func TestOpenSetOfAnHDF5File(t *testing.T) {
	recording := hdf5.Group{}
	for _, name := range []string{"t", "x", "y", "p"} {
		recording[name] = hdf5.Ints{Shape: []int{1}, Values: []int64{1}}
	}
	class := hdf5.Group{"0": recording, "1": recording}
	b, err := hdf5.Encode(hdf5.Group{"wave": class, "clap": class})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "set.h5")
	for _, name := range []string{path, filepath.Join(filepath.Dir(path), "notes.txt")} {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := openSet(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataset.Open(files, "", dataset.Train, dataset.SplitOptions{}, nil)
	if err != nil || s.Layout != "hdf5" || len(s.Samples) != 2 {
		t.Errorf("%+v, %v, want a recording of each class", s, err)
	}
	if _, err := openSet(filepath.Join(filepath.Dir(path), "notes.txt")); err == nil ||
		!strings.Contains(err.Error(), "notes.txt is a file, want ") {

		t.Errorf("error %v", err)
	}
}

package events

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Files that scipy wrote (testdata/make_matlab.py) hold the first 300 events of fields.npy.
func TestMatlab(t *testing.T) {
	read := func(name string) []Event {
		f, err := Open(filepath.Join("testdata", name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all, err := ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := read("fields.npy")[:300]
	for _, name := range []string{"plain.mat", "compressed.mat", "structure.mat"} {
		if got := read(name); !slices.Equal(got, want) {
			t.Errorf("%s: %d events, not those of fields.npy", name, len(got))
		}
	}
}

// A file that is cut has columns of other lengths, or none: it is refused as a whole.
func TestMatlabCuts(t *testing.T) {
	for _, name := range []string{"plain.mat", "compressed.mat", "structure.mat"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := readAll(data)
		if err != nil {
			t.Fatal(err)
		}
		for cut := range len(data) {
			// Behind the last of the four columns nothing is missed.
			if got, err := readAll(data[:cut]); cut > 20 && err == nil && !slices.Equal(got, want) {
				t.Fatalf("%s cut at %d: %d events and no error", name, cut, len(got))
			}
		}
	}
	if _, err := readAll([]byte("MATLAB 5.0 MAT-file" + strings.Repeat(" ", 200))); err == nil ||
		!strings.Contains(err.Error(), ".mat, byte 0: want whole elements") {

		t.Errorf("error %v", err)
	}
}

func FuzzMatlab(f *testing.F) {
	for _, name := range []string{"plain.mat", "compressed.mat", "structure.mat"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	seedCases(f, func(data []byte) { f.Add(data[len("MATLAB 5.0 MAT-file"):]) }, ".mat")
	f.Fuzz(func(t *testing.T, data []byte) {
		readAll(append([]byte("MATLAB 5.0 MAT-file"),
			data...))
	})
}

// FuzzMatlab4: no file of level 4 makes the reader panic.
func FuzzMatlab4(f *testing.F) {
	for _, name := range []string{"m7-v4.mat", "k5-level4-columns.mat",
		"k6-level4-big-endian.mat"} {

		data, err := os.ReadFile(filepath.Join("testdata", "cases", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if isMatlab4(data) {
			readAll(data)
		}
	})
}

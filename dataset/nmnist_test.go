package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/events"
)

func TestNMNISTLayout(t *testing.T) {
	r := recordingOf(t, events.Event{T: 1})
	files := fstest.MapFS{
		"Train/10/a.bin": r, "Train/9/b.bin": r, "Train/9/a.BIN": r, "Train/x/a.bin": r,
		"Train/.DS_Store": r, "Train/9/.hidden": r, "Test/9/c.bin": r,
	}
	s, err := NMNIST(files, Train, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"9", "10", "x"}; !slices.Equal(s.Classes, want) {
		t.Errorf("classes %v, want %v", s.Classes, want)
	}
	if want := []Sample{{Path: "Train/9/a.BIN", Label: 0}, {Path: "Train/9/b.bin", Label: 0},
		{Path: "Train/10/a.bin", Label: 1}, {Path: "Train/x/a.bin",
			Label: 2}}; !slices.Equal(s.Samples, want) {
		t.Errorf("samples %v, want %v", s.Samples, want)
	}
	test, err := NMNIST(files, Test, s.Classes)
	if err != nil || len(test.Samples) != 1 || test.Samples[0].Label != 0 {
		t.Errorf("test split %+v, %v, want one sample of class 0", test, err)
	}
}

// Labels are numbers of the classes as given, which stay as they are: they are those of a trained
// model's outputs.
func TestNMNISTKeepsTheOrderOfGivenClasses(t *testing.T) {
	r := recordingOf(t, events.Event{T: 1})
	classes := []string{"b", "c", "a"}
	s, err := NMNIST(fstest.MapFS{"Train/a/1.bin": r, "Train/b/1.bin": r}, Train, classes)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"b", "c", "a"}; !slices.Equal(classes, want) ||
		!slices.Equal(s.Classes, want) {

		t.Errorf("classes %v, of the set %v, want %v", classes, s.Classes, want)
	}
	if want := []Sample{{Path: "Train/b/1.bin", Label: 0},
		{Path: "Train/a/1.bin", Label: 2}}; !slices.Equal(s.Samples, want) {
		t.Errorf("samples %v, want %v", s.Samples, want)
	}
}

func TestNMNISTFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"real", filepath.Join("set", "Train")} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "real", "a.bin"),
		recordingOf(t, events.Event{T: 1}).Data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "real"),
		filepath.Join(dir, "set", "Train", "0")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	s, err := NMNIST(os.DirFS(filepath.Join(dir, "set")), Train, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Sample{{Path: "Train/0/a.bin", Label: 0}}; !slices.Equal(s.Samples, want) {
		t.Errorf("samples %v, want %v", s.Samples, want)
	}
}

func TestNMNISTRefuses(t *testing.T) {
	r := recordingOf(t, events.Event{T: 1})
	for name, c := range map[string]struct {
		files   fstest.MapFS
		classes []string
		want    string
	}{
		"no split": {fstest.MapFS{"Other/1/a.bin": r}, nil,
			"no folder Train, want the layout of N-MNIST"},
		"no classes": {fstest.MapFS{"Train/.x": r}, nil, "Train has no folders"},
		"empty class": {fstest.MapFS{"Train/1/.keep": r, "Train/2/a.bin": r}, nil,
			"Train/1 has no recordings"},
		"file":       {fstest.MapFS{"Train/a.bin": r}, nil, "Train/a.bin is a file"},
		"stray file": {fstest.MapFS{"Train/1/a.txt": r}, nil, "Train/1/a.txt is not a recording"},
		"unknown class": {fstest.MapFS{"Train/1/a.bin": r}, []string{"2", "3"},
			"Train/1 is not the folder of a known class, want one of 2, 3"},
	} {
		if _, err := NMNIST(c.files, Train, c.classes); err == nil ||
			!strings.Contains(err.Error(), c.want) {

			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

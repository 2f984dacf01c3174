package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/internal/hdf5"
)

// empty are files of those names, for layouts: recordings are not read before they are integrated.
func empty(names ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range names {
		files[name] = &fstest.MapFile{}
	}
	return files
}

// numbered are files named by a pattern with one number, which runs from 0.
func numbered(files fstest.MapFS, pattern string, n int) fstest.MapFS {
	for i := range n {
		files[fmt.Sprintf(pattern, i)] = &fstest.MapFile{}
	}
	return files
}

// examples are a small set in every layout.
func examples(t *testing.T) map[string]fstest.MapFS {
	cifar, asl := fstest.MapFS{}, fstest.MapFS{}
	for i, class := range cifar10DVS.classes {
		numbered(cifar, class+"/cifar10_"+class+"_%d.aedat", 20+i)
	}
	for i, class := range aslDVS.classes {
		numbered(asl, class+"/"+class+"_%04d.mat", 10+i)
	}
	caltech := numbered(fstest.MapFS{}, "Caltech101/BACKGROUND_Google/image_%04d.bin", 31)
	numbered(caltech, "Caltech101/accordion/image_%04d.bin", 11)
	cars := empty("train/cars/1.dat", "train/background/1.dat", "test/cars/1.dat",
		"test/background/2.dat")
	folder := numbered(fstest.MapFS{}, "up/%d.raw", 12)
	numbered(folder, "down/%d.es", 9)
	return map[string]fstest.MapFS{
		"dvs128-gesture": gestureSet(2, 1),
		"cifar10-dvs":    cifar,
		"n-caltech101":   caltech,
		"n-cars":         cars,
		"asl-dvs":        asl,
		"n-mnist":        empty("Train/0/1.bin", "Train/1/2.bin", "Test/1/1.bin"),
		"hdf5": {"set.h5": hdf5File(t, hdf5.Group{
			"a": hdf5.Group{"0": group(4), "1": group(4)}, "b": hdf5.Group{"0": group(4),
				"1": group(4)}})},
		"folder": folder,
	}
}

func TestLayoutsAreDetected(t *testing.T) {
	files := examples(t)
	for _, l := range Layouts() {
		if files[l.Name] == nil {
			t.Errorf("no example of layout %s", l.Name)
			continue
		}
		if got := Detect(files[l.Name]); got != l.Name {
			t.Errorf("the example of %s is taken for %s", l.Name, got)
		}
		s, err := Open(files[l.Name], "", Train, SplitOptions{}, nil)
		if err != nil {
			t.Errorf("%s: %v", l.Name, err)
		} else if s.Layout != l.Name || s.Split == "" || s.Files == nil {
			t.Errorf("%s: opened as %q, split %q", l.Name, s.Layout, s.Split)
		}
	}
}

// A folder of other recordings is not taken for a public set because one name is the same.
func TestDetectIsNotFooled(t *testing.T) {
	for _, name := range []string{"cat/1.raw", "train/cars/1.dat", "chair/image_0001.bin",
		"a/1.raw", "Train/0/1.raw"} {
		if got := Detect(empty(name, strings.Replace(name, "cars", "bicycles",
			1))); got != "folder" {
			t.Errorf("%s is taken for layout %s", name, got)
		}
	}
}

// Train and test share nothing, are all there is, and are the same again with the same seed.
func TestSplitsAreAPartition(t *testing.T) {
	for name, files := range examples(t) {
		options := []SplitOptions{{}}
		_, own := Open(files, name, Train, SplitOptions{Rule: First}, nil)
		if own == nil {
			for _, rule := range Rules {
				options = append(options, SplitOptions{Rule: rule, Seed: 3},
					SplitOptions{Rule: rule, Seed: 4, Fraction: 0.5})
			}
		}
		for _, o := range options {
			seen := map[Sample]string{}
			for _, split := range []string{Train, Test} {
				s, err := Open(files, name, split, o, nil)
				if err != nil {
					t.Fatalf("%s, %v, %s: %v", name, o, split, err)
				}
				again, _ := Open(files, name, strings.ToLower(split), o, nil)
				if !slices.Equal(s.Samples, again.Samples) {
					t.Errorf("%s, %v: two openings differ", name, o)
				}
				for _, x := range s.Samples {
					if before := seen[x]; before != "" {
						t.Errorf("%s, %v: %v is in %s and in %s", name, o, x, before, split)
					}
					seen[x] = split
				}
				if !slices.IsSortedFunc(s.Samples,
					func(a, b Sample) int { return a.Label - b.Label }) {
					t.Errorf("%s: samples are not by class", name)
				}
			}
			want := len(files)
			switch name {
			case "dvs128-gesture":
				want = 3 * 11 // rows of tables
			case "hdf5":
				want = 4 // groups
			}
			if len(seen) != want {
				t.Errorf("%s, %v: %d samples in both splits, want %d", name, o, len(seen), want)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	x := examples(t)
	with := func(name string, more ...string) fstest.MapFS {
		files := examples(t)[name]
		for _, m := range more {
			files[m] = &fstest.MapFile{}
		}
		return files
	}
	without := func(name, prefix string) fstest.MapFS {
		files := examples(t)[name]
		for f := range files {
			if strings.HasPrefix(f, prefix) {
				delete(files, f)
			}
		}
		return files
	}
	for want, c := range map[string]struct {
		files   fstest.MapFS
		layout  string
		split   string
		options SplitOptions
		classes []string
	}{
		`layout "mnist", want one of dvs128-gesture, cifar10-dvs,`: {files: x["folder"],
			layout: "mnist"},
		`split "Validation", want Train, Test or HeldOut`: {files: x["folder"],
			split: "Validation"},
		`split.rule is "half", want one of [random first last]`: {files: x["folder"],
			options: SplitOptions{Rule: "half"}},
		`split.fraction is 1, want the share of the recordings that test, more than 0`: {
			files: x["folder"], options: SplitOptions{Fraction: 1}},
		`the set has splits of its own (the folders Train and Test), want no split.rule`: {
			files: x["n-mnist"], options: SplitOptions{Rule: First}},
		`the set has splits of its own (its lists of trials), want no split.rule`: {
			files: x["dvs128-gesture"], options: SplitOptions{Fraction: .5}},
		`no folder Train, want the layout of N-MNIST:`: {files: x["cifar10-dvs"],
			layout: "n-mnist"},
		`no folders of classes, want any recordings:`: {files: fstest.MapFS{}},
		`no trials_to_train.txt, want the layout DVS128 Gesture: trials_to_train.txt, trials_`: {
			files: x["folder"], layout: "dvs128-gesture"},
		`no recordings of CIFAR10-DVS, want the layout CIFAR10-DVS: <class>/cifar10_<class>_`: {
			files: x["folder"], layout: "cifar10-dvs"},
		`no folder cat, want the layout CIFAR10-DVS:`: {files: without("cifar10-dvs", "cat/")},
		`lion is not the folder of a class of CIFAR10-DVS, want one of airplane,`: {
			files: with("cifar10-dvs", "lion/cifar10_lion_1.aedat")},
		`cat/readme.txt is not a recording of this set, want a file that ends in .aedat or`: {
			files: with("cifar10-dvs", "cat/readme.txt")},
		`cat/cifar10_dog_1.aedat: the name lacks its class or number, want`: {
			files: with("cifar10-dvs", "cat/cifar10_dog_1.aedat")},
		`cat/cifar10_cat_x.aedat: the name lacks its class or number, want`: {
			files: with("cifar10-dvs", "cat/cifar10_cat_x.aedat")},
		`want at least 2 recordings in class lamp, one to train and one to test, got 1`: {
			files: with("n-caltech101", "Caltech101/lamp/image_0001.bin")},
		`no folder a, want the layout ASL-DVS: <letter>/<name>.mat`: {
			files: without("asl-dvs", "a/")},
		`no folder test/cars, want the layout N-CARS: {train,test}/{background,cars}`: {
			files: without("n-cars", "test/"), split: Test},
		`no folder train/cars, want the layout N-CARS:`: {files: without("n-cars", "train/cars")},
		`test/vans is not the folder of a class of N-CARS, want background or cars`: {
			files: with("n-cars", "test/vans/1.dat"), split: Test},
		`train/cars/notes.md is not a recording of this set, want a file that ends in .dat`: {
			files: with("n-cars", "train/cars/notes.md")},
		`labels.csv lies beside the folders, want only folders: any recordings:`: {
			files: with("folder", "labels.csv")},
		`up/notes.md is not a recording, want only recordings in the folder of a class`: {
			files: with("folder", "up/notes.md")},
		`up/README is not a recording`: {files: with("folder", "up/README")},
		`up/times.csv is text, and lies beside recordings that are not: want only`: {
			files: with("folder", "up/times.csv")},
		`up/more is a folder, want recordings:`: {files: with("folder", "up/more/1.raw")},
		`up has no recordings, want at least one`: {
			files: empty("up/.keep", "down/1.raw", "down/2.raw")},
		`val lies beside train, want no folders but train and test`: {
			files: empty("train/a/1.raw", "test/a/1.raw", "val/a/1.raw")},
		`no folder test beside train`: {files: empty("train/a/1.raw"), split: Test},
		`folders Train and train are the same split, want one of them`: {
			files: empty("train/a/1.raw", "Train/a/1.raw")},
		`train/1.raw is a file, want a folder of a class`: {
			files: empty("train/1.raw", "train/a/1.raw")},
		`train has no folders, want one for each class`: {files: empty("train/.keep")},
		`down is not the folder of a known class, want one of up, left`: {files: x["folder"],
			classes: []string{"up", "left"}},
		`air_drums is not the gesture of a known class, want one of hand_clapping`: {
			files: x["dvs128-gesture"], classes: gestureClasses[:8]},
	} {
		split := c.split
		if split == "" {
			split = Train
		}
		_, err := Open(c.files, c.layout, split, c.options, c.classes)
		if err == nil || !strings.HasPrefix(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Labels are numbers of the classes as given; one without a folder has no samples.
func TestGivenClassesKeepTheirOrder(t *testing.T) {
	for name, files := range examples(t) {
		all, err := Open(files, name, Test, SplitOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		classes := slices.Clone(all.Classes)
		if name == "n-mnist" {
			classes = []string{"0", "1"}
		}
		slices.Reverse(classes)
		classes = append(classes, "another")
		s, err := Open(files, name, Test, SplitOptions{}, classes)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(s.Classes, classes) || len(s.Samples) != len(all.Samples) {
			t.Errorf("%s: classes %v, %d samples, want %v, %d", name, s.Classes, len(s.Samples),
				classes, len(all.Samples))
		}
		class := map[string]string{}
		for _, x := range all.Samples {
			class[fmt.Sprint(x.Path, x.Group, x.From)] = all.Classes[x.Label]
		}
		for _, x := range s.Samples {
			want := class[fmt.Sprint(x.Path, x.Group, x.From)]
			if got := s.Classes[x.Label]; got != want {
				t.Errorf("%s: %v is %s, want %s", name, x, got, want)
			}
		}
	}
}

func TestOpenWithoutAFolder(t *testing.T) {
	if _, err := Open(os.DirFS(filepath.Join(t.TempDir(), "none")), "", Train, SplitOptions{},
		nil); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v, want one of a missing folder", err)
	}
}

func TestKnownSetsHaveLayouts(t *testing.T) {
	for _, k := range KnownSets() {
		if _, err := find(fstest.MapFS{}, k.Name); err != nil {
			t.Error(err)
		}
	}
}

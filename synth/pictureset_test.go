package synth

import (
	"fmt"
	"image"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// folderOf makes files: pictures, but for those whose names say otherwise.
func folderOf(t *testing.T, names ...string) fs.FS {
	picture := pngBytes(t, halves(image.NewGray(image.Rect(0, 0, 8, 8))))
	files := fstest.MapFS{}
	for _, name := range names {
		files[name] = &fstest.MapFile{Data: picture}
		if slices.Contains([]string{".txt", ".DS_Store", ".db"}, path.Ext(name)) {
			files[name].Data = []byte("no picture")
		}
	}
	return files
}

func many(n int, folders ...string) (names []string) {
	for _, folder := range folders {
		for i := range n {
			names = append(names, fmt.Sprintf("%s/%d.png", folder, i))
		}
	}
	return names
}

func paths(all []ShownPicture, train bool) (names []string) {
	for _, p := range all {
		if p.Train == train {
			names = append(names, p.Path)
		}
	}
	return names
}

// Pictures of a class are drawn without overlap; other numbers of one split leave the other's.
func TestDraw(t *testing.T) {
	set, err := OpenPictures(folderOf(t, many(20, "cat", "dog")...))
	if err != nil {
		t.Fatal(err)
	}
	draw := func(train, test int, seed uint64) []ShownPicture {
		all, err := set.Draw(train, test, seed)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range all {
			if p.Number > 0 && (all[i-1].Number != p.Number-1 || all[i-1].Class != p.Class) {
				t.Errorf("%+v after %+v", p, all[i-1])
			}
		}
		return all
	}
	all := draw(12, 8, 1)
	if n := len(paths(all, true)); n != 24 {
		t.Errorf("%d to train, want 24", n)
	}
	names := slices.Sorted(slices.Values(append(paths(all, true), paths(all, false)...)))
	if len(slices.Compact(names)) != 40 {
		t.Errorf("a picture is drawn twice: %v", names)
	}
	fewer := draw(5, 8, 1)
	if !slices.Equal(paths(fewer, false), paths(all, false)) {
		t.Error("fewer to train change what tests")
	}
	for _, name := range paths(fewer, true) {
		if !slices.Contains(paths(all, true), name) {
			t.Errorf("%s is among 5 and not among 12", name)
		}
	}
	if slices.Equal(paths(draw(12, 8, 2), true), paths(all, true)) {
		t.Error("another seed draws the same")
	}
}

func TestPictureFolders(t *testing.T) {
	hidden := []string{
		".DS_Store", "cat/.DS_Store", "cat/Thumbs.db", "__MACOSX/cat/._1.png", ".git/x",
	}
	for name, c := range map[string]struct {
		files []string
		split bool
	}{
		"classes":         {many(3, "cat", "dog"), false},
		"hidden files":    {append(hidden, many(3, "cat", "dog")...), false},
		"lone folder":     {many(3, "set/cat", "set/dog"), false},
		"one class":       {many(3, "cat"), false},
		"splits":          {many(3, "train/cat", "train/dog", "test/cat", "test/dog"), true},
		"splits in a set": {many(3, "set/TRAIN/cat", "set/Test/cat"), true},
	} {
		set, err := OpenPictures(folderOf(t, c.files...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if set.Split != c.split || set.Classes[0] != "cat" {
			t.Errorf("%s: classes %v, splits %v", name, set.Classes, set.Split)
		}
		all, err := set.Draw(2, 1, 0)
		if err != nil || len(all) != 3*len(set.Classes) {
			t.Errorf("%s: %d drawn, error %v", name, len(all), err)
		}
		all, err = set.Draw(-1, 1, 0)
		if c.split && len(all) != 4*len(set.Classes) || !c.split && err == nil {
			t.Errorf("%s: %d drawn of all, error %v", name, len(all), err)
		}
	}
}

func TestOpenPicturesRefuses(t *testing.T) {
	for want, files := range map[string][]string{
		"the folder has no folders":                     {".hidden"},
		"1.png is no folder":                            {"1.png", "cat/1.png"},
		"cat/big is a folder":                           {"cat/big/1.png", "dog/1.png"},
		"cat has no pictures":                           {"cat/.DS_Store", "dog/1.png"},
		"cat/list.txt: not a picture that can be read":  {"cat/list.txt", "cat/1.png", "dog/1.png"},
		"dog lies beside the folders train and test":    {"train/cat/1.png", "test/cat/1", "dog/1"},
		"train lies beside the folders train and test":  {"Train/cat/1.png", "train/cat/1.png"},
		"train has no folder beside it":                 {"train/cat/1.png"},
		"the classes of train are cat, those of test d": {"train/cat/1.png", "test/dog/1.png"},
	} {
		_, err := OpenPictures(folderOf(t, files...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", files, err, want)
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	classes, err := OpenPictures(folderOf(t, append(many(9, "cat"), many(5, "dog")...)...))
	if err != nil {
		t.Fatal(err)
	}
	names := append(many(9, "train/cat"), many(5, "test/cat")...)
	splits, err := OpenPictures(folderOf(t, names...))
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]struct {
		set         *PictureSet
		train, test int
	}{
		"dog has 5 pictures, want 4 to train and 2 to test": {classes, 4, 2},
		"no folders train and test, want the numbers":       {classes, -1, 2},
		"train/cat has 9 pictures, want 10":                 {splits, 10, -1},
		"test/cat has 5 pictures, want 6":                   {splits, -1, 6},
	} {
		_, err := c.set.Draw(c.train, c.test, 0)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	// Numbers that would overflow a sum.
	if _, err := classes.Draw(math.MaxInt, math.MaxInt, 0); err == nil {
		t.Error("no error for far too many")
	}
}

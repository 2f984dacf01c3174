package synth

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"strings"

	"ssnn/internal/workers"
)

const pictureShape = "want <class>/<picture>, or {train,test}/<class>/<picture>"

// PictureSet is a folder of pictures by class: <class>/<picture>, or the same in the folders train
// and test, in any case. A lone folder around all is passed through.
type PictureSet struct {
	Classes []string // in the order of their names
	Split   bool     // whether there are folders train and test

	files  fs.FS
	groups []pictureGroup // a class of a split, or a class
}

type pictureGroup struct {
	split string // "" without splits
	class string
	paths []string // in the order of their names
}

// ShownPicture is a picture of a set with the place of its recording.
type ShownPicture struct {
	Train  bool   // it is for training, else for testing
	Class  string // name
	Number int    // within the class and the split, from 0 on
	Path   string // within the set
}

// OpenPictures lists the pictures and looks at the beginning of each. Names that begin with a dot,
// __MACOSX, Thumbs.db and desktop.ini, which systems leave behind, are passed over; whatever else
// is neither such a folder nor a picture is an error.
func OpenPictures(files fs.FS) (*PictureSet, error) {
	s := &PictureSet{files: files}
	root, folders, err := s.top()
	if err != nil {
		return nil, err
	}
	splits := map[string]string{"": root}
	if slices.ContainsFunc(folders, isSplit) {
		s.Split, splits = true, map[string]string{}
		for _, name := range folders {
			split := strings.ToLower(name)
			if !isSplit(name) || splits[split] != "" {
				return nil, fmt.Errorf("%s lies beside the folders train and test, want only those",
					path.Join(root, name))
			}
			splits[split] = path.Join(root, name)
		}
		if len(splits) != 2 {
			return nil, fmt.Errorf("%s has no folder beside it, want both train and test",
				path.Join(root, folders[0]))
		}
	}
	for _, split := range []string{"", "train", "test"} {
		if root, is := splits[split]; is {
			if err := s.list(split, root); err != nil {
				return nil, err
			}
		}
	}
	return s, s.check()
}

func isSplit(name string) bool {
	return strings.EqualFold(name, "train") || strings.EqualFold(name, "test")
}

// top finds the folder of classes or splits.
func (s *PictureSet) top() (root string, folders []string, err error) {
	for root = "."; ; {
		if folders, err = s.folders(root); err != nil {
			return "", nil, err
		}
		if len(folders) != 1 || isSplit(folders[0]) {
			return root, folders, nil
		}
		inner := path.Join(root, folders[0])
		nested, pictures, err := s.entries(inner)
		if err != nil || len(pictures) > 0 || len(nested) == 0 { // a lone class
			return root, folders, err
		}
		root = inner
	}
}

// folders lists a folder that holds nothing else.
func (s *PictureSet) folders(root string) ([]string, error) {
	folders, others, err := s.entries(root)
	switch {
	case err != nil:
		return nil, err
	case len(others) > 0:
		return nil, fmt.Errorf("%s is no folder, %s", path.Join(root, others[0]), pictureShape)
	case len(folders) == 0 && root == ".":
		return nil, fmt.Errorf("the folder has no folders, %s", pictureShape)
	case len(folders) == 0:
		return nil, fmt.Errorf("%s has no folders, %s", root, pictureShape)
	}
	return folders, nil
}

// entries lists a folder by name, without hidden files.
func (s *PictureSet) entries(root string) (folders, others []string, err error) {
	all, err := fs.ReadDir(s.files, root)
	for _, e := range all {
		name := e.Name()
		if strings.HasPrefix(name, ".") || slices.Contains(leftBehind, strings.ToLower(name)) {
			continue
		}
		info, err := fs.Stat(s.files, path.Join(root, name)) // of what a link leads to
		if err != nil {
			return nil, nil, err
		}
		if info.IsDir() {
			folders = append(folders, name)
		} else {
			others = append(others, name)
		}
	}
	return folders, others, err
}

// leftBehind are hidden files of macOS and Windows whose names do not begin with a dot.
var leftBehind = []string{"__macosx", "thumbs.db", "desktop.ini"}

// list lists the classes of a split.
func (s *PictureSet) list(split, root string) error {
	classes, err := s.folders(root)
	if err != nil {
		return err
	}
	if s.Classes == nil {
		s.Classes = classes
	} else if !slices.Equal(s.Classes, classes) {
		return fmt.Errorf("the classes of train are %s, those of test %s, want the same",
			strings.Join(s.Classes, ", "), strings.Join(classes, ", "))
	}
	for _, class := range classes {
		nested, names, err := s.entries(path.Join(root, class))
		switch {
		case err != nil:
			return err
		case len(nested) > 0:
			return fmt.Errorf("%s is a folder, %s", path.Join(root, class, nested[0]), pictureShape)
		case len(names) == 0:
			return fmt.Errorf("%s has no pictures, want at least one", path.Join(root, class))
		}
		g := pictureGroup{split: split, class: class}
		for _, name := range names {
			g.paths = append(g.paths, path.Join(root, class, name))
		}
		s.groups = append(s.groups, g)
	}
	return nil
}

// check reads the beginning of each file, so that one that is no picture is refused at once, and
// not only when it is drawn.
func (s *PictureSet) check() error {
	var all []string
	for _, g := range s.groups {
		all = append(all, g.paths...)
	}
	return workers.Each(len(all), runtime.GOMAXPROCS(0), func() func(i int) error {
		return func(i int) error {
			f, err := s.files.Open(all[i])
			if err != nil {
				return err
			}
			defer f.Close()
			return named(all[i], checkPicture(f))
		}
	})
}

// Read reads a picture of the set.
func (s *PictureSet) Read(name string) (Picture, error) {
	f, err := s.files.Open(name)
	if err != nil {
		return Picture{}, err
	}
	defer f.Close()
	p, err := ReadPicture(f)
	return p, named(name, err)
}

// named adds the name of a file to an error that lacks it.
func named(name string, err error) error {
	var has *fs.PathError
	if err == nil || errors.As(err, &has) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// Draw draws, by the seed, so many pictures of each class to train and to test with: from the set's
// own splits, or else without overlap. The number for one does not change which are drawn for the
// other, and a larger number adds pictures to those of a smaller. A number below 0 takes all, for
// which the set must have splits.
func (s *PictureSet) Draw(train, test int, seed uint64) ([]ShownPicture, error) {
	if !s.Split && min(train, test) < 0 {
		return nil, errors.New("no folders train and test, want the numbers of pictures of a " +
			"class for each")
	}
	var all []ShownPicture
	for _, g := range s.groups {
		n := len(g.paths)
		forTrain, forTest := train, test
		if s.Split {
			forTrain, forTest = g.ofSplit("train", train), g.ofSplit("test", test)
		}
		if max(forTrain, forTest) > n || forTrain+forTest > n {
			return nil, g.tooFew(train, test)
		}
		order := rand.New(rand.NewPCG(mix(seed, g.split+"/"+g.class), 0)).Perm(n)
		all = append(all, g.shown(true, order[:forTrain])...)
		all = append(all, g.shown(false, order[n-forTest:])...)
	}
	return all, nil
}

// ofSplit returns how many pictures of the group are for a split that has n of each class; n below
// 0 stands for all.
func (g pictureGroup) ofSplit(split string, n int) int {
	switch {
	case g.split != split:
		return 0
	case n < 0:
		return len(g.paths)
	}
	return n
}

// shown numbers the drawn pictures in the order of their names.
func (g pictureGroup) shown(train bool, drawn []int) (all []ShownPicture) {
	slices.Sort(drawn)
	for i, at := range drawn {
		all = append(all, ShownPicture{train, g.class, i, g.paths[at]})
	}
	return all
}

func (g pictureGroup) tooFew(train, test int) error {
	want := fmt.Sprintf("%d to train and %d to test", train, test)
	switch g.split {
	case "train":
		want = fmt.Sprint(train)
	case "test":
		want = fmt.Sprint(test)
	}
	return fmt.Errorf("%s has %d pictures, want %s", path.Dir(g.paths[0]), len(g.paths), want)
}

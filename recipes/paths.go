package recipes

import (
	"os"
	"path/filepath"
	"regexp"
	"sync"
)

// A recipe names files in four places: dataset, unless it is the name of a set that comes with the
// program, train.teacher, train.init, and the list of a filter for hot pixels. In a file they are
// relative to the folder of that file; everywhere else, to the working directory. A run writes them
// as absolute paths, so that it can be opened from any directory.

// hotList matches a list of hot pixels in the text of a recipe. The second group is its path, the
// first the text before.
var hotList = regexp.MustCompile(`(["']hot:(?:[^"'\n]*,)?list=)([^"',\n]+)`)

// listsFrom returns the text of a recipe with the paths of its lists of hot pixels taken as
// relative to a folder.
func listsFrom(dir, text string) string {
	return hotList.ReplaceAllStringFunc(text, func(found string) string {
		parts := hotList.FindStringSubmatch(found)
		return parts[1] + filepath.ToSlash(PathFrom(dir, parts[2]))
	})
}

// PathFrom returns the path that a relative path has from a folder. A path that is absolute or
// empty stays as it is.
func PathFrom(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// SetFrom returns a set's name as it is, or the path that its relative path has from a folder. A
// word without a separator is a path if there is such a folder and no set of that name comes with
// the program.
func SetFrom(dir, set string) string {
	at := PathFrom(dir, set)
	if filepath.Base(set) != set || !ofTheProgram(set) && isFolder(at) {
		return at
	}
	return set
}

// pathsFrom returns the recipe with its paths taken as relative to a folder.
func (r Recipe) pathsFrom(dir string) Recipe {
	r.Dataset = SetFrom(dir, r.Dataset)
	r.Train.Teacher, r.Train.Init = PathFrom(dir, r.Train.Teacher), PathFrom(dir, r.Train.Init)
	return r
}

// In returns the recipe as a file in a folder must say it: its paths, which are relative to the
// working directory, become relative to that folder, or absolute if the folder is given so.
func (r Recipe) In(dir string) (Recipe, error) {
	for _, path := range []*string{&r.Dataset, &r.Train.Teacher, &r.Train.Init} {
		word := path == &r.Dataset && filepath.Base(r.Dataset) == r.Dataset
		if word && (ofTheProgram(r.Dataset) || !isFolder(r.Dataset)) {
			continue // which SetFrom leaves as it is
		}
		var err error
		if *path, err = seenFrom(dir, *path); err != nil {
			return r, err
		}
	}
	return r, nil
}

// seenFrom returns a path relative to a folder, or an absolute one if the folder is absolute. An
// empty path stays empty.
func seenFrom(dir, path string) (string, error) {
	if path == "" || filepath.IsAbs(path) {
		return path, nil
	}
	at, err := filepath.Abs(path)
	if err != nil || filepath.IsAbs(dir) {
		return at, err
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(from, at)
	return filepath.ToSlash(rel), err
}

// absolute returns the recipe with absolute paths.
func (r Recipe) absolute() Recipe {
	here, err := os.Getwd()
	if err != nil { // the folder is gone: then no relative path leads anywhere
		return r
	}
	return r.pathsFrom(here)
}

// ofTheProgram reports whether a set comes with the program: whether one of its recipes names it.
func ofTheProgram(set string) bool { return programSets()[set] }

var programSets = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, name := range Names() {
		text, _ := Source(name)
		if r, err := Parse(text); err == nil {
			all[r.Dataset] = true
		}
	}
	return all
})

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

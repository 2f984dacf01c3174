package recipes

import (
	"fmt"
	"os"
	"path/filepath"

	"ssnn/events"
)

// Continue begins the run of a recipe in a folder, or goes on with it where it was interrupted:
// from its checkpoint, or from the beginning where it broke off before the first one. A folder with
// the run of another recipe is refused.
func Continue(r Recipe, dir string, m Machine) (*Run, error) {
	begun, err := holds(dir, r)
	if err != nil {
		return nil, err
	}
	if !begun || !exists(dir, lastFile) {
		return start(r, dir, m, func(string) error { return nil })
	}
	return Resume(dir, func(*Recipe) error { return nil }, m)
}

// Extend is Continue for a run that may have been begun, or even finished, with fewer epochs. Where
// its schedule allows it, see Resume, the run goes on and ends with the same bytes as one that was
// begun with as many epochs.
func Extend(r Recipe, dir string, m Machine) (*Run, error) {
	if !exists(dir, configFile) {
		return Start(r, dir, m)
	}
	return Resume(dir, func(there *Recipe) error {
		*there = r
		return nil
	}, m)
}

// Done reports whether a folder holds the finished run of a recipe. A folder with the run of
// another recipe is refused.
func Done(r Recipe, dir string) (bool, error) {
	begun, err := holds(dir, r)
	return begun && exists(dir, modelFile), err
}

// holds reports whether the folder holds a run of the recipe, and refuses the run of another.
func holds(dir string, r Recipe) (bool, error) {
	if !exists(dir, configFile) {
		return false, nil
	}
	there, err := ReadRecipe(dir)
	if err != nil {
		return false, err
	}
	if set := there.absolute().Dataset; filepath.IsAbs(set) && !isFolder(set) {
		there.Dataset = r.Dataset // the recordings have moved, maybe with the run's folder
	}
	if r.Frames.Sensor == (events.Size{}) { // the run has the sensor of its set
		r.Frames.Sensor = there.Frames.Sensor
	}
	if err := sameTeacher(&r, there); err != nil {
		return false, err
	}
	if err := sameInit(&r, there); err != nil {
		return false, err
	}
	if changed := Changes(there, r); changed != "" {
		return false, fmt.Errorf("%s holds the run of another recipe: %s; want another folder", dir,
			changed)
	}
	return true, nil
}

// ModelFile returns the file that holds the network of a run: its model, or, where the run is not
// finished, its checkpoint.
func ModelFile(dir string) (path string, finished bool) {
	if finished = exists(dir, modelFile); finished {
		return filepath.Join(dir, modelFile), true
	}
	return filepath.Join(dir, lastFile), false
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

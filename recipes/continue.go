package recipes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ssnn/events"
	"ssnn/train"
)

// Continue begins the run of a recipe in a folder, or goes on with it where it was interrupted: from its checkpoint, or from the
// beginning where it broke off before the first one. A folder with the run of another recipe is refused.
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

// Done says whether a folder holds the finished run of a recipe. A folder with the run of another recipe is refused.
func Done(r Recipe, dir string) (bool, error) {
	begun, err := holds(dir, r)
	return begun && exists(dir, modelFile), err
}

// holds says whether the folder holds a run of the recipe, and refuses one of another.
func holds(dir string, r Recipe) (bool, error) {
	if !exists(dir, configFile) {
		return false, nil
	}
	there, err := recipeOf(dir)
	if err != nil {
		return false, err
	}
	if r.Frames.Sensor == (events.Size{}) { // the run has that of its set
		r.Frames.Sensor = there.Frames.Sensor
	}
	if err := sameTeacher(&r, there); err != nil {
		return false, err
	}
	if there.Text() != r.Text() {
		return false, fmt.Errorf("%s holds the run of another recipe, see %s; want another folder", dir, filepath.Join(dir, configFile))
	}
	return true, nil
}

// ModelFile is the file of the network of a run's folder: that at the end of the run, or, of one that is not finished, its checkpoint.
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

// ReadMetrics reads the metrics of a run's folder, an epoch each. A run that has not come to the end of its first epoch has none.
func ReadMetrics(dir string) ([]train.Metrics, error) {
	path := filepath.Join(dir, metricsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []train.Metrics
	for line := range bytes.Lines(text) {
		var m train.Metrics
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, len(all)+1, err)
		}
		all = append(all, m)
	}
	return all, nil
}

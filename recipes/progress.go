package recipes

import (
	"os"
	"path/filepath"
	"time"

	"ssnn/train"
)

// Progress says how far a run has come. Its folder shows that while the run trains.
type Progress struct {
	Recipe   Recipe          // recipe in the run's folder
	Network  string          // its stages in words
	Average  float64         // average timestep, see snn.Config.AverageTimestep
	Metrics  []train.Metrics // metrics of the epochs that are over
	Finished bool            // the run has come to its end, and holds a model
	Wrong    int             // number of test recordings that a finished run answered wrong
	Changed  time.Time       // time of its metrics, or of its recipe before the first epoch
}

// ReadProgress reads the folder of a run, which may be at work there. A line of its metrics that
// cannot be read is left out, as it may be only half written.
func ReadProgress(dir string) (Progress, error) {
	var p Progress
	var err error
	if p.Recipe, err = ReadRecipe(dir); err != nil {
		return p, err
	}
	if n, err := p.Recipe.Network.build(); err == nil {
		p.Network, p.Average = n.Describe(), n.AverageTimestep()
	}
	for _, name := range []string{configFile, metricsFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			p.Changed = info.ModTime()
		}
	}
	lines, err := readLines(dir)
	if err != nil {
		return p, err
	}
	for _, line := range lines {
		if line.Err == nil {
			p.Metrics = append(p.Metrics, line.Value)
		}
	}
	if _, p.Finished = ModelFile(dir); p.Finished {
		if a, err := readAnswers(filepath.Join(dir, answersFile)); err == nil {
			p.Wrong = len(a.Wrong())
		}
	}
	return p, nil
}

// Wrong lists the recordings that were answered wrong.
func (a *Answers) Wrong() (all []Answered) {
	for _, r := range a.Recordings {
		if !r.Hit() {
			all = append(all, r)
		}
	}
	return all
}

// ReadAnswers reads the answers of a finished run to its test recordings.
func ReadAnswers(dir string) (*Answers, error) {
	return readAnswers(filepath.Join(dir, answersFile))
}

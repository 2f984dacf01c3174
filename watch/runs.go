// Package watch shows the runs below a folder on a page, while they train.
package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ssnn/infer"
	"ssnn/internal/folder"
	"ssnn/recipes"
	"ssnn/train"
)

// Run has the values of a run that the page shows.
type Run struct {
	Name    string  `json:"name"`              // path of its folder below the watched one
	State   string  `json:"state"`             // "training", "finished" or "stopped"
	Network string  `json:"network,omitempty"` // its stages in words
	Average float64 `json:"t_avg,omitempty"`   // average timestep
	Epoch   int     `json:"epoch"`             // number of epochs that are over
	Epochs  int     `json:"epochs"`            // number of epochs of the whole run
	// Left is an estimate in s from the last epochs; 0 if the run does not train.
	Left    float64          `json:"seconds_left"`
	Changed float64          `json:"changed"` // time in s since its files changed
	Curves  map[string]Curve `json:"curves"`  // by the name of what they show
	Rates   []train.Rate     `json:"rates"`   // firing rates in the last epoch
	// Silent has the warnings of the last epoch, one sentence each.
	Silent []string `json:"silent,omitempty"`
	// Differs has the values of the keys that are not the same in all runs.
	Differs map[string]string `json:"differs,omitempty"`
	// Wrong is the number of test recordings that a finished run answered wrong.
	Wrong int    `json:"wrong"`
	Error string `json:"error,omitempty"` // reason why it cannot be shown

	values  map[string]string // values of its recipe, by key
	changed time.Time
}

// Curve has one number for each epoch.
type Curve []float64

// mostRuns bounds the number of runs that are read.
const mostRuns = 1000

// Watcher finds the runs below a folder. It reads a run again only if its files have changed, and
// is safe for concurrent use.
type Watcher struct {
	dir  string
	mu   sync.Mutex
	seen map[string]seen // by folder
}

// seen is a run as it was read, with the times at which its files were last changed.
type seen struct {
	files [3]time.Time
	run   *Run
}

// New returns a watcher of a folder.
func New(dir string) *Watcher { return &Watcher{dir: dir, seen: map[string]seen{}} }

// Find reads the runs and orders them by their last change, the latest first. A run that cannot be
// read has the reason in its Error.
func (w *Watcher) Find(now time.Time) ([]*Run, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []*Run
	dir := w.dir
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && path == dir:
			return err
		case err != nil || len(all) == mostRuns:
			return fs.SkipDir
		case e.IsDir() && strings.HasPrefix(e.Name(), ".") && path != dir:
			return fs.SkipDir
		case e.IsDir() || e.Name() != "config.toml":
			return nil
		}
		all = append(all, w.run(filepath.Dir(path), now))
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b *Run) int { return int(a.Changed - b.Changed) })
	differences(all)
	return all, nil
}

// run returns the run of a folder, which it reads again if it has changed.
func (w *Watcher) run(dir string, now time.Time) *Run {
	var files [3]time.Time
	for i, name := range []string{"config.toml", "metrics.jsonl", infer.ModelFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			files[i] = info.ModTime()
		}
	}
	known, ok := w.seen[dir]
	if !ok || known.files != files {
		known = seen{files, open(w.dir, dir)}
		w.seen[dir] = known
	}
	r := *known.run
	r.stand(dir, now)
	return &r
}

// open reads the run of a folder.
func open(root, dir string) *Run {
	name, err := filepath.Rel(root, dir)
	if err != nil || name == "." {
		name = filepath.Base(dir)
	}
	r := &Run{Name: name, Curves: map[string]Curve{}}
	p, err := recipes.ReadProgress(dir)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.values, r.Epochs, r.Wrong = p.Recipe.Values(), p.Recipe.Train.Epochs, p.Wrong
	r.Network, r.Average = p.Network, p.Average
	r.changed = p.Changed
	for _, m := range p.Metrics {
		r.add(m)
	}
	if n := len(p.Metrics); n > 0 {
		last := p.Metrics[n-1]
		r.Epoch, r.Rates, r.Silent = last.Epoch, last.Firing, last.Warnings
		r.Left = last.Seconds * float64(max(0, r.Epochs-r.Epoch))
	}
	if p.Finished {
		r.State = finished
	}
	return r
}

const finished = "finished"

// stand sets the state of the run. The lock file stays in its folder when the process is killed, so
// a run counts as training only while its other files change too.
func (r *Run) stand(dir string, now time.Time) {
	r.Changed = max(0, now.Sub(r.changed).Seconds())
	_, err := os.Stat(filepath.Join(dir, folder.LockFile))
	switch each := r.Left / float64(max(1, r.Epochs-r.Epoch)); {
	case r.State == finished || r.Error != "":
	case err == nil && r.Changed < max(600, 10*each):
		r.State = "training"
		return
	default:
		r.State = "stopped"
	}
	r.Left = 0
}

// add adds the numbers of an epoch.
func (r *Run) add(m train.Metrics) {
	add := func(name string, v float64) { r.Curves[name] = append(r.Curves[name], v) }
	add("loss", m.Loss)
	add("train", 100*m.Accuracy)
	add("test", 100*m.TestAccuracy)
	if h := m.HeldOut; h != nil {
		add("held out", 100*h.Accuracy)
	}
}

// differences fills in the keys in which the runs differ.
func differences(all []*Run) {
	var first *Run
	keys := map[string]bool{}
	for _, r := range all {
		switch {
		case r.Error != "":
		case first == nil:
			first = r
		default:
			for key, value := range r.values {
				if first.values[key] != value {
					keys[key] = true
				}
			}
			for key := range first.values {
				if _, there := r.values[key]; !there {
					keys[key] = true
				}
			}
		}
	}
	for _, r := range all {
		if r.Error != "" || len(keys) == 0 {
			continue
		}
		r.Differs = map[string]string{}
		for key, value := range r.values {
			if keys[key] {
				r.Differs[key] = value
			}
		}
	}
}

package infer

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"ssnn/internal/atomicfile"
	"ssnn/snn"
)

// Exits say where a network may answer before its end, and how sure it must be. Choose makes them from samples that were held out of the training.
type Exits struct {
	By        Measure `json:"by"`
	Threshold float64 `json:"threshold"` // an exit is taken where the measure is at least that
	Points    []Point `json:"points"`    // in the order in which they are visited; the end of the network needs not be among them

	// How they were chosen, for the reader.
	Loss    float64 `json:"allowed_loss"` // points of accuracy, at most
	Samples int     `json:"samples"`      // held out
}

// Point is a place where a network may answer: after so many timesteps of a stage, the classifier behind which has seen them.
type Point struct {
	Stage       int     `json:"stage"`       // from 0
	Step        int     `json:"step"`        // timesteps, from 1
	Temperature float64 `json:"temperature"` // what logits are divided by, so that the share of right answers is their softmax; 0 stands for 1
}

// String is "stage 0, step 8".
func (pt Point) String() string { return fmt.Sprintf("stage %d, step %d", pt.Stage, pt.Step) }

// Points are the places where a model may answer, in the order of the computation: behind each early classifier's stage and after each timestep of the last
// stage. With everyStep also after each timestep of the first stage, if it has a classifier, which so works more often.
func (m *Model) Points(everyStep bool) (all []Point) {
	cfg := m.Config()
	for i, T := range cfg.T {
		first := T
		if i == len(cfg.T)-1 || everyStep && i == 0 {
			first = 1
		}
		for step := first; step <= T && m.net.HasClassifier(i); step++ {
			all = append(all, Point{Stage: i, Step: step})
		}
	}
	return all
}

// end is where a network has run to its end.
func end(cfg snn.Config) Point {
	last := len(cfg.T) - 1
	return Point{Stage: last, Step: cfg.T[last]}
}

// at says whether two points are at the same place.
func (pt Point) at(other Point) bool { return pt.Stage == other.Stage && pt.Step == other.Step }

// before says whether a point is visited before another.
func (pt Point) before(other Point) bool {
	return pt.Stage < other.Stage || pt.Stage == other.Stage && pt.Step < other.Step
}

// points are those of the exits, with the end.
func (e *Exits) points(cfg snn.Config) []Point {
	var all []Point
	if e != nil {
		all = append(all, e.Points...)
	}
	if n := len(all); n == 0 || !all[n-1].at(end(cfg)) {
		all = append(all, end(cfg))
	}
	return all
}

// validate says what does not fit a network, or nil. Nil exits fit all.
func (e *Exits) validate(net *snn.Network) error {
	if e == nil {
		return nil
	}
	cfg := net.Config()
	if _, err := e.By.MarshalText(); err != nil {
		return fmt.Errorf("exits: %w", err)
	}
	if !(e.Threshold >= 0) {
		return fmt.Errorf("exits: threshold %v, want 0 or more", e.Threshold)
	}
	for i, pt := range e.Points {
		switch {
		case pt.Stage < 0 || pt.Stage >= len(cfg.T) || pt.Step < 1 || pt.Step > cfg.T[pt.Stage]:
			return fmt.Errorf("exits: point %d at %v, want one in a network of timesteps %v", i, pt, cfg.T)
		case !net.HasClassifier(pt.Stage):
			return fmt.Errorf("exits: point %d at %v, which has no classifier behind it", i, pt)
		case i > 0 && !e.Points[i-1].before(pt):
			return fmt.Errorf("exits: point %d at %v behind one at %v, want them in order", i, pt, e.Points[i-1])
		case !(pt.Temperature >= 0):
			return fmt.Errorf("exits: point %d has temperature %v, want above 0, or 0 for 1", i, pt.Temperature)
		}
	}
	return nil
}

// ReadExits reads what Write wrote. Its errors name the path.
func ReadExits(path string) (*Exits, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e := &Exits{}
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(e); err != nil {
		return nil, fmt.Errorf("%s: no exits as ssnn eval --exit --save writes them: %w", path, err)
	}
	return e, nil
}

// Write writes the exits to a file, as JSON.
func (e *Exits) Write(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", "  ")
		return j.Encode(e)
	})
}

package infer

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"

	"ssnn/internal/atomicfile"
	"ssnn/internal/plainjson"
	"ssnn/internal/regular"
	"ssnn/snn"
)

// Exits say where a network may answer before its end, and how sure it must be. Package exits
// chooses them by samples that were held out of the training.
type Exits struct {
	By        Measure `json:"by"`        // measure of how sure an answer is
	Threshold float64 `json:"threshold"` // an exit is taken where the measure is at least that
	// Points are in the order in which they are visited. The end of the network need not be among
	// them.
	Points []Point `json:"points"`

	// Loss and Samples tell a reader how the exits were chosen.
	Loss    float64 `json:"allowed_loss"` // most percentage points of accuracy that they may cost
	Samples int     `json:"samples"`      // number of samples held out

	// Network is the checksum of the network, see [Model.Fingerprint]. Exits for another network
	// are refused; those that leave it empty are not.
	Network string `json:"network,omitempty"`
}

// fingerprint returns a checksum of the weights of a network's classifier and of the statistics of
// its norms. Every training or recalibration changes these.
func fingerprint(net *snn.Network) string {
	h := fnv.New64a()
	learned := net.Statistics()
	for _, p := range net.Parameters() {
		if p.Name == "fc.weight" {
			learned = append(slices.Clip(learned), p)
		}
	}
	for _, p := range learned {
		for _, w := range p.Export(p.Value) {
			h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(w)))
		}
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// Point is a place where a network may answer: after so many timesteps of a stage, the classifier
// behind which has seen them.
type Point struct {
	Stage int `json:"stage"` // from 0
	Step  int `json:"step"`  // timesteps, from 1
	// What logits are divided by, so that the share of right answers is their softmax; 0 stands for
	// 1.
	Temperature float64 `json:"temperature"`
}

// String is "stage 1, step 8" of the first stage: people count from 1.
func (pt Point) String() string { return fmt.Sprintf("stage %d, step %d", pt.Stage+1, pt.Step) }

// Points are the places where a model may answer, in the order in which they are visited, see
// Exits: behind each early classifier's stage and after each timestep of the last stage. With
// everyStep also after each timestep of the first stage, if it has a classifier, which so works
// more often.
func (m *Model) Points(everyStep bool) (all []Point) {
	cfg := m.Config()
	last := end(cfg)
	for i, T := range cfg.T {
		first := T
		if i == last.Stage || everyStep && i == 0 {
			first = 1
		}
		for step := first; step <= T && m.net.HasClassifier(i); step++ {
			pt := Point{Stage: i, Step: step}
			if pt.At(last) || pt.order(last, m.net.Needs) < 0 { // the end may come first
				all = append(all, pt)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Point) int { return a.order(b, m.net.Needs) })
	return all
}

// end is where a network has run to its end.
func end(cfg snn.Config) Point {
	last := len(cfg.T) - 1
	return Point{Stage: last, Step: cfg.T[last]}
}

// At says whether two points are at the same place.
func (pt Point) At(other Point) bool { return pt.Stage == other.Stage && pt.Step == other.Step }

// needs returns how many timesteps of each stage have to be run for a point, [stages up to its
// own]. of says how many a stage needs of the stage before. Those of the first stage are frames.
func (pt Point) needs(of func(stage, steps int) int) []int {
	all := make([]int, pt.Stage+1)
	for i, steps := pt.Stage, pt.Step; ; i-- {
		if all[i] = steps; i == 0 {
			return all
		}
		steps = of(i, steps)
	}
}

// order is negative if a point is visited before another, and positive if after it. Points are
// ordered by the timesteps that they need of the first stage, then of the second, and so on. So no
// point waits for frames that it does not need, and each finds its stage run exactly as far as it
// needs.
func (pt Point) order(other Point, of func(stage, steps int) int) int {
	return slices.Compare(pt.needs(of), other.needs(of))
}

// clone returns a deep copy.
func (e *Exits) clone() *Exits {
	if e == nil {
		return nil
	}
	c := *e
	c.Points = slices.Clone(e.Points)
	return &c
}

// Visited returns the points of the exits, which may be nil, with the end of the network.
func (e *Exits) Visited(end Point) []Point {
	var all []Point
	if e != nil {
		all = append(all, e.Points...)
	}
	if n := len(all); n == 0 || !all[n-1].At(end) {
		all = append(all, end)
	}
	return all
}

// validate returns an error if the exits do not fit a network. Nil exits fit any.
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
			return fmt.Errorf("exits: point %d is at %v, want one in a network of timesteps %v",
				i+1, pt, cfg.T)
		case !net.HasClassifier(pt.Stage):
			return fmt.Errorf("exits: point %d is at %v, want a stage with a classifier", i+1, pt)
		case i > 0 && e.Points[i-1].order(pt, net.Needs) >= 0:
			return fmt.Errorf("exits: point %d at %v follows one at %v, want the one first that "+
				"needs fewer timesteps", i+1, pt, e.Points[i-1])
		case !pt.At(end(cfg)) && pt.order(end(cfg), net.Needs) > 0:
			return fmt.Errorf("exits: point %d is at %v, want none behind the end of the "+
				"network at %v", i+1, pt, end(cfg))
		case !(pt.Temperature >= 0):
			return fmt.Errorf("exits: point %d has temperature %v, want above 0, or 0 for 1", i+1,
				pt.Temperature)
		}
	}
	if e.Network == "" {
		return nil
	}
	if own := fingerprint(net); e.Network != own {
		return fmt.Errorf("exits: they were chosen for network %s, and this is %s; ssnn eval "+
			"--exit chooses them again", e.Network, own)
	}
	return nil
}

// ReadExits reads what Write wrote. Its errors name the path.
func ReadExits(path string) (*Exits, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, regular.Want(err, "exits, which ssnn eval --exit --save writes")
	}
	defer f.Close()
	e, err := parseExits(f)
	if err != nil {
		return nil, fmt.Errorf("%s: no exits as ssnn eval --exit --save writes them: %w", path, err)
	}
	return e, nil
}

func parseExits(r io.Reader) (*Exits, error) {
	var file struct {
		Exits
		Threshold *float64 `json:"threshold"` // without one the first point would always answer
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, plainjson.Error(err)
	}
	if file.Threshold == nil {
		return nil, errors.New(`"threshold" is missing`)
	}
	if d.More() {
		return nil, errors.New("there is more behind the JSON of the exits")
	}
	file.Exits.Threshold = *file.Threshold
	return &file.Exits, nil
}

// Write writes the exits to a file, as JSON.
func (e *Exits) Write(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", "  ")
		return j.Encode(e)
	})
}

package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"ssnn/dataset"
	"ssnn/infer"
	"ssnn/internal/atomicfile"
	"ssnn/internal/plainjson"
	"ssnn/recipes"
	"ssnn/report"
	"ssnn/snn"
)

// Latency is the time that a network takes for a recording, on one thread, and the part of the
// recording that it must see first.
type Latency struct {
	Network string  `json:"network"`    // digest, see recipes.Machine.NetworkDigest
	Float32 float64 `json:"float32_ms"` // median in ms, with weights of 32 bits
	Bits16  float64 `json:"16_bits_ms"` // median in ms, with weights of 16 bits
	// First is the number of frames after which the last stage first answers.
	First  int `json:"first_frame"`
	Frames int `json:"frames"` // frames of a recording: the timesteps of the first stage
}

// Seen returns the share of a recording after which the whole network first has an answer.
func (l Latency) Seen() float64 { return float64(l.First) / float64(l.Frames) }

// latencyFile, in the folder of a grid, has the latencies of its networks, by the folder of the
// run. They were measured in turn, in one go, as those of another day or machine would not compare.
const latencyFile = "latency.json"

// The numbers that say how latencies are measured.
const (
	latencyRecordings = 8  // recordings of the test split
	latencyRounds     = 5  // rounds, in each of which every network has its turn once
	latencyCalls      = 10 // times that a network classifies each recording in its turn
)

// MeasureLatencies measures the networks of the runs that are done, the first seed of each variant,
// or reads the latencies of the same networks that are kept. Nothing else should run on the
// machine.
func (g Grid) MeasureLatencies(ctx context.Context, runs []*Run) error {
	var measured []*Run
	for _, r := range runs {
		_, done := r.Last()
		if done && !slices.ContainsFunc(measured, r.sameVariant) {
			measured = append(measured, r)
		}
	}
	path := filepath.Join(g.Dir, latencyFile)
	known, err := readLatencies(path)
	if err != nil {
		return err
	}
	all := map[string]*Latency{}
	same := true
	for _, r := range measured {
		network, err := g.Machine.NetworkDigest(r.Dir)
		if err != nil {
			return err
		}
		at := g.place(r)
		all[at] = &Latency{Network: network}
		same = same && known[at] != nil && known[at].Network == network
	}
	if same {
		all = known
	} else if err := g.timeInTurn(ctx, measured, all); err != nil {
		return err
	}
	for _, r := range runs {
		for _, m := range measured {
			if r.sameVariant(m) {
				r.Latency = all[g.place(m)]
			}
		}
	}
	if same {
		return nil
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(all)
	})
}

// sameVariant reports whether two runs differ in their seeds alone.
func (r *Run) sameVariant(other *Run) bool {
	return r.Base == other.Base && r.Variant.Name == other.Variant.Name
}

// place returns the path of a run's folder within the grid's.
func (g Grid) place(r *Run) string {
	place, err := filepath.Rel(g.Dir, r.Dir)
	if err != nil {
		return r.Dir
	}
	return filepath.ToSlash(place)
}

func readLatencies(path string) (all map[string]*Latency, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = plainjson.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; delete this file, and latencies are measured again", path,
			err)
	}
	return all, nil
}

// timed is a network whose latency is measured, and the times that it took so far, in milliseconds.
type timed struct {
	of     *Latency
	frames [][]float32     // frames of each recording, [T][H][W][C]
	plans  []*infer.Runner // runners with weights of 32 and of 16 bits
	times  [2][]float64    // times of each runner in ms
}

func (t *timed) close() {
	for _, p := range t.plans {
		p.Close()
	}
}

// timeInTurn measures the networks of runs on one thread. It gives every network its turn in each
// round, so that anything that slows the machine down for a while slows all of them.
func (g Grid) timeInTurn(ctx context.Context, runs []*Run, all map[string]*Latency) error {
	var networks []*timed
	defer func() {
		for _, t := range networks {
			t.close()
		}
	}()
	for _, r := range runs {
		t, err := g.toTime(r, all[g.place(r)])
		if t != nil {
			networks = append(networks, t)
		}
		if err != nil {
			return fmt.Errorf("%s: latency: %w", r.Name(), err)
		}
	}
	runtime.GC()
	for range latencyRounds {
		for _, t := range networks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := t.measure(); err != nil {
				return err
			}
		}
	}
	for _, t := range networks {
		t.of.Float32, t.of.Bits16 = report.Median(t.times[0]), report.Median(t.times[1])
	}
	return nil
}

// toTime opens the network of a run and the frames of its recordings.
func (g Grid) toTime(r *Run, of *Latency) (t *timed, err error) {
	path, _ := recipes.ModelFile(r.Dir)
	t = &timed{of: of}
	var cfg snn.Config
	for _, bits := range []int{32, 16} {
		m, err := infer.Open(path, infer.Options{Bits: bits, Unverified: g.Machine.Unverified})
		if err != nil {
			return t, err
		}
		t.plans, cfg = append(t.plans, m.Runner(1, 1)), m.Config()
	}
	of.First, of.Frames = t.plans[0].FirstAnswer(), cfg.T[0]
	t.frames, err = g.someFrames(r, cfg)
	return t, err
}

// someFrames returns the frames of some recordings, spread evenly over a run's test split.
func (g Grid) someFrames(r *Run, cfg snn.Config) (all [][]float32, err error) {
	path, _ := recipes.ModelFile(r.Dir)
	m, err := g.Machine.OpenModel(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	set, err := g.Machine.List(m.Recipe, dataset.Test, m.Classes)
	if err != nil {
		return nil, err
	}
	var some []dataset.Sample
	n := min(latencyRecordings, len(set.Samples))
	for i := range n {
		some = append(some, set.Samples[i*len(set.Samples)/n])
	}
	set.Samples = some
	machine := g.Machine
	machine.Cache = "" // a few recordings are not worth a file of their own
	samples, err := machine.Integrate(set, m.Resolved().Frames)
	if err != nil {
		return nil, err
	}
	for i := range some {
		frames := make([]float32, cfg.T[0]*cfg.Height*cfg.Width*cfg.InChannels)
		if err := samples.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		all = append(all, frames)
	}
	return all, nil
}

// measure classifies each recording several times with each kind of weights, and notes the times.
// The first call is not counted.
func (t *timed) measure() error {
	for i, plan := range t.plans {
		for _, frames := range t.frames {
			for call := range 1 + latencyCalls {
				begin := time.Now()
				if _, err := plan.Classify(frames); err != nil {
					return err
				}
				if call > 0 {
					ms := float64(time.Since(begin).Nanoseconds()) / 1e6
					t.times[i] = append(t.times[i], ms)
				}
			}
		}
	}
	return nil
}

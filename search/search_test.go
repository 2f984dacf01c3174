package search

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ssnn/events"
	"ssnn/recipes"
	"ssnn/snn"
	"ssnn/synth"
)

// tinySet are a few recordings of two motions.
var tinySet = sync.OnceValue(func() fs.FS {
	files := fstest.MapFS{}
	c := synth.Default()
	for _, split := range []string{"Train", "Test"} {
		for class := range 2 {
			for i := range 10 {
				var b bytes.Buffer
				w, err := events.NewWriter(&b, "bin", c.Sensor)
				if err == nil {
					err = w.Write(c.Recording(split, class, i))
				}
				if err == nil {
					err = w.Close()
				}
				if err != nil {
					panic(err)
				}
				files[fmt.Sprintf("%s/%s/%d.bin", split, synth.Classes()[class],
					i)] = &fstest.MapFile{Data: b.Bytes()}
			}
		}
	}
	return files
})

const network = `network.stages=[["conv 2", "avgpool 2", "conv 2", "conv 3", "avgpool 2", "conv ` +
	`3", "globalpool"]]`

func tiny(t *testing.T, set ...string) (recipes.Recipe, Options) {
	r, err := recipes.Load("motion-ssnn")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append([]string{"network.model=", "network.width=1", "network.timesteps=[2]",
		"train.batch=4", network}, set...) {
		if err := r.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	leastFor = 0
	files := tinySet()
	return r, Options{
		Latency: time.Hour, Timesteps: 3, Stages: 3, Candidates: 5, Epochs: 1, Dir: t.TempDir(),
		Machine: recipes.Machine{Open: func(string) (fs.FS, error) { return files, nil },
			Threads: 1},
	}
}

// Where every cut keeps within the latency, the search is a function of the seed: the same cuts,
// trained as often, of the same accuracy. The better halves go on, and the best comes with a recipe
// that can be carried out.
func TestSearch(t *testing.T) {
	r, o := tiny(t)
	var lines []string
	o.Tell = func(line string) { lines = append(lines, line) }
	first, err := Run(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Tell, o.Dir = nil, t.TempDir()
	again, err := Run(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	epochs := map[int]int{}
	plain := 0
	joined := map[string]int{}
	for i, c := range first.Candidates {
		if d := again.Candidates[i]; c.Cut != d.Cut || c.Accuracy != d.Accuracy ||
			c.Loss != d.Loss || c.Epochs != d.Epochs {

			t.Errorf("place %d: %+v, and again %+v", i, c, d)
		}
		if c.Latency <= 0 || c.Fresh <= 0 || c.HeldOut != 4 || c.Low > c.Accuracy ||
			c.High < c.Accuracy {

			t.Errorf("%+v", c)
		}
		if c.Energy <= 0 || c.FreshEnergy <= 0 || len(c.Boundaries) != len(c.cut.borders) {
			t.Errorf("%+v", c)
		}
		if len(c.cut.borders) == 0 {
			plain++
		} else {
			joined[c.Transition]++
		}
		if c.cut.T[0] != 3 {
			t.Errorf("%s could have 3 timesteps", c.Cut)
		}
		epochs[c.Epochs]++
	}
	if len(epochs) != 3 || epochs[1] != 2 || epochs[2] != 1 || epochs[4] != 2 || plain != 1 {
		t.Errorf("candidates by epochs %v, %d of one stage, want 2 after 1, 1 after 2, 2 after "+
			"4, and one", epochs, plain)
	}
	if len(joined) != 3 { // 4 candidates of more than one stage
		t.Errorf("candidates by transition %v, want all three", joined)
	}
	if first.Best != first.Candidates[0] || first.Test.Samples != 20 {
		t.Errorf("best %+v of %d test recordings, want the first candidate and 20", first.Best,
			first.Test.Samples)
	}
	const cuts = "33 cuts of up to 3 stages and 3 timesteps: " +
		"12 with softmax, 12 with merge, 6 with fold"
	if len(lines) != 7 || lines[0] != cuts {
		t.Errorf("told %q", lines)
	}
	// What was tested is what training makes of the recipe without the recordings held out.
	r = first.Recipe
	r.Split.HeldOut, r.Train.Epochs = heldOut, first.Best.Epochs
	run, err := recipes.Start(r, t.TempDir(), o.Machine)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if err := run.Train(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if e, err := run.Test(); err != nil || e.Loss != first.Test.Loss {
		t.Errorf("trained by its recipe, the best has a loss of %v, error %v, want %v", e.Loss, err,
			first.Test.Loss)
	}
	found, err := recipes.Parse(first.Recipe.Text())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := found.Resolve(2); err != nil ||
		found.Network.AverageTimestep() != first.Best.T || found.Split.HeldOut != 0 {

		t.Errorf("the recipe: T_avg %v, error %v, want %v", found.Network.AverageTimestep(), err,
			first.Best.T)
	}
}

// Within an energy, the best takes no more than that. The tables hold every candidate once.
func TestSearchWithinAnEnergy(t *testing.T) {
	r, o := tiny(t)
	all, err := Run(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	var most float64
	for _, c := range all.Candidates {
		most = max(most, c.Energy)
	}
	o.Latency, o.Energy, o.Dir = 0, 0.9*most, t.TempDir()
	found, err := Run(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range found.Candidates {
		if c.FreshEnergy > o.Energy || c.Keeps(o) != (c.Energy <= o.Energy) {
			t.Errorf("%+v with a limit of %v J", c, o.Energy)
		}
	}
	if !found.Best.Keeps(o) {
		t.Errorf("the best takes %v J, want at most %v", found.Best.Energy, o.Energy)
	}
	for what, groups := range map[string][]Group{
		"boundaries": found.ByBoundaries(), "transition": found.ByTransition(),
	} {
		n := 0
		for i, g := range groups {
			n += g.Tried
			if g.Mean > g.Accuracy || g.LowT > g.HighT || i > 0 && groups[i-1].Mean < g.Mean {
				t.Errorf("by %s: %+v", what, groups)
			}
		}
		if n != len(found.Candidates) {
			t.Errorf("by %s: %d candidates, want %d", what, n, len(found.Candidates))
		}
	}
	o.Energy, o.Dir = 1e-12, t.TempDir()
	const refusal = "no cut is predicted to take 1e-06 uJ or less; that of the least, "
	if _, err := Run(t.Context(), r, o); err == nil || !strings.Contains(err.Error(), refusal) {
		t.Errorf("a millionth of a uJ: error %v", err)
	}
}

// Predictions that are too low are mended by what is measured, and the plain network is a candidate
// wherever one of its cuts keeps within the limits.
func TestPredictionsAreMended(t *testing.T) {
	r, o := tiny(t)
	s, err := begin(r, o)
	if err == nil {
		s.log = new(log)
		s.log.path = filepath.Join(o.Dir, measuredFile)
		err = s.learnCosts(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	plain := func(T int) cut {
		return s.all[slices.IndexFunc(s.all, func(p cut) bool {
			return len(p.borders) == 0 && p.T[0] == T
		})]
	}
	s.Latency = 0
	s.Energy = (s.costs.predict(plain(2)).energy + s.costs.predict(plain(3)).energy) / 2
	s.costs.energy.weight.Zero()
	chosen, err := s.choose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chosen {
		if c.FreshEnergy > s.Energy {
			t.Errorf("%s takes %v J, want at most %v", c.Cut, c.FreshEnergy, s.Energy)
		}
	}
	isPlain := func(c *Candidate) bool { return c.cut.equal(plain(2)) }
	if len(chosen) != s.Candidates || !slices.ContainsFunc(chosen, isPlain) {
		t.Errorf("%d candidates, want %d with the plain network of 2 timesteps",
			len(chosen), s.Candidates)
	}
}

// Of what could be tried next, the plain network comes first, then transitions and boundaries that
// were tried least.
func TestLeastTried(t *testing.T) {
	p := func(transition snn.Transition, borders ...int) cut {
		return cut{borders: borders, transition: transition}
	}
	left := []cut{p(snn.Merge, 2), p(snn.Merge, 4), p(snn.Fold, 2), p(snn.Fold), p(snn.Fold, 4)}
	var chosen []*Candidate
	var got []cut
	for len(left) > 0 {
		n := leastTried(left, chosen)
		got, chosen = append(got, left[n]), append(chosen, &Candidate{cut: left[n]})
		left = slices.Delete(left, n, n+1)
	}
	want := []cut{p(snn.Fold), p(snn.Merge, 2), p(snn.Fold, 4), p(snn.Merge, 4), p(snn.Fold, 2)}
	if !slices.EqualFunc(got, want, cut.equal) {
		t.Errorf("tried %v, want %v", got, want)
	}
}

// Those that were trained longer come first, then the more accurate, then those of the lower loss.
func TestRank(t *testing.T) {
	all := []*Candidate{{Epochs: 1, Accuracy: 0.9}, {Epochs: 2, Accuracy: 0.5, Loss: 2},
		{Epochs: 2, Accuracy: 0.6, Loss: 3}, {Epochs: 2, Accuracy: 0.5, Loss: 1}}
	want := []*Candidate{all[2], all[3], all[1], all[0]}
	if rank(all); !slices.Equal(all, want) {
		t.Errorf("ranked %+v", all)
	}
}

func TestSearchRefuses(t *testing.T) {
	r, o := tiny(t)
	o.Latency = time.Nanosecond
	if _, err := Run(t.Context(), r, o); err == nil ||
		!strings.Contains(err.Error(), "no cut is predicted to take 1ns or less; that of the "+
			"least, ") {

		t.Errorf("a nanosecond: error %v", err)
	}
	for set, want := range map[string]string{
		"network.lambdas=[1.0]": "network.lambdas is [1] and network.plans is [], want neither",
		"network.plans=[[4]]":   "network.plans is [[4]], want neither",
		"train.batch=0":         "train.batch 0, want 1 to 65536",
		"train.teacher=x":       "train.teacher x: want none",
		"train.init=x":          "train.init x: want none",
	} {
		r, o := tiny(t, set)
		if _, err := Run(t.Context(), r, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", set, err, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r, o = tiny(t)
	if _, err := Run(ctx, r, o); err != context.Canceled {
		t.Errorf("stopped: error %v", err)
	}
}

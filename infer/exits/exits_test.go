package exits

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"ssnn/dataset"
	"ssnn/dataset/nmnist1k"
	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
	"ssnn/snn"
)

// Exits chosen on held-out recordings keep their promise there, are taken by runners where the
// answers say so, and so save what comes after.
func TestExits(t *testing.T) {
	m := openModel(t, infer.Options{})
	held, err := Ask(m, m.Points(false), samples(t, m, "HeldOut"), 1)
	if err != nil {
		t.Fatal(err)
	}
	test := samples(t, m, "Test")
	answers, err := Ask(m, m.Points(false), test, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []infer.Measure{infer.Confidence, infer.Entropy} {
		e := held.Choose(by, 0.5)
		never := *e
		never.Threshold = 2
		never.Points = held.Points
		whole, chosen := held.At(&never), held.At(e)
		if chosen.Accuracy < whole.Accuracy-0.005-1e-9 || chosen.Operations >= whole.Operations ||
			chosen.Timesteps >= whole.Timesteps {

			t.Errorf("by %v: chosen %+v, whole %+v: want no more than half a point less accuracy "+
				"and fewer operations", wordOf(by), chosen, whole)
		}
		path := filepath.Join(t.TempDir(), "exits.json")
		if err := e.Write(path); err != nil {
			t.Fatal(err)
		}
		read, err := infer.ReadExits(path)
		if err != nil || !reflect.DeepEqual(read, e) {
			t.Fatalf("read %+v, %v, want %+v", read, err, e)
		}
		p := openModel(t, infer.Options{Exits: read}).Runner(1, 1)
		p.CountOperations(true)
		chosenOnly := answers.try(e)
		taken, hits := map[infer.Point]int{}, 0
		for i := range answers.Labels {
			d := must(p.Classify(one(t, test, i)))
			at := chosenOnly.exit(i, e.Threshold)
			if !slices.Equal(d.Logits, chosenOnly.Logits[at][i]) || !d.Sure {
				t.Fatalf("by %s, sample %d: the runner says %+v, the answers %v at %v", wordOf(by),
					i, d, chosenOnly.Logits[at][i], e.Points[at])
			}
			taken[d.Point]++
			if d.Class == answers.Labels[i] {
				hits++
			}
		}
		outcome := answers.At(e)
		n := float64(len(answers.Labels))
		if math.Abs(outcome.Accuracy-float64(hits)/n) > 1e-9 {
			t.Errorf("by %s: accuracy %v of the answers, %v of the runner", wordOf(by),
				outcome.Accuracy, float64(hits)/n)
		}
		if got := p.Operations() / n; math.Abs(got-outcome.Operations) > 1e-6*got {
			t.Errorf("by %s: the runner did %v operations a sample, want %v: those until the "+
				"exits and no others", wordOf(by), got, outcome.Operations)
		}
		if len(taken) < 2 {
			t.Errorf("by %s: exits %v, want some early", wordOf(by), taken)
		}
		p.Close()
	}
}

// The likelihood has no better temperature near the one that is found, nor a threshold below the
// chosen one that would do.
func TestChoose(t *testing.T) {
	m := openModel(t, infer.Options{})
	a, err := Ask(m, m.Points(true), samples(t, m, "HeldOut"), 2)
	if err != nil {
		t.Fatal(err)
	}
	e := a.Choose(infer.Confidence, 1)
	a = a.only(e.Points)
	likelihood := func(i int, temperature float64) (sum float64) {
		p := make([]float64, 10)
		for j, label := range a.Labels {
			infer.Softmax(p, a.Logits[i][j], temperature)
			sum += math.Log(p[label])
		}
		return sum
	}
	for i, pt := range e.Points {
		if pt.Temperature <= 1.01*coldest || pt.Temperature >= hottest/1.01 {
			continue // at the end of the range
		}
		found := likelihood(i, pt.Temperature)
		if below, above := likelihood(i, 0.99*pt.Temperature), likelihood(i,
			1.01*pt.Temperature); below > found || above > found {
			t.Errorf("%v: likelihood %v at temperature %v, %v below and %v above", pt, found,
				pt.Temperature, below, above)
		}
	}
	// A threshold would do when the loss in samples, with the square root of the number of those
	// that change, is no more than a point.
	wouldDo := func(threshold float64) bool {
		lower := *e
		lower.Threshold = threshold
		try := a.try(&lower)
		loss, changed := 0., 0.
		for j, label := range a.Labels {
			early, late := largest(try.Logits[try.exit(j,
				threshold)][j]), largest(a.Logits[len(a.Points)-1][j])
			if (early == label) != (late == label) {
				changed++
				loss += map[bool]float64{true: 1, false: -1}[late == label]
			}
		}
		return loss+math.Sqrt(changed) <= 0.01*float64(len(a.Labels))+1e-6
	}
	all := a.Thresholds(e)
	at := slices.Index(all, e.Threshold)
	if at > 0 && wouldDo(all[at-1]) {
		t.Errorf("threshold %v was chosen, but %v would do", e.Threshold, all[at-1])
	}
	if at < 0 {
		t.Fatalf("threshold %v is none of those that make a difference", e.Threshold)
	}
	for _, threshold := range all[at:] {
		if !wouldDo(threshold) {
			t.Errorf("threshold %v was chosen, but %v costs more than allowed", e.Threshold,
				threshold)
		}
	}
	// Frames that are seen: of the first stage's points as many as their steps, of all later ones
	// all.
	for i, pt := range a.Points {
		if want := map[bool]int{true: pt.Step, false: 8}[pt.Stage == 0]; a.Frames[i] != want {
			t.Errorf("%v sees %d frames, want %d", pt, a.Frames[i], want)
		}
	}
}

// Leaving points out of answers is asking a network that has none there, and what it is said to
// cost is what a runner does.
func TestFewerPoints(t *testing.T) {
	published := openModel(t, infer.Options{})
	net := causal(t)
	defer net.Close()
	order, err := infer.Compile(net, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	order.Frames = frames.Config{T: 4, Sensor: events.Size{Width: 34, Height: 34},
		Size: events.Size{Width: 48, Height: 48}}
	for name, c := range map[string]struct {
		m     *infer.Model
		every bool
		some  [][]infer.Point
	}{
		// Of the first stage some in the middle, so that its classifier is asked less often and not
		// to the end; of the second none.
		"published": {published, true, [][]infer.Point{{{Stage: 0, Step: 2}, {Stage: 0, Step: 5},
			{Stage: 2, Step: 4}}}},
		"causal": {order, false, [][]infer.Point{{{Stage: 0, Step: 4}}, {{Stage: 1, Step: 4}},
			{{Stage: 2, Step: 1}, {Stage: 1, Step: 4}}}},
	} {
		f := samples(t, c.m, "Test")
		all, err := Ask(c.m, c.m.Points(c.every), f, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, points := range c.some {
			want, err := Ask(c.m, points, f, 2)
			if err != nil {
				t.Fatal(err)
			}
			got := all.only(want.Points)
			if !reflect.DeepEqual(got.Points, want.Points) ||
				!reflect.DeepEqual(got.Logits, want.Logits) ||
				!reflect.DeepEqual(got.Operations, want.Operations) ||
				!reflect.DeepEqual(got.Frames, want.Frames) ||
				!reflect.DeepEqual(got.Timesteps, want.Timesteps) {

				t.Errorf("%s, %v: other answers than by a network with these points alone", name,
					points)
			}
			exits := &infer.Exits{Points: points, Threshold: 0.2}
			m, err := c.m.With(exits)
			if err != nil {
				t.Fatal(err)
			}
			p := m.Runner(1, 1)
			p.CountOperations(true)
			for i := range f.Len() {
				must(p.Classify(one(t, f, i)))
			}
			if got, want := all.At(exits).Operations,
				p.Operations()/float64(f.Len()); math.Abs(got-want) > 1e-6*want {

				t.Errorf("%s, %v: %v operations a sample, and a runner does %v", name, points, got,
					want)
			}
			p.Close()
		}
	}
}

// A stage is run in as many pieces as there are stops in it, and of later stages as the transitions
// make.
func TestPieces(t *testing.T) {
	for name, c := range map[string]struct {
		needs  func(stage, steps int) int
		points []infer.Point
		want   [][]int
	}{
		"softmax": {
			func(int, int) int { return 8 },
			[]infer.Point{{Stage: 0, Step: 3}, {Stage: 0, Step: 8}, {Stage: 1, Step: 1},
				{Stage: 1, Step: 2}},
			[][]int{{1, 0}, {2, 0}, {2, 1}, {2, 2}},
		},
		"identity": {
			func(_, steps int) int { return steps },
			[]infer.Point{{Stage: 1, Step: 1}, {Stage: 1, Step: 2}, {Stage: 1, Step: 8}},
			[][]int{{1, 1}, {2, 2}, {3, 3}},
		},
		"the end alone": {func(int, int) int { return 8 }, []infer.Point{{Stage: 1, Step: 2}},
			[][]int{{1, 1}}},
	} {
		a := &Answers{Points: c.points, Weights: make([]int, 2), net: shape{needs: needs(c.needs)}}
		if got := a.pieces(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v pieces, want %v", name, got, c.want)
		}
	}
}

// needs is what a point needs of each stage, by what a stage needs of the one before.
func needs(of func(stage, steps int) int) func(infer.Point) []int {
	return func(pt infer.Point) []int {
		all := make([]int, pt.Stage+1)
		steps := pt.Step
		for i := pt.Stage; i > 0; i-- {
			all[i] = steps
			steps = of(i, steps)
		}
		all[0] = steps
		return all
	}
}

// largest is the place of the largest logit.
func largest(logits []float32) int { return slices.Index(logits, slices.Max(logits)) }

// A point where nothing more is sure than at the one before is left out for the weights that a stop
// there would have read anew, and stays where they are none.
func TestChooseCountsWeights(t *testing.T) {
	unsure := [][]float32{{9, 0}, {0, 0.1}, {0, 9}, {0.1, 0}} // the second and the fourth are wrong
	a := &Answers{
		Points: []infer.Point{{Step: 1}, {Step: 2}, {Step: 3}},
		Labels: []int{0, 0, 1, 1}, Logits: [][][]float32{unsure, unsure,
			{{9, 0}, {9, 0}, {0, 9}, {0, 9}}},
	}
	a.net.needs = needs(nil) // of the first stage, which needs no other
	a.net.average = func(T []int) float64 { return float64(T[0]) }
	a.seconds, a.operations = newSpent(a.Points, 4), newSpent(a.Points, 4)
	for _, stages := range a.operations.stages {
		stages[0] = []float64{100, 100, 100, 100}
	}
	for bytes, want := range map[int][]int{0: {1, 2, 3}, 10: {1, 3}, 100: {3}} {
		a.Weights = []int{bytes}
		var steps []int
		for _, pt := range a.Choose(infer.Confidence, 0.5).Points {
			steps = append(steps, pt.Step)
		}
		if !slices.Equal(steps, want) {
			t.Errorf("with %d bytes of weights exits after %v, want %v", bytes, steps, want)
		}
	}
}

// openModel opens the trained network.
func openModel(t *testing.T, o infer.Options) *infer.Model {
	m, err := infer.Open("../testdata/nmnist.safetensors", o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// samples are the embedded recordings of a split.
func samples(t *testing.T, m *infer.Model, split string) *dataset.Frames {
	set, err := dataset.Open(nmnist1k.FS(), "", split, dataset.SplitOptions{HeldOut: 0.2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := set.Integrate(m.Frames, 2)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// one are the frames of a sample.
func one(t *testing.T, f *dataset.Frames, i int) []float32 {
	x := make([]float32, f.Config.Len())
	if err := f.Fill(x, []int{i}, nil); err != nil {
		t.Fatal(err)
	}
	return x
}

// causal is an untrained network whose neurons fire, of stages that follow each other as they go.
func causal(t *testing.T) *snn.Network {
	cfg, err := snn.Model("vgg9", 0.1, []int{4, 4, 2})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Transition, cfg.Early.On, cfg.Momentum = snn.Causal, true, 1
	net, err := snn.New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	g := rand.New(rand.NewPCG(1, 1))
	frames := make([]float32, 4*48*48*2)
	for i := range frames {
		frames[i] = float32(max(0, g.IntN(8)-5))
	}
	net.Forward(frames, 1, true) // norms take the statistics of the data
	return net
}

func wordOf(m infer.Measure) string {
	word, _ := m.MarshalText()
	return string(word)
}

// must is a value of a call that has no reason to fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ssnn/recipes"
	"ssnn/snn"
)

// The settings of a plain network at T_avg 5, and of early classifiers without shrinkage.
var (
	plain     = plainAt(5)
	withEarly = []string{"network.timesteps=[5, 5, 5, 5]", "network.transition=identity"}
)

// plainAt are the settings of a plain network of T timesteps.
func plainAt(T int) []string {
	return []string{fmt.Sprintf("network.timesteps=[%d]", T), "network.early=false"}
}

// builtIn is an experiment that comes with the program.
func builtIn(t *testing.T, name string) Experiment {
	e, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Every variant can be carried out on every recipe, and each has a folder of its own.
func TestVariants(t *testing.T) {
	var bases []recipes.Recipe
	for _, scale := range [][]string{Small(), Full()} {
		for _, name := range scale {
			r, err := recipes.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			bases = append(bases, r)
		}
	}
	seen := map[string]bool{}
	for _, e := range All() {
		if seen[e.Name] || e.Asks == "" || len(e.Variants) < 2 {
			t.Errorf("experiment %q: asks %q, %d variants", e.Name, e.Asks, len(e.Variants))
		}
		seen[e.Name] = true
		runs, err := Grid{Experiment: e, Bases: bases, Seeds: FirstSeeds(2), Dir: "x"}.Runs()
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		want := 0
		for _, base := range bases {
			want += 2 * len(Grid{Experiment: e}.variants(base))
		}
		if len(runs) != want {
			t.Errorf("%s: %d runs, want %d", e.Name, len(runs), want)
		}
		dirs, texts := map[string]string{}, map[string]string{}
		for _, r := range runs {
			if before := dirs[r.Dir]; before != "" {
				t.Errorf("%s: %s and %s share %s", e.Name, before, r.Name(), r.Dir)
			}
			text := r.Recipe.Text()
			if before := texts[text]; before != "" {
				t.Errorf("%s: %s and %s have the same recipe", e.Name, before, r.Name())
			}
			dirs[r.Dir], texts[text] = r.Name(), r.Name()
		}
	}
}

// Variants that are compared at one average timestep have it.
func TestAverageTimesteps(t *testing.T) {
	base, err := recipes.Load("nmnist-1k")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Experiment{builtIn(t, "ablation"), builtIn(t, "lambdas"),
		builtIn(t, "stages"), builtIn(t, "transformer")} {
		runs, err := Grid{Experiment: e, Bases: []recipes.Recipe{base}, Seeds: FirstSeeds(1)}.Runs()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			if r.T != 5 {
				t.Errorf("%s, %s: T_avg %v, want 5", e.Name, r.Name(), r.T)
			}
		}
	}
	runs, err := Grid{Experiment: builtIn(t, "timesteps"), Bases: []recipes.Recipe{base},
		Seeds: FirstSeeds(1)}.Runs()
	if err != nil {
		t.Fatal(err)
	}
	half := len(runs) / 2
	for i := range half {
		if runs[i].T != runs[half+i].T {
			t.Errorf("%s has T_avg %v, and %s %v", runs[i].Name(), runs[i].T, runs[half+i].Name(),
				runs[half+i].T)
		}
	}
}

// The networks are not compared at one average timestep, as the experiment and
// docs/explanation/experiments.md say.
func TestNetworksDiffer(t *testing.T) {
	base, err := recipes.Load("nmnist-1k")
	if err != nil {
		t.Fatal(err)
	}
	runs, err := Grid{Experiment: builtIn(t, "networks"), Bases: []recipes.Recipe{base},
		Seeds: FirstSeeds(1)}.Runs()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, fmt.Sprintf("%.3g", r.T))
	}
	if want := "5 5 5 5.18 5 5.43 5 5.18 5 5.18 5 4.12 5 5.23"; strings.Join(got, " ") != want {
		t.Errorf("T_avg %v, want %s", got, want)
	}
}

// By hand: mean 97.6667, deviation 1.1547; t of 2 degrees of freedom at 97.5 % is 4.302653 (any
// table of Student's t).
func TestSpread(t *testing.T) {
	s := spreadOf([]float64{97, 99, 97})
	for _, c := range []struct{ got, want float64 }{
		{s.Mean, 97.666667}, {s.Deviation, 1.154701},
		{s.High - s.Mean, 4.302653 * 1.154701 / math.Sqrt(3)}, {s.Mean - s.Low, s.High - s.Mean},
	} {
		if math.Abs(c.got-c.want) > 1e-5 {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	if s := spreadOf([]float64{5}); s.Mean != 5 || !math.IsNaN(s.Deviation) || !math.IsNaN(s.Low) {
		t.Errorf("of one value: %+v", s)
	}
	if s := spreadOf(nil); s.N != 0 || !math.IsNaN(s.Mean) {
		t.Errorf("of none: %+v", s)
	}
}

// Multi-level firing as published is that whatever the recipe says of its neuron: the constants of
// spike_layer_for_dvscifar10.py in langfengQ/MLF-DSResNet.
func TestPublishedMultiLevel(t *testing.T) {
	for _, name := range slices.Concat(Small(), Full()) {
		base, err := recipes.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range slices.Concat(builtIn(t, "neurons").Variants,
			builtIn(t, "networks").Variants) {
			if !strings.Contains(v.Name, "as published") && !strings.Contains(v.Name, "DS-ResNet") {
				continue
			}
			r, err := v.recipe(base, nil)
			if err != nil {
				t.Fatal(err)
			}
			all, err := r.Resolve(10)
			if err != nil {
				t.Fatal(err)
			}
			n := all.Network
			// The surrogate has a width of 1, and the gradient flows through the reset.
			want := snn.LIF{Tau: 0.25, Threshold: 0.6, Reset: snn.Hard, Surrogate: snn.Rectangle}
			if n.Neuron != snn.MultiLevel || n.Levels != 0 && n.Levels != 3 || n.LIF != want ||
				n.Norm.Scale != 0.6 {

				t.Errorf("%s, %s: %v of %d levels, %+v, norm %+v, want %+v", name, v.Name, n.Neuron,
					n.Levels, n.LIF, n.Norm, want)
			}
		}
	}
}

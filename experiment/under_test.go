package experiment

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A network is tested under each plan of its variant; under that of its training's tests it is
// worth what these say. What came of it is kept.
func TestUnder(t *testing.T) {
	g := tinyGrid(t, tinySet(t), 1)
	g.Experiment.Variants = []Variant{{
		Name: "all", Set: []string{"network.timesteps=[3, 1]", "network.plans=[[4, 2], [2, 2]]"},
		Under: [][]int{{3, 1}, {2, 2}, {4, 1}}, UnderLine: "one network",
	}}
	runs, err := carry(t, t.Context(), g, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		m, ok := r.Last()
		if !ok || len(r.Under) != 3 {
			t.Fatalf("%s: %d plans, error %v", r.Name(), len(r.Under), r.Err)
		}
		if u := r.Under[0]; u.Accuracy != m.TestAccuracy || math.Abs(u.Loss-m.TestLoss) > 1e-9 ||
			u.T != 2 {

			t.Errorf("%s: %+v under its own plan, want %+v", r.Name(), u, m)
		}
		if r.Under[0].Loss == r.Under[1].Loss || r.Under[2].T != 2.5 {
			t.Errorf("%s: %+v", r.Name(), r.Under)
		}
	}
	rows := g.Rows(runs)
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
		if len(r.Accuracy) != 2 {
			t.Errorf("%s: accuracies %v, want one a seed", r.Name, r.Accuracy)
		}
	}
	if want := []string{"all", "all, under 3, 1", "all, under 2, 2",
		"all, under 4, 1"}; !slices.Equal(names, want) {
		t.Errorf("rows %q, want %q", names, want)
	}
	if err := g.Write(rows, "x"); err != nil {
		t.Error(err)
	}
	path := filepath.Join(runs[0].Dir, underFile)
	if err := os.WriteFile(path, []byte(`[{"timesteps":[9,9],"accuracy":0.5}]`),
		0o644); err != nil {
		t.Fatal(err)
	}
	if runs, err = carry(t, t.Context(), g, Watch{}); err != nil || len(runs[0].Under) != 1 ||
		runs[0].Under[0].Timesteps[0] != 9 {

		t.Errorf("what was tested is tested again: %+v, error %v", runs[0].Under, err)
	}
}

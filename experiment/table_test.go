package experiment

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"ssnn/recipes"
	"ssnn/report"
	"ssnn/train"
)

// madeUp is a grid of three variants and two seeds, no number of which stands twice, so that none
// can stand for another.
func madeUp() (Grid, []*Row) {
	v := []Variant{
		{Name: "plain", Line: "plain", Published: map[string]Published{"motion": {50, "somebody"}}},
		{Name: "SSNN", UnderLine: "one network"},
		{Name: "broken"},
	}
	run := func(v Variant, T float64, seed int64) *Run {
		return &Run{Base: "motion", Variant: v, Recipe: recipes.Recipe{Seed: seed}, T: T}
	}
	metrics := func(first, accuracy, balanced, loss, seconds float64) []train.Metrics {
		return []train.Metrics{
			{Epoch: 1, TestAccuracy: first, TestBalanced: .11, TestLoss: 2.5, Seconds: 40},
			{Epoch: 2, TestAccuracy: accuracy, TestBalanced: balanced, TestLoss: loss,
				Seconds: seconds},
		}
	}
	runs := []*Run{run(v[0], 5, 0), run(v[1], 4.5, 0), run(v[2], 3, 0), run(v[0], 5, 1),
		run(v[1], 4.5, 1), run(v[2], 3, 1)}
	runs[0].Metrics, runs[0].Energy = metrics(.3, .9, .8, .5,
		60), &report.Energy{Accumulates: 2e6, MultiplyAccumulates: 1e6} // 6.4 uJ
	runs[3].Metrics, runs[3].Energy = metrics(.2, .92, .84, .7,
		64), &report.Energy{Accumulates: 4e6, MultiplyAccumulates: 1e6}
	runs[1].Metrics, runs[1].Energy = metrics(.1, .75, .7, .9,
		70), &report.Energy{MultiplyAccumulates: 5e5}
	runs[1].Under = []Under{{Timesteps: []int{4, 2}, T: 3.5, Accuracy: .6, Balanced: .55,
		Loss: 1.25, Energy: &report.Energy{Accumulates: 1e6}}}
	runs[4].Metrics, runs[4].NoEnergy = metrics(.15, .77, .66, 1.1, 72), errors.New("no recordings")
	runs[4].Under = []Under{{Timesteps: []int{4, 2}, T: 3.5, Accuracy: .64, Balanced: .57,
		Loss: 1.35}}
	runs[2].Err = errors.New("no loss")
	runs[5].Metrics = metrics(.25, .33, .22, 1.5, 10)
	g := Grid{Experiment: Experiment{Name: "made up", Variants: v},
		Bases: []recipes.Recipe{{Name: "motion"}, {Name: "none"}}, Seeds: FirstSeeds(2)}
	return g, g.Rows(runs)
}

// The numbers by hand: of two values the deviation is their difference over the root of 2, and the
// interval 12.7062 (t of one degree of freedom at 97.5 %) halves of it.
func TestTable(t *testing.T) {
	g, rows := madeUp()
	var b bytes.Buffer
	if err := g.WriteTables(&b, rows); err != nil {
		t.Fatal(err)
	}
	const want = `### motion

| variant | T_avg | test accuracy, % | 95 % interval | balanced by class, % | 95 % interval | published, % | test loss | energy, µJ | training |
|---|---|---|---|---|---|---|---|---|---|
| plain | 5 | 91.00 ± 1.41 (2) | 78.3 to 100.0 | 82.00 ± 2.83 (2) | 56.6 to 100.0 | 50.00 [1] | 0.600 ± 0.141 (2) | 7.30 ± 1.27 (2) | 1m42s |
| SSNN | 4.5 | 76.00 ± 1.41 (2) | 63.3 to 88.7 | 68.00 ± 2.83 (2) | 42.6 to 93.4 |  | 1.000 ± 0.141 (2) | 2.30 (1) | 1m51s |
| SSNN, under 4, 2 | 3.5 | 62.00 ± 2.83 (2) | 36.6 to 87.4 | 56.00 ± 1.41 (2) | 43.3 to 68.7 |  | 1.300 ± 0.071 (2) | 0.90 (1) | - |
| broken | 3 | 33.00 (1) | - | 22.00 (1) | - |  | 1.500 (1) | - | 50s |

Energy not measured: SSNN, seed 1: no recordings

Energy not measured: SSNN, under 4, 2, seed 1: an earlier version wrote plans.json without it; ` +
		`delete that file, and the network is tested again

Failed: broken, seed 0: no loss

### none

| variant | T_avg | test accuracy, % | 95 % interval | balanced by class, % | 95 % interval | published, % | test loss | energy, µJ | training |
|---|---|---|---|---|---|---|---|---|---|

[1] somebody

`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
	line, err := json.Marshal(rows[1])
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"recipe":"motion","variant":"SSNN","average_timestep":4.5,"accuracy":[75,77],` +
		`"balanced_accuracy":[70,66],"test_loss":[0.9,1.1],` +
		`"energy_uj":[2.3],"seconds":[110,112],` +
		`"no_energy":["seed 1: no recordings"]}`; string(line) != want {

		t.Errorf("got\n%s\nwant\n%s", line, want)
	}
}

func TestPlotted(t *testing.T) {
	_, rows := madeUp()
	series := func(what string, got, want []report.Series) {
		if !slices.EqualFunc(got, want, func(a, b report.Series) bool {
			return a.Name == b.Name && near(a.X, b.X) && near(a.Y, b.Y) && near(a.Spread, b.Spread)
		}) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	epochs := []float64{1, 2}
	series("curves", learningCurves(rows), []report.Series{
		{Name: "plain", X: epochs, Y: []float64{25, 91}},
		{Name: "SSNN", X: epochs, Y: []float64{12.5, 76}},
		{Name: "broken", X: epochs, Y: []float64{25, 33}},
	})
	series("timesteps", timestepLines(rows), []report.Series{
		{Name: "plain", X: []float64{5}, Y: []float64{91}, Spread: []float64{1.414214}},
		{Name: "one network", X: []float64{3.5}, Y: []float64{62}, Spread: []float64{2.828427}},
	})
	if e := estimates("motion", rows)[0]; e.Name != "plain" || !near(e.Values, []float64{90, 92}) ||
		!near([]float64{e.Middle, e.Other, e.High - e.Middle}, []float64{91, 50, 12.7062}) {

		t.Errorf("estimate %+v", e)
	}
}

// near says that numbers are those wanted, to four digits behind the point.
func near(got, want []float64) bool {
	return slices.EqualFunc(got, want, func(a, b float64) bool { return a-b < 1e-4 && b-a < 1e-4 })
}

package experiment

import (
	"math"
	"slices"
	"strings"

	"ssnn/recipes"
	"ssnn/report"
)

// mostSeries is the number of series that a plot can tell apart.
const mostSeries = 7

// againstEnergy shows the accuracy of the variants against their energy, or nothing where fewer
// than two have one.
func (g Grid) againstEnergy(base string, rows []*Row) (report.Figure, error) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return len(r.Energy) == 0 })
	if len(rows) < 2 {
		return report.Figure{}, nil
	}
	name := g.seriesOf(rows)
	all := gather(rows, name, func(r *Row) float64 { return spreadOf(r.Energy).Mean })
	for i := range all {
		all[i].Points, all[i].Marks = true, false
	}
	axes := report.Axes{X: "energy of a recording, µJ", Y: "test accuracy, %"}
	return report.Lines(base+"-energy", axes, all)
}

// seriesOf returns the function that names the series of a row in a plot. The series are the lines
// of the variants, the values of a key, or the single rows, whichever are fewest; where the plot
// cannot tell so many apart, all rows are in one series without a name.
func (g Grid) seriesOf(rows []*Row) func(*Row) string {
	ways := []func(*Row) string{func(r *Row) string { return r.Variant.Line }}
	for _, key := range g.Experiment.Keys {
		ways = append(ways, func(r *Row) string {
			v, ok := r.Variant.Values[key]
			if !ok {
				return ""
			}
			return key + "=" + strings.Trim(recipes.Value(v), `"`)
		})
	}
	ways = append(ways, func(r *Row) string { return r.Name })
	best, fewest := func(*Row) string { return "" }, mostSeries+1
	for _, way := range ways {
		seen := map[string]bool{}
		for _, r := range rows {
			seen[way(r)] = true
		}
		if n := len(seen); !seen[""] && n > 1 && n < fewest {
			best, fewest = way, n
		}
	}
	return best
}

// againstKey shows the accuracy of the variants against their value of a key: numbers as lines,
// one for each combination of the other keys, words one below the other with all runs of each.
func (g Grid) againstKey(base, key string, rows []*Row) (report.Figure, error) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool {
		return r.Variant.Values[key] == nil
	})
	name := base + "-over-" + Variant{Name: key}.folder()
	value := func(r *Row) float64 {
		x, ok := number(r.Variant.Values[key])
		if !ok {
			return math.NaN()
		}
		return x
	}
	if slices.ContainsFunc(rows, func(r *Row) bool { return math.IsNaN(value(r)) }) {
		return report.Estimates(name, "test accuracy, %", 0, 100, words(key, rows))
	}
	others := func(r *Row) string { return r.Variant.others(key) }
	all := gather(rows, others, value)
	if len(all) > mostSeries {
		all = gather(rows, func(*Row) string { return "" }, value)
	}
	// Drawn variants hardly ever share a combination of the other keys: then series have one point.
	joined := slices.ContainsFunc(all, func(s report.Series) bool {
		return s.Name != "" && len(s.X) > 1
	})
	for i := range all {
		all[i].Points = len(all) > 1 && !joined || all[i].Name == "" && len(g.Experiment.Keys) > 1
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		least, most = min(least, value(r)), max(most, value(r))
	}
	axes := report.Axes{X: key, Y: "test accuracy, %", LogX: least > 0 && most >= 10*least}
	return report.Lines(name, axes, all)
}

// words returns an estimate for each value of a key, from all runs that have it.
func words(key string, rows []*Row) (all []report.Estimate) {
	for _, r := range rows {
		name := strings.Trim(recipes.Value(r.Variant.Values[key]), `"`)
		at := slices.IndexFunc(all, func(e report.Estimate) bool { return e.Name == name })
		if at < 0 {
			at = len(all)
			none := math.NaN()
			all = append(all, report.Estimate{Name: name, Low: none, High: none, Other: none})
		}
		all[at].Values = append(all[at].Values, r.Accuracy...)
	}
	for i := range all {
		all[i].Middle = spreadOf(all[i].Values).Mean
	}
	return all
}

// gather makes series of rows, with their points in the order of x. The bar of a point is the
// deviation over its seeds, in series in which all points have one.
func gather(rows []*Row, name func(*Row) string, x func(*Row) float64) (all []report.Series) {
	for _, r := range rows {
		if !slices.ContainsFunc(all, func(s report.Series) bool { return s.Name == name(r) }) {
			all = append(all, report.Series{Name: name(r), Marks: true})
		}
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b *Row) int {
		switch {
		case x(a) < x(b):
			return -1
		case x(a) > x(b):
			return 1
		}
		return 0
	})
	for _, r := range rows {
		at := slices.IndexFunc(all, func(s report.Series) bool { return s.Name == name(r) })
		s := spreadOf(r.Accuracy)
		all[at].X, all[at].Y = append(all[at].X, x(r)), append(all[at].Y, s.Mean)
		if !math.IsNaN(s.Deviation) {
			all[at].Spread = append(all[at].Spread, s.Deviation)
		}
	}
	for i := range all {
		if len(all[i].Spread) < len(all[i].X) {
			all[i].Spread = nil
		}
	}
	return all
}

package experiment

import (
	"math"
	"slices"

	"ssnn/report"
)

// Plots draws what the rows of each recipe say, where at least one run is done.
func (g Grid) Plots(rows []*Row) ([]report.Figure, error) {
	var all []report.Figure
	for _, base := range g.Bases {
		of := slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return r.Base != base.Name || len(r.Accuracy) == 0 })
		if len(of) == 0 {
			continue
		}
		for _, draw := range []func(string, []*Row) (report.Figure, error){accuracies, curves, againstTimesteps} {
			f, err := draw(base.Name, of)
			if err != nil {
				return nil, err
			}
			if f.Name != "" {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// accuracies shows each variant's seeds, their mean and its interval.
func accuracies(base string, rows []*Row) (report.Figure, error) {
	return report.Estimates(base+"-accuracy", "test accuracy, %", 0, 100, estimates(base, rows))
}

func estimates(base string, rows []*Row) (all []report.Estimate) {
	for _, r := range rows {
		s := spreadOf(r.Accuracy)
		e := report.Estimate{Name: r.Name, Values: r.Accuracy, Middle: s.Mean, Low: s.Low, High: s.High, Other: math.NaN()}
		if p := r.Variant.Published[base]; p.Source != "" {
			e.Other = p.Percent
		}
		all = append(all, e)
	}
	return all
}

// curves shows the test accuracy of each variant over the epochs, the mean over its seeds.
func curves(base string, rows []*Row) (report.Figure, error) {
	return report.Lines(base+"-curves", report.Axes{X: "epoch", Y: "test accuracy, %", High: 100, Whole: true}, learningCurves(rows))
}

// learningCurves are those of the rows that have epochs: the others are what another variant's network does under a plan.
func learningCurves(rows []*Row) (all []report.Series) {
	for _, r := range rows {
		s := report.Series{Name: r.Name}
		for epoch := 0; ; epoch++ {
			var at []float64
			for _, run := range r.runs {
				if run.Err == nil && epoch < len(run.Metrics) {
					at = append(at, 100*run.Metrics[epoch].TestAccuracy)
				}
			}
			if len(at) == 0 {
				break
			}
			s.X, s.Y = append(s.X, float64(epoch+1)), append(s.Y, spreadOf(at).Mean)
		}
		if len(s.X) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// againstTimesteps shows the accuracy of the variants along each line against their average timestep, or nothing without lines.
func againstTimesteps(base string, rows []*Row) (report.Figure, error) {
	all := timestepLines(rows)
	if len(all) == 0 {
		return report.Figure{}, nil
	}
	return report.Lines(base+"-timesteps", report.Axes{X: "average timestep", Y: "test accuracy, %", Whole: true}, all)
}

// timestepLines are the lines that variants are on. The bar of a point is its deviation over the seeds, where all points of the line have one.
func timestepLines(rows []*Row) (all []report.Series) {
	for _, r := range rows {
		if r.Variant.Line == "" {
			continue
		}
		at := slices.IndexFunc(all, func(s report.Series) bool { return s.Name == r.Variant.Line })
		if at < 0 {
			at = len(all)
			all = append(all, report.Series{Name: r.Variant.Line, Marks: true})
		}
		s := spreadOf(r.Accuracy)
		all[at].X, all[at].Y = append(all[at].X, r.T), append(all[at].Y, s.Mean)
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

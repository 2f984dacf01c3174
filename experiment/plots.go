package experiment

import (
	"math"
	"slices"

	"ssnn/report"
)

// Plots draws the figures of each recipe that has at least one run that is done.
func (g Grid) Plots(rows []*Row) (all []report.Figure, err error) {
	for _, base := range g.Bases {
		of := done(rowsOf(rows, base.Name, ""))
		if len(of) == 0 {
			continue
		}
		drawings := []func(string, []*Row) (report.Figure, error){
			accuracies, curves, againstTimesteps, g.againstEnergy, againstCosts,
		}
		for _, key := range g.Experiment.Keys {
			drawings = append(drawings, func(base string, rows []*Row) (report.Figure, error) {
				return g.againstKey(base, key, rows)
			})
		}
		for _, t := range g.Experiment.Tests {
			if tested := done(rowsOf(rows, base.Name, t.Name)); len(tested) > 0 {
				drawings = append(drawings, func(base string, _ []*Row) (report.Figure, error) {
					return accuracies(base+"-"+t.Name, tested)
				}, func(base string, _ []*Row) (report.Figure, error) {
					return againstTimesteps(base+"-"+t.Name, tested)
				}, func(base string, _ []*Row) (report.Figure, error) {
					return againstCosts(base+"-"+t.Name, tested)
				})
			}
		}
		for _, draw := range drawings {
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

// done returns the rows that have an accuracy at the end of their training.
func done(rows []*Row) []*Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return len(r.Accuracy) == 0 })
}

// accuracies shows each variant's seeds, their mean and its interval.
func accuracies(base string, rows []*Row) (report.Figure, error) {
	return report.Estimates(base+"-accuracy", "test accuracy, %", 0, 100, estimates(base, rows))
}

func estimates(base string, rows []*Row) (all []report.Estimate) {
	for _, r := range rows {
		s := spreadOf(r.Accuracy)
		e := report.Estimate{Name: r.Name, Values: r.Accuracy, Middle: s.Mean, Low: s.Low,
			High: s.High, Other: math.NaN()}
		if p := r.Variant.Published[base]; p.Source != "" {
			e.Other = p.Percent
		}
		all = append(all, e)
	}
	return all
}

// curves shows the test accuracy of each variant over the epochs, the mean over its seeds.
func curves(base string, rows []*Row) (report.Figure, error) {
	return report.Lines(base+"-curves", report.Axes{X: "epoch", Y: "test accuracy, %", High: 100,
		Whole: true}, learningCurves(rows))
}

// learningCurves returns the curves of the rows that have epochs. The others are results of another
// row's network under a plan.
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

// againstTimesteps shows the accuracy of the variants along each line against their average
// timestep, or nothing without lines.
func againstTimesteps(base string, rows []*Row) (report.Figure, error) {
	all := timestepLines(rows)
	if len(all) == 0 {
		return report.Figure{}, nil
	}
	return report.Lines(base+"-timesteps", report.Axes{X: "average timestep", Y: "test accuracy, %",
		Whole: true}, all)
}

// timestepLines returns the lines of the variants that are on one.
func timestepLines(rows []*Row) []report.Series {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return r.Variant.Line == "" })
	return gather(rows, func(r *Row) string { return r.Variant.Line },
		func(r *Row) float64 { return r.T })
}

// againstCosts shows the accuracy of the variants along each line against their latency and, below,
// against their energy, or nothing where no latency was measured.
func againstCosts(base string, rows []*Row) (report.Figure, error) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool {
		return r.Variant.Line == "" || r.Latency == nil || len(r.Energy) == 0
	})
	if len(rows) == 0 {
		return report.Figure{}, nil
	}
	line := func(r *Row) string { return r.Variant.Line }
	latency, err := report.Lines(base+"-costs", report.Axes{
		X: "latency of a recording, one thread, ms", Y: "test accuracy, %",
	}, gather(rows, line, func(r *Row) float64 { return r.Latency.Float32 }))
	if err != nil {
		return report.Figure{}, err
	}
	energy, err := report.Lines(base+"-costs", report.Axes{
		X: "energy of a recording, µJ", Y: "test accuracy, %",
	}, gather(rows, line, func(r *Row) float64 { return spreadOf(r.Energy).Mean }))
	return report.Column(base+"-costs", latency, energy), err
}

package experiment

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ssnn/report"
)

// Row is a variant on a recipe, over the seeds whose runs are done.
type Row struct {
	Base     string    `json:"recipe"`
	Variant  Variant   `json:"-"`
	Name     string    `json:"variant"`
	T        float64   `json:"average_timestep"`
	Accuracy []float64 `json:"accuracy"` // of each seed, in percent
	Balanced []float64 `json:"balanced_accuracy"`
	Loss     []float64 `json:"test_loss"`
	Energy   []float64 `json:"energy_uj"` // for a recording, in microjoules, of each seed where it is known
	Seconds  []float64 `json:"seconds"`   // of training
	Failed   []string  `json:"failed,omitempty"`
	NoEnergy []string  `json:"no_energy,omitempty"` // why it is not known
	runs     []*Run
}

// Rows gathers the runs by recipe and variant, in the order of the grid.
func (g Grid) Rows(runs []*Run) []*Row {
	var rows []*Row
	of := func(r *Run, v Variant, T float64) *Row {
		at := slices.IndexFunc(rows, func(row *Row) bool { return row.Base == r.Base && row.Name == v.Name })
		if at < 0 {
			at = len(rows)
			rows = append(rows, &Row{Base: r.Base, Variant: v, Name: v.Name, T: T})
		}
		return rows[at]
	}
	for _, r := range runs {
		row := of(r, r.Variant, r.T)
		row.runs = append(row.runs, r)
		if r.Err != nil {
			row.Failed = append(row.Failed, fmt.Sprintf("seed %d: %v", r.Recipe.Seed, r.Err))
		}
		if r.NoEnergy != nil {
			row.NoEnergy = append(row.NoEnergy, fmt.Sprintf("seed %d: %v", r.Recipe.Seed, r.NoEnergy))
		}
		m, ok := r.Last()
		if !ok {
			continue
		}
		row.add(m.TestAccuracy, m.TestBalanced, m.TestLoss, r.Energy)
		var seconds float64
		for _, m := range r.Metrics {
			seconds += m.Seconds
		}
		row.Seconds = append(row.Seconds, seconds)
		for _, u := range r.Under {
			row := of(r, Variant{Name: fmt.Sprintf("%s, under %s", r.Variant.Name, timestepList(u.Timesteps)), Line: r.Variant.UnderLine}, u.T)
			row.add(u.Accuracy, u.Balanced, u.Loss, u.Energy)
			if u.Energy == nil {
				row.NoEnergy = append(row.NoEnergy, fmt.Sprintf("seed %d: %s is of before it was; without that file the network is tested again", r.Recipe.Seed, filepath.Join(r.Dir, underFile)))
			}
		}
	}
	return rows
}

// add adds what a run of one more seed came to, accuracies as shares.
func (r *Row) add(accuracy, balanced, loss float64, e *report.Energy) {
	r.Accuracy, r.Balanced, r.Loss = append(r.Accuracy, 100*accuracy), append(r.Balanced, 100*balanced), append(r.Loss, loss)
	if e != nil {
		r.Energy = append(r.Energy, 1e6*e.Joules())
	}
}

// WriteTables writes a Markdown table for each recipe.
func (g Grid) WriteTables(w io.Writer, rows []*Row) error {
	var b strings.Builder
	var sources []string
	for _, base := range g.Bases {
		fmt.Fprintf(&b, "### %s\n\n", base.Name)
		b.WriteString("| variant | T_avg | test accuracy, % | 95 % interval | balanced by class, % | 95 % interval | published, % | test loss | energy, µJ | training |\n" +
			"|---|---|---|---|---|---|---|---|---|---|\n")
		for _, r := range rows {
			if r.Base != base.Name {
				continue
			}
			a, balanced, loss := spreadOf(r.Accuracy), spreadOf(r.Balanced), spreadOf(r.Loss)
			fmt.Fprintf(&b, "| %s | %.3g | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Name, r.T, plusMinus(a, 2), interval(a), plusMinus(balanced, 2), interval(balanced),
				published(r.Variant.Published[base.Name], &sources), plusMinus(loss, 3), plusMinus(spreadOf(r.Energy), 2), duration(spreadOf(r.Seconds).Mean))
		}
		b.WriteString("\n")
		for _, r := range rows {
			if r.Base != base.Name {
				continue
			}
			for _, f := range r.Failed {
				fmt.Fprintf(&b, "Failed: %s, %s\n\n", r.Name, f)
			}
			for _, e := range r.NoEnergy {
				fmt.Fprintf(&b, "Energy not measured: %s, %s\n\n", r.Name, e)
			}
		}
	}
	for i, s := range sources {
		fmt.Fprintf(&b, "[%d] %s\n\n", i+1, s)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// plusMinus is "97.67 +- 1.15 (3)".
func plusMinus(s Spread, digits int) string {
	switch {
	case s.N == 0:
		return "-"
	case s.N == 1:
		return fmt.Sprintf("%.*f (1)", digits, s.Mean)
	}
	return fmt.Sprintf("%.*f ± %.*f (%d)", digits, s.Mean, digits, s.Deviation, s.N)
}

// interval is that of a share in percent, "94.80 to 100.00".
func interval(s Spread) string {
	if math.IsNaN(s.Low) {
		return "-"
	}
	return fmt.Sprintf("%.1f to %.1f", max(0, s.Low), min(100, s.High))
}

// published is the number with that of its source.
func published(p Published, sources *[]string) string {
	if p.Source == "" {
		return ""
	}
	at := slices.Index(*sources, p.Source)
	if at < 0 {
		at = len(*sources)
		*sources = append(*sources, p.Source)
	}
	return fmt.Sprintf("%.2f [%d]", p.Percent, at+1)
}

// duration is "1m40s".
func duration(seconds float64) string {
	if math.IsNaN(seconds) {
		return "-"
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

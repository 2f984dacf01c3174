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
	Base string `json:"recipe"` // name of the recipe
	// Test is the name of one of the experiment's tests. Empty stands for the recipe's own test
	// split.
	Test     string    `json:"test,omitempty"`
	Variant  Variant   `json:"-"`                // variant of the recipe
	Name     string    `json:"variant"`          // name of the variant
	T        float64   `json:"average_timestep"` // average timestep
	Accuracy []float64 `json:"accuracy"`         // accuracy of each seed, in percent
	// Balanced is the mean of the accuracies of the classes, of each seed, in percent.
	Balanced []float64 `json:"balanced_accuracy"`
	Loss     []float64 `json:"test_loss"` // mean cross-entropy of each seed
	// Energy is the energy for a recording, in microjoules, of each seed where it is known.
	Energy   []float64 `json:"energy_uj"`
	Seconds  []float64 `json:"seconds"`             // time of training of each seed, in s
	Failed   []string  `json:"failed,omitempty"`    // errors of runs, one line each
	AtWork   []string  `json:"at_work,omitempty"`   // seeds whose runs another process carries out
	NoEnergy []string  `json:"no_energy,omitempty"` // reasons why energies are not known

	// Latency is the latency of the network of the first seed, where it is measured.
	Latency *Latency `json:"latency,omitempty"`

	NoAnswers   []string    `json:"no_answers,omitempty"`    // reasons why answers are missing
	Difference  *Difference `json:"difference,omitempty"`    // difference from the baseline
	NotCompared string      `json:"not_compared,omitempty"`  // reason why there is no difference
	Stopped     int         `json:"stopped_after,omitempty"` // epochs until halving stopped it
	// HeldOut has the results at the rungs of the halving, as means over the seeds.
	HeldOut []HeldOut `json:"held_out,omitempty"`

	answers answered
	runs    []*Run
}

// Rows gathers the runs by recipe and variant, in the order of the grid.
func (g Grid) Rows(runs []*Run) []*Row {
	var rows []*Row
	of := func(r *Run, test string, v Variant, T float64) *Row {
		at := slices.IndexFunc(rows, func(row *Row) bool {
			return row.Base == r.Base && row.Test == test && row.Name == v.Name
		})
		if at < 0 {
			at = len(rows)
			rows = append(rows, &Row{Base: r.Base, Test: test, Variant: v, Name: v.Name, T: T,
				answers: answered{}})
		}
		return rows[at]
	}
	for _, r := range runs {
		row := of(r, "", r.Variant, r.T)
		row.runs = append(row.runs, r)
		row.addHeldOut(r)
		switch {
		case r.AtWork():
			row.AtWork = append(row.AtWork, fmt.Sprintf("seed %d", r.Recipe.Seed))
		case r.Err != nil:
			row.Failed = append(row.Failed, fmt.Sprintf("seed %d: %v", r.Recipe.Seed, r.Err))
		}
		if r.NoEnergy != nil {
			row.NoEnergy = append(row.NoEnergy, fmt.Sprintf("seed %d: %v", r.Recipe.Seed,
				r.NoEnergy))
		}
		if r.NoAnswers != nil {
			row.NoAnswers = append(row.NoAnswers, fmt.Sprintf("seed %d: %v", r.Recipe.Seed,
				r.NoAnswers))
		}
		m, ok := r.Last()
		if !ok {
			continue
		}
		if r.Answers != nil {
			row.answers[r.Recipe.Seed] = r.Answers
		}
		row.add(m.TestAccuracy, m.TestBalanced, m.TestLoss, r.Energy)
		row.Latency = r.Latency
		var seconds float64
		for _, m := range r.Metrics {
			seconds += m.Seconds
		}
		row.Seconds = append(row.Seconds, seconds)
		for _, u := range r.Under {
			row := of(r, "", Variant{Name: fmt.Sprintf("%s, under %s", r.Variant.Name,
				timestepList(u.Timesteps)), Line: r.Variant.UnderLine}, u.T)
			row.add(u.Accuracy, u.Balanced, u.Loss, u.Energy)
			if u.Energy == nil {
				row.NoEnergy = append(row.NoEnergy, fmt.Sprintf("seed %d: an earlier version "+
					"wrote %s without it; delete that file, and the network is tested again",
					r.Recipe.Seed, filepath.Join(r.Dir, underFile)))
			}
		}
		for i, a := range r.Others {
			if a == nil {
				continue
			}
			row, e := of(r, g.Experiment.Tests[i].Name, r.Variant, r.T), a.Evaluation()
			row.add(e.Accuracy, e.Balanced, e.Loss, r.Energy)
			row.Latency = r.Latency
			row.answers[r.Recipe.Seed] = a
		}
	}
	g.compare(rows)
	return rows
}

// addHeldOut adds the results at the rungs of the halving of a run, the row's last, to the means.
func (r *Row) addHeldOut(run *Run) {
	r.Stopped = max(r.Stopped, run.Stopped)
	for i, h := range run.HeldOut {
		if i == len(r.HeldOut) {
			r.HeldOut = append(r.HeldOut, HeldOut{Epochs: h.Epochs, Samples: h.Samples})
		}
		n := 0. // number of seeds before
		for _, before := range r.runs[:len(r.runs)-1] {
			if len(before.HeldOut) > i {
				n++
			}
		}
		at := &r.HeldOut[i]
		at.Accuracy = (at.Accuracy*n + h.Accuracy) / (n + 1)
		at.Loss = (at.Loss*n + h.Loss) / (n + 1)
	}
}

// add adds the results of a run of one more seed. Accuracies are shares, 0 to 1.
func (r *Row) add(accuracy, balanced, loss float64, e *report.Energy) {
	r.Accuracy, r.Balanced, r.Loss = append(r.Accuracy, 100*accuracy), append(r.Balanced,
		100*balanced), append(r.Loss, loss)
	if e != nil {
		r.Energy = append(r.Energy, 1e6*e.Joules())
	}
}

// WriteTables writes Markdown tables for each recipe and each set that its networks are tested on:
// of accuracies, and of differences from the baseline.
func (g Grid) WriteTables(w io.Writer, rows []*Row) error {
	var b strings.Builder
	var sources []string
	for _, base := range g.Bases {
		fmt.Fprintf(&b, "### %s\n\n", base.Name)
		for _, test := range append([]Test{{}}, g.Experiment.Tests...) {
			if test.Name != "" && !test.of(base.Name) {
				continue
			}
			of := rowsOf(rows, base.Name, test.Name)
			if test.Name != "" {
				fmt.Fprintf(&b, "#### %s, tested on %s (%s)\n\n", base.Name, test.Name, test.Data)
			}
			g.writeAccuracies(&b, of, &sources)
			b.WriteString(differenceTable(of))
			writeFaults(&b, of)
		}
		b.WriteString(g.heldOutTable(rowsOf(rows, base.Name, "")))
	}
	for i, s := range sources {
		fmt.Fprintf(&b, "[%d] %s\n\n", i+1, s)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rowsOf returns the rows of a recipe and a test.
func rowsOf(rows []*Row, base, test string) []*Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool {
		return r.Base != base || r.Test != test
	})
}

// writeAccuracies writes a table of the rows that halving did not stop.
func (g Grid) writeAccuracies(b *strings.Builder, rows []*Row, sources *[]string) {
	b.WriteString("| variant | T_avg | test accuracy, % | 95 % interval | balanced by class, % | " +
		"95 % interval | published, % | test loss | energy, µJ | training |")
	if g.Experiment.Latency {
		b.WriteString(" latency, ms | with 16 bits, ms | first answer behind |")
	}
	b.WriteString("\n|---|---|---|---|---|---|---|---|---|---|")
	if g.Experiment.Latency {
		b.WriteString("---|---|---|")
	}
	b.WriteString("\n")
	for _, r := range rows {
		if r.Stopped > 0 {
			continue
		}
		ours := ""
		if r.Test == "" {
			ours = published(r.Variant.Published[r.Base], sources)
		}
		a, balanced, loss := spreadOf(r.Accuracy), spreadOf(r.Balanced), spreadOf(r.Loss)
		fmt.Fprintf(b, "| %s | %.3g | %s | %s | %s | %s | %s | %s | %s | %s |", r.Name, r.T,
			plusMinus(a, 2), interval(a), plusMinus(balanced, 2), interval(balanced),
			ours, plusMinus(loss, 3), plusMinus(spreadOf(r.Energy), 2),
			duration(spreadOf(r.Seconds).Mean))
		switch l := r.Latency; {
		case l != nil:
			fmt.Fprintf(b, " %.3f | %.3f | %d of %d frames |",
				l.Float32, l.Bits16, l.First, l.Frames)
		case g.Experiment.Latency:
			b.WriteString(" - | - | - |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// writeFaults writes a paragraph for each run that failed and each value that is missing.
func writeFaults(b *strings.Builder, rows []*Row) {
	for _, r := range rows {
		for _, f := range r.Failed {
			fmt.Fprintf(b, "Failed: %s, %s\n\n", r.Name, f)
		}
		if len(r.AtWork) > 0 {
			fmt.Fprintf(b, "At work elsewhere: %s, %s\n\n", r.Name, strings.Join(r.AtWork, ", "))
		}
		for _, e := range r.NoEnergy {
			fmt.Fprintf(b, "Energy not measured: %s, %s\n\n", r.Name, e)
		}
		for _, a := range r.NoAnswers {
			fmt.Fprintf(b, "No answers to compare: %s, %s\n\n", r.Name, a)
		}
		if r.NotCompared != "" {
			fmt.Fprintf(b, "Not compared: %s, %s\n\n", r.Name, r.NotCompared)
		}
	}
}

// heldOutTable returns the table of the accuracies by which halving chose the variants that train
// on, or nothing without halving.
func (g Grid) heldOutTable(rows []*Row) string {
	var b strings.Builder
	var at []int
	for _, r := range rows {
		for i := len(at); i < len(r.HeldOut); i++ {
			at = append(at, r.HeldOut[i].Epochs)
			fmt.Fprintf(&b, " after %d, %% |", r.HeldOut[i].Epochs)
		}
	}
	if len(at) == 0 {
		return ""
	}
	heads := b.String()
	b.Reset()
	fmt.Fprintf(&b, "Accuracy on recordings held out of the training, after so many epochs, by "+
		"which halving chose what to train on:\n\n| variant |%s then |\n|---|%s---|\n", heads,
		strings.Repeat("---|", len(at)))
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s |", r.Name)
		for i := range at {
			if i < len(r.HeldOut) {
				fmt.Fprintf(&b, " %.2f |", 100*r.HeldOut[i].Accuracy)
			} else {
				b.WriteString(" |")
			}
		}
		then := "trained to the end"
		switch {
		case len(r.Failed) > 0:
			then = "failed"
		case len(r.AtWork) > 0:
			then = "at work elsewhere"
		case r.Stopped > 0:
			then = "stopped"
		}
		fmt.Fprintf(&b, " %s |\n", then)
	}
	b.WriteString("\n")
	return b.String()
}

// plusMinus writes a spread like "97.67 ± 1.15 (3)".
func plusMinus(s Spread, digits int) string {
	switch {
	case s.N == 0:
		return "-"
	case s.N == 1:
		return fmt.Sprintf("%.*f (1)", digits, s.Mean)
	}
	return fmt.Sprintf("%.*f ± %.*f (%d)", digits, s.Mean, digits, s.Deviation, s.N)
}

// interval writes the interval of a share in percent like "94.8 to 100.0".
func interval(s Spread) string {
	if math.IsNaN(s.Low) {
		return "-"
	}
	return fmt.Sprintf("%.1f to %.1f", max(0, s.Low), min(100, s.High))
}

// published writes a published accuracy with the number of its source, and adds the source to the
// list if it is new.
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

// duration writes a time like "1m40s".
func duration(seconds float64) string {
	if math.IsNaN(seconds) {
		return "-"
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

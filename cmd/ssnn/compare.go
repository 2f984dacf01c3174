package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"text/tabwriter"

	"ssnn/experiment"
)

type compareCommand struct {
	Runs  []string `arg:"" name:"run" help:"Folders of finished runs, or of variants that have one run for each seed. The first is compared with each of the others."`
	Data  string   `help:"Set or folder with the test recordings on which the answers are compared (default: those of the runs)." placeholder:"DIR"`
	Cache string   `help:"Folder that caches frames, as in ssnn train. It is used for runs that have kept no answers." placeholder:"DIR"`
	JSON  bool     `name:"json" help:"Print one line of JSON instead of text."`
	threadsFlag
	unverifiedFlag
}

// Run is called by kong.
func (r *compareCommand) Run(c console) error {
	threads, err := r.count()
	if err != nil {
		return err
	}
	if len(r.Runs) < 2 {
		return usageError{errors.New("one run is named, want two or more: the others are " +
			"compared with the first")}
	}
	machine := r.on(c.machine(threads, r.Cache))
	var all []*experiment.Outcome
	for _, dir := range r.Runs {
		o, err := experiment.OpenOutcome(dir, r.Data, machine)
		if err != nil {
			return unverifiable(err)
		}
		printNotes(c, o.Notes)
		if o.NoEnergy != "" {
			printNotes(c, []string{fmt.Sprintf("%s: energy not measured: %s", dir, o.NoEnergy)})
		}
		all = append(all, o)
	}
	comparisons, err := experiment.Compare(all)
	if err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(c.out).Encode(struct {
			Runs        []*experiment.Outcome   `json:"runs"`
			Comparisons []experiment.Comparison `json:"comparisons"`
		}{all, comparisons})
	}
	if err := printOutcomes(c, all); err != nil {
		return err
	}
	for _, one := range comparisons {
		if err := printComparison(c, one, len(comparisons) > 1); err != nil {
			return err
		}
	}
	return nil
}

// printOutcomes prints a line for each run.
func printOutcomes(c console, all []*experiment.Outcome) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "run\tseeds\taccuracy\tenergy\tparameters\tof early classifiers\tT_avg\t")
	for _, o := range all {
		accuracy, energy := o.Spreads()
		joules := "-"
		if energy.N > 0 {
			joules = fmt.Sprintf("%.2f µJ", energy.Mean)
		}
		share := fmt.Sprintf("%.2f %%", accuracy.Mean)
		if accuracy.N > 1 {
			share = fmt.Sprintf("%.2f ± %.2f %%", accuracy.Mean, accuracy.Deviation)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%d\t%.3g\t\n",
			o.Dir, len(o.Seeds), share, joules, o.Parameters, o.EarlyParameters, o.T)
	}
	return w.Flush()
}

// shown bounds the number of differently answered recordings that are printed.
const shown = 20

// printComparison prints how a run differs from the first. several says that there are others.
func printComparison(c console, one experiment.Comparison, several bool) error {
	fmt.Fprintf(c.out, "\n%s beside %s\n", one.Dir, one.Beside)
	if len(one.Recipe) == 0 {
		fmt.Fprintln(c.out, "recipe: no difference")
	}
	for _, d := range one.Recipe {
		is, was := cmp.Or(d.B, "missing"), cmp.Or(d.A, "missing")
		fmt.Fprintf(c.out, "recipe: %s is %s, was %s\n", d.Key, is, was)
	}
	answers := one.Recordings * one.Seeds
	if len(one.Different) == 0 {
		_, err := fmt.Fprintf(c.out, "answers: no difference in %d\n", answers)
		return err
	}
	fmt.Fprintf(c.out, "answers: %d of %d differ; %d are right of %s alone, %d of %s alone\n",
		len(one.Different), answers, one.OnlyA, one.Beside, one.OnlyB, one.Dir)
	fmt.Fprintf(c.out, "accuracy: %+.2f points, 95 %% interval %+.2f to %+.2f over recordings "+
		"(paired bootstrap)",
		100*one.Paired.Difference, 100*one.Low, 100*one.High)
	if one.SeedsLow != nil && !math.IsNaN(*one.SeedsLow) {
		fmt.Fprintf(c.out, ", %+.2f to %+.2f over %d seeds (Student)",
			*one.SeedsLow, *one.SeedsHigh, one.Seeds)
	}
	test := "McNemar"
	if one.Seeds > 1 {
		test = "sign test of the recordings"
	}
	fmt.Fprintf(c.out, "\nby chance so far apart: p = %.2g (%s)", one.P, test)
	if several {
		fmt.Fprintf(c.out, ", %.2g adjusted for the number of comparisons (Holm)", one.Holm)
	}
	fmt.Fprintln(c.out)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "class\trecordings\t%s\t%s\t\n", one.Beside, one.Dir)
	for _, k := range one.Classes {
		fmt.Fprintf(w, "%s\t%d\t%.1f %%\t%.1f %%\t\n", k.Class, k.Recordings, 100*k.A, 100*k.B)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i, d := range one.Different {
		if i == shown {
			fmt.Fprintf(c.out, "and %d more, which --json lists\n", len(one.Different)-shown)
			break
		}
		of := d.Recording
		if one.Seeds > 1 {
			of += fmt.Sprintf(", seed %d", d.Seed)
		}
		fmt.Fprintf(c.out, "%s is %s: %s by %s, %s by %s\n",
			of, d.Class, d.A, one.Beside, d.B, one.Dir)
	}
	return nil
}

package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"ssnn/infer"
	"ssnn/infer/exits"
	"ssnn/internal/atomicfile"
	"ssnn/recipes"
)

// choiceFlags are the flags of ssnn eval that choose exits, which exitsFlag then takes.
type choiceFlags struct {
	Exit      bool          `help:"Choose thresholds at which the network answers early, on recordings held out of its training (split.held_out), and print how accuracy, time and operations change."`
	Loss      float64       `help:"With --exit: percentage points of accuracy on the held-out recordings that answering early may cost." default:"0.5"`
	By        infer.Measure `help:"With --exit: measure of how sure an answer is, confidence or entropy." default:"confidence"`
	EveryStep bool          `help:"With --exit: also allow an exit after each timestep of the first stage, if that stage has an early classifier."`
	Beside    string        `help:"With --exit: a second model to compare with, whose exits are chosen in the same way. A plain network exits between its timesteps, as SEENN and DT-SNN do." placeholder:"MODEL"`
	Save      string        `help:"With --exit: file to write the exits of the first model to, for ssnn predict --exits." placeholder:"FILE"`
}

// runExits is ssnn eval --exit.
func (e *evalCommand) runExits(c console, threads int) error {
	if !(e.Loss >= 0 && e.Loss <= 100) {
		return usageError{fmt.Errorf("--loss %v, want 0 to 100 points", e.Loss)}
	}
	if e.Save != "" {
		if err := atomicfile.Check(e.Save); err != nil {
			return err
		}
	}
	choose := func(model string) (*recipes.ExitReport, error) {
		report, err := e.on(c.machine(threads, e.Cache)).ChooseExits(model, recipes.ExitOptions{
			Bits: e.Bits, By: e.By, Loss: e.Loss, EveryStep: e.EveryStep, Data: e.Data,
			Split: e.Split, SkipInvalid: e.SkipInvalid,
		})
		return report, unverifiable(err)
	}
	report, err := choose(e.Model)
	if err != nil {
		return err
	}
	var beside *recipes.ExitReport
	if e.Beside != "" {
		if beside, err = choose(e.Beside); err != nil {
			return err
		}
		if beside.Data != report.Data || beside.Samples != report.Samples {
			beside.Notes = append(beside.Notes, fmt.Sprintf("it was tried on %d recordings of %s, "+
				"and %s on %d of %s: their figures cannot be compared",
				beside.Samples, beside.Data, e.Model, report.Samples, report.Data))
		}
	}
	if err := e.printBoth(c, report, beside); err != nil || e.Save == "" {
		return err
	}
	return report.Exits.Write(e.Save)
}

// printBoth prints the reports on the exits of one model or two.
func (e *evalCommand) printBoth(c console, report, beside *recipes.ExitReport) error {
	if e.JSON {
		return json.NewEncoder(c.out).Encode(struct {
			*recipes.ExitReport
			Beside *recipes.ExitReport `json:"beside,omitempty"`
		}{report, beside})
	}
	for _, r := range []*recipes.ExitReport{report, beside} {
		if r == nil {
			continue
		}
		if beside != nil {
			fmt.Fprintf(c.out, "%s:\n", r.Model)
		}
		printNotes(c, r.Notes)
		if err := printExits(c, r); err != nil {
			return err
		}
	}
	return nil
}

// printExits prints a table of outcomes, and which points answer.
func printExits(c console, r *recipes.ExitReport) error {
	by, _ := r.Exits.By.MarshalText()
	if len(r.Exits.Points) == 1 {
		fmt.Fprint(c.out, "no exit saves anything: ")
	}
	fmt.Fprintf(c.out, "exits by %s of at least %.4f, chosen by %d held-out recordings for at "+
		"most %.4g points less; tried on %d\n", by, r.Exits.Threshold, r.Exits.Samples,
		r.Exits.Loss, r.Samples)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\taccuracy\tevents seen\ttimesteps\tcomputing\toperations\t")
	row := func(name string, o exits.Outcome) {
		fmt.Fprintf(w, "%s\t%.2f %%\t%.1f ms\t%.2f\t%.3f ms\t%.3f M\t\n", name, 100*o.Accuracy,
			o.Observed, o.Timesteps, o.Computing, o.Operations/1e6)
	}
	row("whole", r.Whole)
	row("exits", r.Chosen)
	for _, o := range r.Curve {
		row(fmt.Sprintf("at %.3f", o.Threshold), o)
	}
	for i, o := range r.Alone {
		row(fmt.Sprintf("all at %v", r.Points[i]), o)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "computing with the exits taken: %.3f ms, %.0f %% of %.3f ms "+
		"without\nanswers:", r.Taken, 100*r.Taken/r.NotTaken, r.NotTaken)
	for i, pt := range r.Exits.Points {
		fmt.Fprintf(c.out, " %v %.0f %%", pt, 100*r.Chosen.Shares[i])
		if i+1 < len(r.Exits.Points) {
			fmt.Fprint(c.out, ",")
		}
	}
	_, err := fmt.Fprintln(c.out)
	return err
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"ssnn/internal/atomicfile"
	"ssnn/recipes"
	"ssnn/search"
)

type searchCommand struct {
	Recipe     string        `arg:"" optional:"" help:"Recipe whose network is cut anew, and whose recordings and training are used (default: nmnist-1k)." default:"nmnist-1k"`
	Latency    time.Duration `help:"What inference of one recording may take, like 2ms or 300us." required:"" placeholder:"TIME"`
	Timesteps  int           `help:"Most timesteps of a stage (default: 8)." default:"8" placeholder:"N"`
	Stages     int           `help:"Most stages (default: 4)." default:"4" placeholder:"N"`
	Candidates int           `help:"Plans that are trained (default: 8)." default:"8" placeholder:"N"`
	Epochs     int           `help:"Epochs of the first trainings; the better half is trained for twice as many, and so on (default: 3)." default:"3" placeholder:"N"`
	Out        string        `short:"o" help:"The recipe to write, with the best plan (default: best.toml)." default:"best.toml" placeholder:"FILE"`
	Data       string        `help:"Recordings instead of the recipe's: a set's name or a folder." placeholder:"DIR"`
	Seed       *int64        `help:"Seed of the draws and trainings." placeholder:"N"`
	Set        []string      `help:"Change a value of the recipe, like network.width=0.1; may be given again." placeholder:"KEY=VALUE" sep:"none"`
	Cache      string        `help:"Folder of integrated frames, as of ssnn train." placeholder:"DIR"`
	JSON       bool          `name:"json" help:"Print one line of JSON."`
	threadsFlag
}

// Run is called by kong.
func (s *searchCommand) Run(c console) error {
	threads, err := s.count()
	if err != nil {
		return err
	}
	r, err := recipes.Load(s.Recipe)
	if err != nil {
		return err
	}
	if err := (&trainCommand{Set: s.Set, Data: s.Data, Seed: s.Seed}).change(&r); err != nil {
		return err
	}
	o := search.Options{
		Latency: s.Latency, Timesteps: s.Timesteps, Stages: s.Stages, Candidates: s.Candidates, Epochs: s.Epochs,
		Machine: recipes.Machine{Open: openSet, Threads: threads, Cache: s.Cache},
	}
	if err := o.Validate(); err != nil {
		return usageError{err}
	}
	if !s.JSON {
		o.Tell = func(line string) { fmt.Fprintln(c.out, line) }
	}
	ctx, stop := interruptible()
	defer stop()
	result, err := search.Run(ctx, r, o)
	if errors.Is(err, context.Canceled) {
		return stoppedError{"the same command, which begins anew"}
	}
	if err != nil {
		return err
	}
	if err := s.write(result, threads); err != nil {
		return err
	}
	if s.JSON {
		return json.NewEncoder(c.out).Encode(result)
	}
	return s.print(c.out, result)
}

// write writes the recipe of the best plan.
func (s *searchCommand) write(r *search.Result, threads int) error {
	return atomicfile.Write(s.Out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "# %s, its stages and timesteps found by ssnn search for inference in %v or less: %v measured, %d thread(s).\n%s",
			strings.TrimSuffix(filepath.Base(s.Recipe), ".toml"), s.Latency, r.Best.Latency.Round(time.Microsecond), threads, r.Recipe.Text())
		return err
	})
}

// print prints a row a candidate.
func (s *searchCommand) print(out io.Writer, r *search.Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "T_avg\tpredicted\tlatency\tepochs\taccuracy\t95 % interval\t  plan")
	ms := func(d time.Duration) string { return fmt.Sprintf("%.3f ms", d.Seconds()*1e3) }
	for _, c := range r.Candidates {
		over := ""
		if c.Latency > s.Latency {
			over = " (too long)"
		}
		fmt.Fprintf(w, "%.3g\t%s\t%s\t%d\t%.2f %%\t%.1f to %.1f\t  %s%s\n", c.T, ms(c.Predicted), ms(c.Latency), c.Epochs, 100*c.Accuracy, 100*c.Low, 100*c.High, c.Plan, over)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "accuracies on %d recordings held out of the training; latencies of one recording, the median after training\n"+
		"best: %s\n  %.2f %% of %d test recordings (%.1f to %.1f) after %d epochs; ssnn train %s trains it in full\n",
		r.Best.HeldOut, r.Best.Plan, 100*r.Test.Accuracy, r.Test.Samples, 100*r.Low, 100*r.High, r.Best.Epochs, s.Out)
	return err
}

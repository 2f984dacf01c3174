package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"ssnn/internal/atomicfile"
	"ssnn/internal/names"
	"ssnn/recipes"
	"ssnn/search"
	"ssnn/snn"
)

type searchCommand struct {
	Recipe     string           `arg:"" optional:"" help:"Recipe whose network is divided into other stages, and whose recordings and training are used: a name, or a file that ends in .toml." default:"nmnist-1k"`
	Latency    time.Duration    `help:"Longest time that inference of one recording may take, such as 2ms or 300us." placeholder:"TIME"`
	Energy     joules           `help:"Largest energy that inference of one recording may take, as ssnn report estimates it, such as 15uJ." placeholder:"ENERGY"`
	Timesteps  int              `help:"Largest number of timesteps of a stage." default:"8" placeholder:"N"`
	Stages     int              `help:"Largest number of stages." default:"4" placeholder:"N"`
	Transition []snn.Transition `help:"Transitions between stages to try (default: that of the recipe, merge and fold)." placeholder:"KIND"`
	Candidates int              `help:"Number of candidate networks that are trained." default:"8" placeholder:"N"`
	Epochs     int              `help:"Epochs of the first round of training. The better half is then trained for twice as many epochs, and so on." default:"3" placeholder:"N"`
	Best       string           `short:"o" help:"Recipe to write, with the best network." default:"best.toml" placeholder:"FILE"`
	Out        string           `help:"Folder of the search: its measurements and its runs. The same command goes on with what is in it (default: runs/search, the recipe and the limits)." placeholder:"DIR"`
	Data       string           `help:"Set, or folder of recordings, to use (default: that of the recipe)." placeholder:"DIR"`
	Seed       *int64           `help:"Seed of the random draws and of the trainings (default: that of the recipe)." placeholder:"N"`
	Set        []string         `help:"Change a value of the recipe, such as network.width=0.1. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Cache      string           `help:"Folder that caches frames, as in ssnn train." placeholder:"DIR"`
	JSON       bool             `name:"json" help:"Print one line of JSON instead of text."`
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
	if err := s.place(); err != nil {
		return err
	}
	o := search.Options{
		Latency: s.Latency, Energy: float64(s.Energy), Timesteps: s.Timesteps, Stages: s.Stages,
		Candidates: s.Candidates, Epochs: s.Epochs, Transitions: s.Transition,
		Machine: c.machine(threads, s.Cache), Dir: s.Out,
		Note: func(note string) { printNotes(c, []string{note}) },
	}
	if s.Latency == 0 && s.Energy == 0 {
		return usageError{errors.New("--latency or --energy is missing: " +
			"want the most that inference of one recording may take")}
	}
	if err := o.Validate(); err != nil {
		return usageError{err}
	}
	if !s.JSON {
		o.Tell = func(line string) { fmt.Fprintln(c.out, line) }
	}
	if err := atomicfile.Check(s.Best); err != nil { // before the hours, and not behind them
		return err
	}
	ctx, stop := saving(c, "after the step under way")
	defer stop()
	result, err := search.Run(ctx, r, o)
	if errors.Is(err, context.Canceled) {
		return stoppedError{"the same command"}
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
	return s.print(c.out, result, o)
}

// place sets the folder of the search if the flags do not, and refuses one that looks like the name
// of a recipe.
func (s *searchCommand) place() error {
	if filepath.Ext(s.Out) == ".toml" {
		return usageError{fmt.Errorf("--out %s: want the folder of the search; -o %s or --best "+
			"names the recipe to write", s.Out, s.Out)}
	}
	if s.Out != "" {
		return nil
	}
	words := []string{"search", s.name()}
	if s.Latency > 0 {
		words = append(words, s.Latency.String())
	}
	if s.Energy > 0 {
		words = append(words, strings.ReplaceAll(microjoules(float64(s.Energy)), " ", ""))
	}
	s.Out = filepath.Join("runs", strings.Join(words, "-"))
	return nil
}

// name returns the name of the recipe without its folder.
func (s *searchCommand) name() string {
	return strings.TrimSuffix(filepath.Base(s.Recipe), ".toml")
}

// limits returns the limits of the flags in words.
func (s *searchCommand) limits() string {
	var words []string
	if s.Latency > 0 {
		words = append(words, s.Latency.String())
	}
	if s.Energy > 0 {
		words = append(words, microjoules(float64(s.Energy)))
	}
	return strings.Join(words, " and ")
}

// write writes the recipe of the best cut.
func (s *searchCommand) write(r *search.Result, threads int) error {
	best, err := r.Recipe.In(filepath.Dir(s.Best))
	if err != nil {
		return err
	}
	return atomicfile.Write(s.Best, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "# %s, its stages and timesteps found by ssnn search for "+
			"inference in %s or less: %v and %s measured, %s.\n%s",
			s.name(), s.limits(),
			r.Best.Latency.Round(time.Microsecond), microjoules(r.Best.Energy),
			names.Count(threads, "thread"),
			best.Text())
		return err
	})
}

// print prints a row for each candidate, and the results by boundaries and by transition.
func (s *searchCommand) print(out io.Writer, r *search.Result, o search.Options) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "T_avg\tpredicted\tlatency\tpredicted\tenergy\t"+
		"epochs\taccuracy\t95 % interval\t  cut")
	ms := func(d time.Duration) string { return fmt.Sprintf("%.3f ms", d.Seconds()*1e3) }
	for _, c := range r.Candidates {
		over := ""
		if !c.Keeps(o) {
			over = " (too much)"
		}
		fmt.Fprintf(w, "%.3g\t%s\t%s\t%s\t%s\t%d\t%.2f %%\t%.1f to %.1f\t  %s%s\n",
			c.T, ms(c.Predicted), ms(c.Latency),
			microjoules(c.PredictedEnergy), microjoules(c.Energy),
			c.Epochs, 100*c.Accuracy, 100*c.Low, 100*c.High, c.Cut, over)
	}
	for _, by := range []struct {
		what   string
		groups []search.Group
	}{{"units before boundaries", r.ByBoundaries()}, {"transition", r.ByTransition()}} {
		fmt.Fprintf(w, "\n%s\tcuts\tT_avg\tmean\tbest after %s\t\n", by.what,
			names.Count(s.Epochs, "epoch"))
		for _, g := range by.groups {
			fmt.Fprintf(w, "%s\t%d\t%.3g to %.3g\t%.2f %%\t%.2f %%\t\n",
				g.Name, g.Tried, g.LowT, g.HighT, 100*g.Mean, 100*g.Accuracy)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "accuracies on %d recordings held out of the training; "+
		"latencies (median) and energies of one recording, after training\n"+
		"best: %s\n  %.2f %% of %d test recordings (%.1f to %.1f) after %s; ssnn train %s trains "+
		"it in full\n",
		r.Best.HeldOut, r.Best.Cut, 100*r.Test.Accuracy, r.Test.Samples, 100*r.Low, 100*r.High,
		names.Count(r.Best.Epochs, "epoch"), s.Best)
	return err
}

// joules is an energy in J, which the command line gives with its unit.
type joules float64

// UnmarshalText reads 15uJ, 0.3 mJ and the like.
func (j *joules) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "J")
	scale := 1.0
	for prefix, s := range map[string]float64{"m": 1e-3, "u": 1e-6, "µ": 1e-6, "n": 1e-9} {
		if rest, has := strings.CutSuffix(number, prefix); has {
			number, scale = rest, s
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !ok || !(v > 0 && v < 1e9) {
		return fmt.Errorf("energy %q, want a number above 0 and a unit: nJ, uJ, mJ or J, like 15uJ",
			text)
	}
	*j = joules(v * scale)
	return nil
}

func microjoules(j float64) string { return fmt.Sprintf("%.4g uJ", 1e6*j) }

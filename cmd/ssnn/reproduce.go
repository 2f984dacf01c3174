package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"ssnn/experiment"
	"ssnn/internal/folder"
	"ssnn/internal/names"
	"ssnn/recipes"
	"ssnn/train"
)

type reproduceCommand struct {
	Experiment string   `arg:"" optional:"" help:"Name of an experiment, or a file that ends in .toml. Without it, the experiments are listed."`
	Scale      string   `help:"Sets to train on, for experiments that name no recipes: small, those that come with the program (the default), or full, those of the paper." enum:"small,full," default:"" placeholder:"SCALE"`
	Seeds      *int     `help:"Number of runs of each variant, with the seeds 0, 1 and so on (default: that of the experiment, or 3)." placeholder:"N"`
	Baseline   string   `help:"Variant with which the others are compared (default: that of the experiment, or its first variant)." placeholder:"NAME"`
	Images     string   `help:"Pictures for experiments that make recordings of pictures: a folder or zip archive of <class>/<picture>. The recordings are made once, in the folder of the runs." placeholder:"DIR"`
	Data       string   `help:"Folder that contains the sets of the full scale, each in a folder of its name." default:"data" placeholder:"DIR"`
	Out        string   `help:"Folder for the runs and tables. Runs that are already in it are not repeated (default: runs/EXPERIMENT-SCALE)." placeholder:"DIR"`
	Set        []string `help:"Change a value of all recipes, such as train.epochs=1. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Part       string   `help:"Carry out only every N-th run, beginning with run I, counted from 0, such as 0/4, and write no tables: one part for each of several machines. The same command without --part then writes the tables." placeholder:"I/N"`
	Jobs       int      `help:"Number of runs at the same time, which share the threads (default: small, as many as there are threads or runs, whichever is less; full, 1)." placeholder:"N"`
	Cache      string   `help:"Folder that caches frames, as in ssnn train." placeholder:"DIR"`
	JSON       bool     `name:"json" help:"Print one line of JSON for each variant."`
	threadsFlag
}

// Run is called by kong.
func (r *reproduceCommand) Run(c console) error {
	if r.Experiment == "" {
		if r.Part != "" || r.Out != "" || r.Baseline != "" || r.Images != "" || r.Seeds != nil ||
			len(r.Set) > 0 {

			return usageError{errors.New("no experiment, want the name of the one to run; ssnn " +
				"reproduce without flags lists them")}
		}
		return r.list(c)
	}
	grid, err := r.grid(c)
	if err != nil {
		return err
	}
	runs, err := grid.Runs()
	if err != nil {
		return usageError{err}
	}
	if r.Part != "" {
		return r.part(c, grid, runs)
	}
	unlock, note, err := folder.Lock(grid.Dir, "ssnn reproduce")
	if err != nil {
		return err
	}
	defer unlock()
	if note != "" {
		printNotes(c, []string{note})
	}
	if err := r.carry(c, grid, runs); err != nil {
		return err
	}
	if err := r.latencies(c, grid, runs); err != nil {
		return err
	}
	rows := grid.Rows(runs)
	if err := grid.Write(rows, r.command()); err != nil {
		return err
	}
	if err := r.summary(c, grid, rows); err != nil {
		return err
	}
	further, err := grid.Further()
	if err != nil {
		return err
	}
	if further != "" {
		printNotes(c, []string{further})
	}
	return missing(runs)
}

// part carries out a part of the runs. Other processes may be at work in the folder, as each run
// has a lock of its own.
func (r *reproduceCommand) part(c console, grid experiment.Grid, runs []*experiment.Run) error {
	part, err := experiment.ParsePart(r.Part)
	switch {
	case err != nil:
		return usageError{fmt.Errorf("--part: %w", err)}
	case r.JSON:
		return usageError{errors.New("--json prints the tables, which --part does not make; want " +
			"one of them")}
	case grid.Experiment.Halving.On():
		return usageError{errors.New("--part cannot be used with halving, in which the results " +
			"of all runs decide which go on: want one of them")}
	}
	if err := folder.Locks(grid.Dir); err != nil {
		return err
	}
	own := part.Of(runs)
	if err := r.carry(c, grid, own); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "part %v: %d of %d runs, in %s; the same command without --part makes the "+
		"tables\n",
		part, len(own), len(runs), grid.Dir)
	return missing(own)
}

// carry carries out runs, and shows their progress.
func (r *reproduceCommand) carry(c console, grid experiment.Grid, runs []*experiment.Run) error {
	ctx, stop := saving(c, "after the steps under way")
	defer stop()
	show := newGridDisplay(c, runs, r.JSON)
	err := grid.Carry(ctx, runs, experiment.Watch{Epoch: show.epoch, Done: show.over})
	show.close()
	if errors.Is(err, context.Canceled) {
		if err := missing(runs); err != nil {
			return fmt.Errorf("interrupted, and %w; go on with: %s", err, r.command())
		}
		return stoppedError{r.command()}
	}
	return err
}

// latencies measures the latencies of the networks, if the experiment asks for that.
func (r *reproduceCommand) latencies(
	c console, grid experiment.Grid, runs []*experiment.Run,
) error {
	if !grid.Experiment.Latency {
		return nil
	}
	printNotes(c, []string{"latencies are measured now; leave the machine alone for some minutes"})
	ctx, stop := interruptible()
	defer stop()
	err := grid.MeasureLatencies(ctx, runs)
	if errors.Is(err, context.Canceled) {
		return stoppedError{r.command()}
	}
	return err
}

func (r *reproduceCommand) list(c console) error {
	for _, e := range experiment.All() {
		fmt.Fprintf(c.out, "%-12s %2d variants. %s\n", e.Name, len(e.Variants), e.Asks)
	}
	_, err := fmt.Fprintf(c.out, "\nscales: small, on %s; full, on %s\n",
		strings.Join(experiment.Small(), " and "), strings.Join(experiment.Full(), ", "))
	return err
}

// grid returns the grid of the flags.
func (r *reproduceCommand) grid(c console) (experiment.Grid, error) {
	threads, err := r.count()
	if err != nil {
		return experiment.Grid{}, err
	}
	e, err := experiment.Load(r.Experiment)
	if err != nil {
		return experiment.Grid{}, usageError{err}
	}
	if r.Jobs < 0 {
		return experiment.Grid{}, usageError{fmt.Errorf("--jobs %d, want 1 or more", r.Jobs)}
	}
	if r.Seeds != nil {
		if *r.Seeds < 1 {
			return experiment.Grid{}, usageError{fmt.Errorf("--seeds %d, want 1 or more", *r.Seeds)}
		}
		e.Seeds = experiment.FirstSeeds(*r.Seeds)
	}
	if r.Baseline != "" {
		if e, err = e.WithBaseline(r.Baseline); err != nil {
			return experiment.Grid{}, usageError{fmt.Errorf("--baseline: %w", err)}
		}
	}
	bases, err := r.bases(c, e)
	if err != nil {
		return experiment.Grid{}, err
	}
	if r.Out == "" {
		r.Out = filepath.Join("runs", e.Name)
		if r.Scale != "" {
			r.Out += "-" + r.Scale
		}
	}
	if bases, err = r.images(c, e, bases); err != nil {
		return experiment.Grid{}, err
	}
	jobs := r.Jobs
	if jobs == 0 {
		// Small networks gain more from one run on each thread; large ones need all the memory.
		if jobs = threads; r.Scale == "full" {
			jobs = 1
		}
	}
	// More jobs would leave threads without a run.
	jobs = min(jobs, len(bases)*len(e.Seeds)*len(e.Variants))
	return experiment.Grid{
		Experiment: e, Bases: bases, Set: r.Set, Seeds: e.Seeds, Dir: r.Out, Jobs: jobs,
		Machine: c.machine(max(1, threads/jobs), r.Cache),
	}, nil
}

// bases returns the recipes of an experiment, or those of the scale if it names none.
func (r *reproduceCommand) bases(c console, e experiment.Experiment) ([]recipes.Recipe, error) {
	if len(e.Recipes) > 0 {
		if r.Scale != "" {
			return nil, usageError{fmt.Errorf("--scale %s: experiment %s names its recipes, want "+
				"no scale", r.Scale, e.Name)}
		}
		bases, err := e.Bases()
		if err != nil {
			return nil, usageError{err}
		}
		return bases, nil
	}
	if r.Scale == "" {
		r.Scale = "small"
	}
	bases, notes, err := experiment.OfScale(r.Scale, r.Data)
	if err == nil {
		printNotes(c, notes)
	}
	return bases, err
}

// command returns the command line that does the same again.
func (r *reproduceCommand) command() string {
	words := []string{"ssnn reproduce", quoted(r.Experiment)}
	add := func(flag, value string) {
		if value != "" {
			words = append(words, "--"+flag, quoted(value))
		}
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	add("scale", r.Scale)
	if r.Seeds != nil {
		add("seeds", strconv.Itoa(*r.Seeds))
	}
	add("baseline", r.Baseline)
	add("images", r.Images)
	add("out", r.Out)
	if r.Scale == "full" {
		add("data", r.Data)
	}
	for _, v := range r.Set {
		add("set", v)
	}
	add("part", r.Part)
	add("jobs", number(r.Jobs))
	add("threads", number(r.Threads))
	add("cache", r.Cache)
	return strings.Join(words, " ")
}

// summary prints the tables, or a line of JSON for each variant.
func (r *reproduceCommand) summary(c console, grid experiment.Grid, rows []*experiment.Row) error {
	if !r.JSON {
		if err := grid.WriteTables(c.out, rows); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.out, "tables and plots in %s\n", grid.Dir)
		return err
	}
	for _, row := range rows {
		if err := json.NewEncoder(c.out).Encode(row); err != nil {
			return err
		}
	}
	return nil
}

// missing returns the error for runs that failed, and for those that another process carries out.
func missing(runs []*experiment.Run) error {
	var failed, atWork []*experiment.Run
	for _, r := range runs {
		switch {
		case r.AtWork():
			atWork = append(atWork, r)
		case r.Err != nil:
			failed = append(failed, r)
		}
	}
	elsewhere := ""
	if n := len(atWork); n > 0 {
		elsewhere = fmt.Sprintf("%d of %s at work elsewhere: the same command goes on when that "+
			"is over",
			n, names.Count(len(runs), "run"))
	}
	switch {
	case len(failed) > 0:
		if elsewhere != "" {
			elsewhere = "; " + elsewhere
		}
		return fmt.Errorf("%d of %s failed%s; the first, %s: %w",
			len(failed), names.Count(len(runs), "run"), elsewhere, failed[0].Name(), failed[0].Err)
	case elsewhere != "":
		return errors.New(elsewhere)
	}
	return nil
}

// gridDisplay shows the progress of a grid: a bar over all epochs on a terminal, a line for each
// run elsewhere.
type gridDisplay struct {
	c          console
	quiet      bool
	runs, done int
	told       map[*experiment.Run]int // epochs that the bar knows of
	bar        *progressbar.ProgressBar
}

func newGridDisplay(c console, runs []*experiment.Run, quiet bool) *gridDisplay {
	d := &gridDisplay{c: c, quiet: quiet, runs: len(runs), told: map[*experiment.Run]int{}}
	if f, ok := c.err.(*os.File); ok && !quiet && term.IsTerminal(int(f.Fd())) {
		epochs := 0
		for _, r := range runs {
			epochs += r.Recipe.Train.Epochs
		}
		d.bar = progressbar.NewOptions(epochs,
			progressbar.OptionSetWriter(f), progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(20),
			progressbar.OptionSetDescription(fmt.Sprintf("0/%d runs", len(runs))))
	}
	return d
}

func (d *gridDisplay) epoch(r *experiment.Run, m train.Metrics) { d.move(r, m.Epoch) }

// move tells the bar how many epochs of a run are over.
func (d *gridDisplay) move(r *experiment.Run, epochs int) {
	if d.bar != nil && epochs > d.told[r] {
		d.bar.Add(epochs - d.told[r])
		d.told[r] = epochs
	}
}

// over tells that a run is over.
func (d *gridDisplay) over(r *experiment.Run, again bool) {
	d.done++
	d.move(r, r.Recipe.Train.Epochs)
	if d.bar != nil {
		d.bar.Describe(fmt.Sprintf("%d/%d runs", d.done, d.runs))
		d.bar.Clear()
	}
	if d.quiet {
		return
	}
	m, ok := r.Last()
	switch {
	case r.AtWork():
		fmt.Fprintf(d.c.out, "%d/%d  %s: at work elsewhere\n", d.done, d.runs, r.Name())
	case r.Err != nil:
		fmt.Fprintf(d.c.out, "%d/%d  %s: failed: %v\n", d.done, d.runs, r.Name(), r.Err)
	case r.Stopped > 0:
		h := r.HeldOut[len(r.HeldOut)-1]
		fmt.Fprintf(d.c.out, "%d/%d  %s: %.2f %% of %d recordings held out, stopped after %d "+
			"epochs\n",
			d.done, d.runs, r.Name(), 100*h.Accuracy, h.Samples, h.Epochs)
	case again && ok:
		fmt.Fprintf(d.c.out, "%d/%d  %s: %.2f %%, done before\n", d.done, d.runs, r.Name(),
			100*m.TestAccuracy)
	case ok:
		fmt.Fprintf(d.c.out, "%d/%d  %s: %.2f %%\n", d.done, d.runs, r.Name(), 100*m.TestAccuracy)
	}
}

func (d *gridDisplay) close() {
	if d.bar != nil {
		d.bar.Finish()
	}
}

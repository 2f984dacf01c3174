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
	"ssnn/recipes"
	"ssnn/train"
)

type reproduceCommand struct {
	Experiment string   `arg:"" optional:"" help:"Name of an experiment; without one, they are listed."`
	Scale      string   `help:"small: on the sets that come with the program. full: on those of the paper." enum:"small,full" default:"small"`
	Seeds      int      `help:"Runs of each variant, with the seeds 0, 1, ..." default:"3" placeholder:"N"`
	Data       string   `help:"Folder of the sets of the full scale, each in a folder of its name (default: data)." default:"data" placeholder:"DIR"`
	Out        string   `help:"Folder of the runs and tables; what is done in it is not done again (default: runs/, the experiment and the scale)." placeholder:"DIR"`
	Set        []string `help:"Change a value of all recipes, like train.epochs=1; may be given again." placeholder:"KEY=VALUE" sep:"none"`
	Jobs       int      `help:"Runs at the same time, which share the threads (small: as many as threads, but no more than runs; full: 1)." placeholder:"N"`
	Cache      string   `help:"Folder of integrated frames, as of ssnn train." placeholder:"DIR"`
	JSON       bool     `name:"json" help:"Print one line of JSON a variant."`
	threadsFlag
}

// Run is called by kong.
func (r *reproduceCommand) Run(c console) error {
	if r.Experiment == "" {
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
	unlock, note, err := folder.Lock(grid.Dir, "ssnn reproduce")
	if err != nil {
		return err
	}
	defer unlock()
	if note != "" {
		printNotes(c, []string{note})
	}
	ctx, stop := interruptible()
	defer stop()
	show := newGridDisplay(c, runs, r.JSON)
	err = grid.Carry(ctx, runs, experiment.Watch{Epoch: show.epoch, Done: show.over})
	show.close()
	if errors.Is(err, context.Canceled) {
		if err := failed(runs); err != nil {
			return fmt.Errorf("interrupted, and %w; go on with: %s", err, r.command())
		}
		return stoppedError{r.command()}
	}
	if err != nil {
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
	return failed(runs)
}

func (r *reproduceCommand) list(c console) error {
	for _, e := range experiment.All() {
		fmt.Fprintf(c.out, "%-12s %2d variants. %s\n", e.Name, len(e.Variants), e.Asks)
	}
	_, err := fmt.Fprintf(c.out, "\nscales: small, on %s; full, on %s\n", strings.Join(experiment.Small(), " and "), strings.Join(experiment.Full(), ", "))
	return err
}

// grid is what the flags ask for.
func (r *reproduceCommand) grid(c console) (experiment.Grid, error) {
	threads, err := r.count()
	if err != nil {
		return experiment.Grid{}, err
	}
	e, err := experiment.Find(r.Experiment)
	if err != nil {
		return experiment.Grid{}, usageError{err}
	}
	if r.Seeds < 1 || r.Jobs < 0 {
		return experiment.Grid{}, usageError{fmt.Errorf("--seeds %d, --jobs %d: want 1 or more", r.Seeds, r.Jobs)}
	}
	bases, notes, err := experiment.Bases(r.Scale, r.Data)
	if err != nil {
		return experiment.Grid{}, err
	}
	printNotes(c, notes)
	if r.Out == "" {
		r.Out = filepath.Join("runs", r.Experiment+"-"+r.Scale)
	}
	jobs := r.Jobs
	if jobs == 0 {
		// Small networks gain more from a run a thread; large ones need the memory for themselves.
		if jobs = threads; r.Scale == "full" {
			jobs = 1
		}
	}
	jobs = min(jobs, len(bases)*r.Seeds*len(e.Variants)) // more would leave threads without a run
	return experiment.Grid{
		Experiment: e, Bases: bases, Set: r.Set, Seeds: r.Seeds, Dir: r.Out, Jobs: jobs,
		Machine: recipes.Machine{Open: openSet, Threads: max(1, threads/jobs), Cache: r.Cache},
	}, nil
}

// command is the command line that does the same again.
func (r *reproduceCommand) command() string {
	words := []string{"ssnn reproduce", r.Experiment, "--scale", r.Scale, "--seeds", strconv.Itoa(r.Seeds), "--out", quoted(r.Out)}
	if r.Scale == "full" {
		words = append(words, "--data", quoted(r.Data))
	}
	for _, v := range r.Set {
		words = append(words, "--set", quoted(v))
	}
	if r.Jobs != 0 {
		words = append(words, "--jobs", strconv.Itoa(r.Jobs))
	}
	if r.Threads != 0 {
		words = append(words, "--threads", strconv.Itoa(r.Threads))
	}
	if r.Cache != "" {
		words = append(words, "--cache", quoted(r.Cache))
	}
	return strings.Join(words, " ")
}

// summary prints the tables, or a line of JSON a variant.
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

// failed is the error for runs that came to none.
func failed(runs []*experiment.Run) error {
	n, first := 0, (*experiment.Run)(nil)
	for _, r := range runs {
		if r.Err != nil {
			if n++; first == nil {
				first = r
			}
		}
	}
	if first == nil {
		return nil
	}
	return fmt.Errorf("%d of %d runs failed; the first, %s: %w", n, len(runs), first.Name(), first.Err)
}

// gridDisplay shows how a grid goes: a bar over all epochs on a terminal, a line a run elsewhere.
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
			progressbar.OptionSetWriter(f), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
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
	case r.Err != nil:
		fmt.Fprintf(d.c.out, "%d/%d  %s: failed: %v\n", d.done, d.runs, r.Name(), r.Err)
	case again && ok:
		fmt.Fprintf(d.c.out, "%d/%d  %s: %.2f %%, done before\n", d.done, d.runs, r.Name(), 100*m.TestAccuracy)
	case ok:
		fmt.Fprintf(d.c.out, "%d/%d  %s: %.2f %%\n", d.done, d.runs, r.Name(), 100*m.TestAccuracy)
	}
}

func (d *gridDisplay) close() {
	if d.bar != nil {
		d.bar.Finish()
	}
}

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssnn/dataset"
	"ssnn/infer"
	"ssnn/internal/atomicfile"
	"ssnn/internal/regular"
	"ssnn/recipes"
	"ssnn/report"
	"ssnn/snn"
	"ssnn/train"
)

type reportCommand struct {
	Runs      []string        `arg:"" name:"run" help:"Folders of runs; several runs are shown side by side."`
	Out       string          `short:"o" help:"Page to write." default:"report.html" placeholder:"FILE"`
	Data      string          `help:"Folder with the recordings to use (default: those that the runs were trained with)." placeholder:"DIR"`
	Plots     string          `help:"Also write the plots of the page to this folder, as SVG and PNG." placeholder:"DIR"`
	Cache     string          `help:"Folder that caches frames, as in ssnn train." placeholder:"DIR"`
	Neurons   []report.Neuron `help:"Neurons whose spikes and membranes are shown: one neuron, or a layer, whose neurons that fire most, but not always, are then shown (default: all layers). May be repeated." sep:"none" placeholder:"LAYER[:CHANNEL,ROW,COLUMN]"`
	Recording int             `help:"Number of the test recording for which these neurons are shown (default: the first recording on the page)." default:"-1" placeholder:"N"`
	threadsFlag
	unverifiedFlag
}

// Run is called by kong.
func (r *reportCommand) Run(c console) error {
	threads, err := r.count()
	if err != nil {
		return err
	}
	if err := atomicfile.Check(r.Out); err != nil {
		return err
	}
	var all []*report.Measured
	names := shortNames(r.Runs)
	for i, dir := range r.Runs {
		m, err := r.measure(c, dir, names[i], threads)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	var figures []report.Figure
	made := fmt.Sprintf("ssnn %s report %s", version(), strings.Join(r.Runs, " "))
	if err := atomicfile.Write(r.Out, func(w io.Writer) error {
		figures, err = report.Write(w, strings.Join(names, ", "), made, all)
		return err
	}); err != nil {
		return err
	}
	if r.Plots != "" {
		if err := os.MkdirAll(r.Plots, 0o755); err != nil {
			return err
		}
		for _, f := range figures {
			if err := f.Save(r.Plots); err != nil {
				return err
			}
		}
	}
	_, err = fmt.Fprintln(c.out, printable(r.Out))
	return err
}

// measure measures the run of a folder.
func (r *reportCommand) measure(c console, dir, name string, threads int) (
	*report.Measured, error) {

	switch info, err := os.Stat(dir); {
	case err != nil:
		return nil, regular.Want(err, "the folder of a run")
	case !info.IsDir():
		return nil, fmt.Errorf("%s is a file, want the folder of a run", dir)
	}
	if _, _, err := infer.FileOf(dir); err != nil {
		return nil, err
	}
	path, finished := recipes.ModelFile(dir)
	unfinished := ", interrupted"
	if finished {
		unfinished = ""
	}
	m, err := openModel(c, r.on(c.machine(threads, r.Cache)), path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	fresh, err := snn.New(m.Net.Config(), uint64(m.Recipe.Seed), threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer fresh.Close()
	run := report.Run{Name: name, Classes: m.Classes, Net: m.Net, Fresh: fresh,
		Loss: m.Recipe.Train.Loss, Values: m.Recipe.Values(), Neurons: r.Neurons,
		Recording: r.Recording}
	if run.Metrics, err = recipes.ReadMetrics(dir); err != nil {
		return nil, err
	}
	m.Recipe = m.Recipe.On(r.Data)
	source := m.Recipe.Dataset
	recordings, err := r.recordings(c, m, threads, &run)
	if err != nil {
		return nil, err
	}
	run.Facts = []report.Fact{
		{What: "recordings", Value: source + ": " + recordings},
		{What: "seed", Value: fmt.Sprint(m.Recipe.Seed)},
		{What: "epochs", Value: fmt.Sprintf("%d of %d%s", len(run.Metrics), m.Recipe.Train.Epochs,
			unfinished)},
	}
	if h := bestOf(run.Metrics); h != nil && finished && m.Recipe.Train.Keep == train.KeepBest {
		run.Facts[2].Value += fmt.Sprintf("; the network is that of epoch %d, the best on %d "+
			"recordings held out (%.1f %%)", h.Best, h.Samples, 100*h.Accuracy)
	}
	measured, err := report.Measure(run)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return measured, nil
}

// bestOf returns the result of the best epoch on the recordings held out, or nil if there is none.
func bestOf(all []train.Metrics) *train.HeldOut {
	if len(all) == 0 || all[len(all)-1].HeldOut == nil {
		return nil
	}
	if best := all[len(all)-1].HeldOut.Best; best >= 1 && best <= len(all) {
		return all[best-1].HeldOut
	}
	return nil
}

// recordings reads the test recordings of a run and one batch of its training recordings, and says
// in words how many there are.
func (r *reportCommand) recordings(c console, m *recipes.Model, threads int, run *report.Run) (
	string, error) {

	trained, err := c.machine(threads, "").List(m.Recipe, dataset.Train, m.Classes)
	if err != nil {
		return "", err
	}
	tested, test, err := c.machine(threads, r.Cache).Samples(m.Resolved(), dataset.Test, m.Classes)
	if err != nil {
		return "", err
	}
	run.Test = test
	if err := run.Loss.ClassWeights.Check(len(m.Classes)); err != nil {
		return "", err
	}
	counts := make([]int, len(m.Classes))
	for _, s := range trained.Samples {
		counts[s.Label]++
	}
	run.Loss.Targets = run.Loss.Weigh(counts)
	printNotes(c, slices.Concat(trained.Notes, tested.Notes))
	words := fmt.Sprintf("%d to train, %d to test (%s)", len(trained.Samples), len(tested.Samples),
		tested.Split)

	order := make([]int, len(trained.Samples))
	dataset.Draw{}.Order(order)
	var batch []dataset.Sample
	for _, i := range order[:min(len(order), m.Recipe.Train.Batch)] {
		batch = append(batch, trained.Samples[i])
	}
	trained.Samples = batch
	if run.Batch, err = c.machine(threads, "").Integrate(trained, m.Resolved().Frames); err != nil {
		return "", fmt.Errorf("%s: %w", m.Recipe.Dataset, err)
	}
	return words, nil
}

// shortNames returns the paths of folders without the elements with which all begin or end.
func shortNames(dirs []string) []string {
	var parts [][]string
	for _, d := range dirs {
		parts = append(parts, strings.Split(filepath.ToSlash(filepath.Clean(d)), "/"))
	}
	same := func(at func(p []string) string) bool {
		for _, p := range parts {
			if len(p) < 2 || at(p) != at(parts[0]) {
				return false
			}
		}
		return true
	}
	for same(func(p []string) string { return p[0] }) {
		for i := range parts {
			parts[i] = parts[i][1:]
		}
	}
	for same(func(p []string) string { return p[len(p)-1] }) {
		for i, p := range parts {
			parts[i] = p[:len(p)-1]
		}
	}
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = strings.Join(p, "/")
	}
	return names
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ssnn/dataset"
	"ssnn/internal/atomicfile"
	"ssnn/recipes"
	"ssnn/report"
	"ssnn/snn"
)

type reportCommand struct {
	Runs  []string `arg:"" name:"run" help:"Folders of runs; several are shown side by side."`
	Out   string   `short:"o" help:"The page." default:"report.html" placeholder:"FILE"`
	Data  string   `help:"Recordings instead of those that the runs were trained with." placeholder:"DIR"`
	Plots string   `help:"Also write the plots to this folder, as SVG and PNG." placeholder:"DIR"`
	Cache string   `help:"Folder of integrated frames, as of ssnn train." placeholder:"DIR"`
	threadsFlag
}

// Run is called by kong.
func (r *reportCommand) Run(c console) error {
	threads, err := r.count()
	if err != nil {
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
	_, err = fmt.Fprintln(c.out, r.Out)
	return err
}

// measure measures the run of a folder.
func (r *reportCommand) measure(c console, dir, name string, threads int) (*report.Measured, error) {
	path, unfinished := filepath.Join(dir, "model.safetensors"), ""
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		path, unfinished = filepath.Join(dir, "last.safetensors"), ", interrupted"
	}
	m, err := recipes.OpenModel(path, threads)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	fresh, err := snn.New(m.Net.Config(), uint64(m.Recipe.Seed), threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer fresh.Close()
	run := report.Run{Name: name, Classes: m.Classes, Net: m.Net, Fresh: fresh, Batch: m.Recipe.Train.Batch}
	if run.Metrics, err = recipes.ReadMetrics(dir); err != nil {
		return nil, err
	}
	source := m.Recipe.Dataset
	if r.Data != "" {
		source, m.Recipe.Layout = r.Data, ""
	}
	files, err := openSet(source)
	if err != nil {
		return nil, err
	}
	machine := recipes.Machine{Threads: threads, Cache: r.Cache}
	split := ""
	for _, s := range []string{dataset.Train, dataset.Test} {
		set, err := m.Recipe.OpenSet(files, s, m.Classes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		printNotes(c, set.Notes)
		frames, err := machine.Integrate(set, m.Recipe.Frames)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		split = set.Split
		if s == dataset.Train {
			run.Train = frames
		} else {
			run.Test = frames
		}
	}
	run.Facts = []report.Fact{
		{What: "recordings", Value: fmt.Sprintf("%s: %d to train, %d to test (%s)", source, run.Train.Len(), run.Test.Len(), split)},
		{What: "seed", Value: fmt.Sprint(m.Recipe.Seed)},
		{What: "epochs", Value: fmt.Sprintf("%d of %d%s", len(run.Metrics), m.Recipe.Train.Epochs, unfinished)},
	}
	return report.Measure(run), nil
}

// shortNames are what is left of the paths of folders without the elements that all begin and end with.
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

package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"ssnn/recipes"
	"ssnn/train"
)

type evalCommand struct {
	Model string `arg:"" help:"A model.safetensors, or a checkpoint."`
	Data  string `help:"Recordings instead of those that the model was trained with: a folder in any layout that ssnn data list knows." placeholder:"DIR"`
	Split string `help:"What to test: Test, Train, or HeldOut, what split.held_out kept from the training." enum:"Test,Train,HeldOut" default:"Test"`
	Cache string `help:"Folder of integrated frames, as of ssnn train." placeholder:"DIR"`
	JSON  bool   `name:"json" help:"Print one line of JSON."`
	threadsFlag
	bitsFlag
	exitFlags
}

// Run is called by kong.
func (e *evalCommand) Run(c console) error {
	threads, err := e.count()
	if err != nil {
		return err
	}
	if e.Exit {
		return e.runExits(c, threads)
	}
	if e.Save != "" || e.EveryStep {
		return usageError{errors.New("--save and --every-step are of --exit, which is not given")}
	}
	m, err := recipes.OpenModel(e.Model, threads)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Net.Quantise(e.Bits); err != nil {
		return err
	}
	m.Recipe = m.Recipe.On(e.Data)
	name := m.Recipe.Dataset
	files, err := openSet(name)
	if err != nil {
		return err
	}
	set, err := m.Recipe.OpenSet(files, e.Split, m.Classes)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	printNotes(c, set.Notes)
	frames, err := recipes.Machine{Threads: threads, Cache: e.Cache}.Integrate(set, m.Recipe.Frames)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	result, err := train.Evaluate(m.Net, frames, m.Recipe.Train.Batch)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if e.JSON {
		return json.NewEncoder(c.out).Encode(result)
	}
	fmt.Fprintf(c.out, "accuracy %.2f %% of %d recordings (balanced by class %.2f %%), loss %.4f\n", 100*result.Accuracy, result.Samples, 100*result.Balanced, result.Loss)
	return printConfusion(c, m.Classes, result.Confusion)
}

// printConfusion prints a row a class: how many of its recordings were taken for each class.
func printConfusion(c console, classes []string, confusion [][]int) error {
	wide := 4
	for _, name := range classes {
		wide = max(wide, len(name)+1)
	}
	fmt.Fprintf(c.out, "%*s", wide, "")
	for _, name := range classes {
		fmt.Fprintf(c.out, "%*s", wide, name)
	}
	fmt.Fprintln(c.out, "  (rows: class, columns: answer)")
	for i, row := range confusion {
		fmt.Fprintf(c.out, "%*s", wide, classes[i])
		for _, n := range row {
			fmt.Fprintf(c.out, "%*d", wide, n)
		}
		fmt.Fprintln(c.out)
	}
	return nil
}

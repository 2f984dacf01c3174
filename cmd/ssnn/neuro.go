package main

import (
	"encoding/json"
	"fmt"

	"ssnn/report"
)

// neuroCommand measures a model by NeuroBench's definitions.
type neuroCommand struct {
	Model string `arg:"" help:"A model.safetensors, a checkpoint, or the folder of a run."`
	Data  string `help:"Recordings instead of those that the model was trained with: a folder in any layout that ssnn data list knows." placeholder:"DIR"`
	Split string `help:"What to measure on: Test, Train, or HeldOut." enum:"Test,Train,HeldOut" default:"Test"`
	Batch int    `help:"Recordings of a pass: a layer's operations are MACs where one input of a pass is none of -1, 0 and 1." default:"16"`
	Cache string `help:"Folder of integrated frames, as of ssnn train." placeholder:"DIR"`
	skipFlag
	unpackFlag
	threadsFlag
	unverifiedFlag
}

// Run is called by kong.
func (n *neuroCommand) Run(c console) error {
	threads, err := n.count()
	if err != nil {
		return err
	}
	if n.Batch < 1 {
		return usageError{fmt.Errorf("--batch %d: want at least 1", n.Batch)}
	}
	machine := n.on(c.machine(threads, n.Cache))
	m, err := openModel(c, machine, n.Model)
	if err != nil {
		return err
	}
	defer m.Close()
	m.Recipe = m.Recipe.On(n.Data)
	n.skipFlag.apply(&m.Recipe.Events)
	n.unpackFlag.apply(&m.Recipe.Events)
	set, frames, err := machine.Samples(m.Resolved(), n.Split, m.Classes)
	if err != nil {
		return anotherCamera(err)
	}
	printNotes(c, set.Notes)
	measured, err := report.MeasureNeuro(machine.Until(), m.Net, frames, n.Batch)
	if err != nil {
		return err
	}
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(measured)
}

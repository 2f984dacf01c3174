package main

import (
	"encoding/json"
	"fmt"

	"ssnn/report"
)

// neuroCommand measures a model by NeuroBench's definitions.
type neuroCommand struct {
	testedModel
	Batch int `help:"Recordings in a batch. The operations of a layer in a batch count as MACs if any of its inputs is not -1, 0 or 1, and as ACs otherwise." default:"16"`
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
	m, err := n.open(c, machine)
	if err != nil {
		return err
	}
	defer m.Close()
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

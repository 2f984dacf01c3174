package main

import (
	"fmt"
)

type recalibrateCommand struct {
	Model     string `arg:"" help:"A model.safetensors of a recipe with network.plans, or the folder of its run."`
	Timesteps []int  `help:"Timesteps of each stage, like 4,3,2,1; no more than the stage has in any of the plans." required:"" placeholder:"T,..."`
	Out       string `short:"o" help:"The model to write." required:"" placeholder:"FILE"`
	Data      string `help:"Training recordings instead of those that the model was trained with: a folder in any layout that ssnn data list knows." placeholder:"DIR"`
	Cache     string `help:"Folder of integrated frames, as of ssnn train." placeholder:"DIR"`
	threadsFlag
	unverifiedFlag
}

// Run is called by kong.
func (r *recalibrateCommand) Run(c console) error {
	threads, err := r.count()
	if err != nil {
		return err
	}
	m, notes, err := r.on(c.machine(threads, r.Cache)).Recalibrate(r.Model, r.Timesteps, r.Data)
	if err != nil {
		return unverifiable(err)
	}
	defer m.Close()
	printNotes(c, notes)
	if err := m.Save(r.Out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s: T_avg %.3g, timesteps %v\n", r.Out,
		m.Net.Config().AverageTimestep(), m.Net.Config().T)
	return err
}

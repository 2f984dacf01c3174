package main

import (
	"fmt"

	"ssnn/internal/atomicfile"
)

type recalibrateCommand struct {
	Model     string `arg:"" help:"Trained model of a recipe with network.plans: a model.safetensors, or the folder of the run."`
	Timesteps []int  `help:"Timesteps of each stage, such as 4,3,2,1. A stage may have at most as many as in one of the plans." required:"" placeholder:"T,..."`
	Out       string `short:"o" help:"Model to write." required:"" placeholder:"FILE"`
	Data      string `help:"Folder with the training recordings to use, in any layout that ssnn data list shows (default: those that the model was trained with)." placeholder:"DIR"`
	Cache     string `help:"Folder that caches frames, as in ssnn train." placeholder:"DIR"`
	threadsFlag
	unverifiedFlag
}

// Run is called by kong.
func (r *recalibrateCommand) Run(c console) error {
	threads, err := r.count()
	if err == nil {
		err = atomicfile.Check(r.Out)
	}
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

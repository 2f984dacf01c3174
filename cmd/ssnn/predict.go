package main

import (
	"encoding/json"
	"fmt"

	"ssnn/recipes"
)

type predictCommand struct {
	Model string   `arg:"" help:"A model.safetensors, or a checkpoint."`
	Files []string `arg:"" name:"file" help:"Recordings."`
	JSON  bool     `name:"json" help:"Print one line of JSON a recording."`
	threadsFlag
	bitsFlag
}

// Run is called by kong. A recording that cannot be read does not keep the others from being recognised, but ends in an
// error.
func (p *predictCommand) Run(c console) error {
	threads, err := p.count()
	if err != nil {
		return err
	}
	m, err := recipes.OpenModel(p.Model, threads)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Net.Quantise(p.Bits); err != nil {
		return err
	}
	failed := 0
	for _, path := range p.Files {
		result, err := m.Predict(path)
		switch {
		case err == nil:
			p.print(c, m.Classes, result)
		case len(p.Files) == 1:
			return err
		default:
			fail(err, c, p.JSON)
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d recordings could not be read", failed, len(p.Files))
	}
	return nil
}

func (p *predictCommand) print(c console, classes []string, r recipes.Prediction) {
	if p.JSON {
		json.NewEncoder(c.out).Encode(r)
		return
	}
	fmt.Fprintf(c.out, "%s: %s ", r.File, r.Class)
	for i, name := range classes {
		fmt.Fprintf(c.out, " %s=%.3f", name, r.Scores[i])
	}
	fmt.Fprintln(c.out)
}

package main

import (
	"encoding/json"
	"fmt"
	"math"

	"ssnn/events"
	"ssnn/recipes"
	"ssnn/train"
)

type predictCommand struct {
	Model string   `arg:"" help:"A model.safetensors, or a checkpoint."`
	Files []string `arg:"" name:"file" help:"Recordings."`
	JSON  bool     `name:"json" help:"Print one line of JSON a recording."`
	threadsFlag
}

// prediction is what is said of a recording.
type prediction struct {
	File   string    `json:"file"`
	Class  string    `json:"class"`
	Scores []float64 `json:"scores"` // softmax of the logits, by class
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
	defer m.Net.Close()
	failed := 0
	for _, path := range p.Files {
		result, err := predict(m, path)
		switch {
		case err == nil:
			p.print(c, m.Classes, result)
		case len(p.Files) == 1:
			return err
		default:
			report(err, c, p.JSON)
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d recordings could not be read", failed, len(p.Files))
	}
	return nil
}

// predict runs the network on one recording.
func predict(m *recipes.Model, path string) (prediction, error) {
	f, err := events.Open(path)
	if err != nil {
		return prediction{}, err
	}
	defer f.Close()
	all, err := events.ReadAll(f)
	if err != nil {
		return prediction{}, fmt.Errorf("%s: %w", path, err)
	}
	counts, err := m.Recipe.Frames.Integrate(all)
	if err != nil {
		return prediction{}, fmt.Errorf("%s: %w", path, err)
	}
	frames := make([]float32, len(counts))
	for i, n := range counts {
		frames[i] = float32(n)
	}
	logits := m.Net.Forward(frames, 1, false).Logits
	best := train.Argmax(logits)
	result := prediction{File: path, Class: m.Classes[best]}
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v - logits[best]))
	}
	for _, v := range logits {
		result.Scores = append(result.Scores, math.Exp(float64(v-logits[best]))/sum)
	}
	return result, nil
}

func (p *predictCommand) print(c console, classes []string, r prediction) {
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

package recipes

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// Model is a trained network with what it needs to know about recordings.
type Model struct {
	Net     *snn.Network
	Recipe  Recipe
	Classes []string
}

// OpenModel reads a model that ssnn wrote. Its errors name the path.
func OpenModel(path string, threads int) (*Model, error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := modelOf(f, threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func modelOf(f *safetensors.File, threads int) (*Model, error) {
	m := &Model{}
	text, ok := f.Metadata[recipeKey]
	if !ok {
		return nil, fmt.Errorf("no model of ssnn: want %q in its metadata", recipeKey)
	}
	if err := json.Unmarshal([]byte(f.Metadata[classesKey]), &m.Classes); err != nil {
		return nil, fmt.Errorf("%q in its metadata: want a list of names: %w", classesKey, err)
	}
	r, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q in its metadata: %w", recipeKey, err)
	}
	if m.Net, err = snn.FromFile(f, threads); err != nil {
		return nil, err
	}
	cfg := m.Net.Config()
	if len(m.Classes) != cfg.Classes || r.Frames.Channels() != cfg.InChannels || r.Frames.Pixels() != (events.Size{Width: cfg.Width, Height: cfg.Height}) {
		m.Net.Close()
		return nil, fmt.Errorf("%d names of classes and frames of %d channels and %v for a network of %d classes, %d channels and %dx%d pixels",
			len(m.Classes), r.Frames.Channels(), r.Frames.Pixels(), cfg.Classes, cfg.InChannels, cfg.Width, cfg.Height)
	}
	m.Recipe, m.Recipe.Frames.T = r, cfg.T[0]
	return m, nil
}

// Close frees what the network holds.
func (m *Model) Close() { m.Net.Close() }

// Prediction is what a model says of a recording.
type Prediction struct {
	File   string    `json:"file"`
	Class  string    `json:"class"`
	Score  float64   `json:"score"`  // of that class
	Scores []float64 `json:"scores"` // softmax of the logits, by class
	Logits []float32 `json:"logits"` // mean over the timesteps, by class
}

// Predict recognises a recording. Its errors name the path.
func (m *Model) Predict(path string) (Prediction, error) {
	f, err := events.Open(path, m.Recipe.Events)
	if err != nil {
		return Prediction{}, err
	}
	defer f.Close()
	integrator, err := frames.NewIntegrator(m.Recipe.Frames)
	if err != nil {
		return Prediction{}, err
	}
	stored, err := integrator.Read(f, 0, 0)
	if err != nil {
		return Prediction{}, fmt.Errorf("%s: %w", path, err)
	}
	values := make([]float32, len(stored))
	for i, n := range stored {
		values[i] = float32(n) * m.Recipe.Frames.Scale()
	}
	p := Prediction{File: path, Logits: slices.Clone(m.Net.Forward(values, 1, false).Logits)}
	best := train.Argmax(p.Logits)
	var sum float64
	for _, v := range p.Logits {
		p.Scores = append(p.Scores, math.Exp(float64(v-p.Logits[best])))
		sum += p.Scores[len(p.Scores)-1]
	}
	for i := range p.Scores {
		p.Scores[i] /= sum
	}
	p.Class, p.Score = m.Classes[best], p.Scores[best]
	return p, nil
}

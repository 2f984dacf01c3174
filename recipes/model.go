package recipes

import (
	"encoding/json"
	"fmt"

	"ssnn/safetensors"
	"ssnn/snn"
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
	if len(m.Classes) != cfg.Classes || r.Frames.Sensor.Width != cfg.Width || r.Frames.Sensor.Height != cfg.Height {
		m.Net.Close()
		return nil, fmt.Errorf("%d names of classes and a sensor of %v for a network of %d classes and %dx%d pixels",
			len(m.Classes), r.Frames.Sensor, cfg.Classes, cfg.Width, cfg.Height)
	}
	m.Recipe, m.Recipe.Frames.T = r, cfg.T[0]
	return m, nil
}

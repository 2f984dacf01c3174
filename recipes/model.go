package recipes

import (
	"encoding/json"
	"fmt"

	"ssnn/infer"
	"ssnn/safetensors"
	"ssnn/snn"
)

// Model is a trained network with its recipe, which says how recordings become its input.
type Model struct {
	Net     *snn.Network // Close frees its memory
	Recipe  Recipe       // as it is written
	Classes []string     // names, in the order of the network's outputs
	Notes   []string     // remarks on its file, such as that it carries no digest
}

// OpenModel reads a model that ssnn wrote, by its file or the folder of its run, see
// [infer.FileOf]. Its errors name the path.
func (m Machine) OpenModel(path string) (*Model, error) {
	path, note, err := infer.FileOf(path)
	if err != nil {
		return nil, err
	}
	f, err := safetensors.Read(path, m.Unverified)
	if err != nil {
		return nil, err
	}
	model, err := modelOf(f, m.Threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if note != "" {
		model.Notes = append(model.Notes, note)
	}
	return model, nil
}

func modelOf(f *safetensors.File, threads int) (*Model, error) {
	m := &Model{Notes: f.Notes()}
	var err error
	if m.Recipe, err = RecipeOf(f); err != nil {
		return nil, err
	}
	if m.Net, err = snn.FromFile(f, threads); err != nil {
		return nil, err
	}
	in, err := infer.InputOf(f, m.Net.Config())
	if err != nil {
		m.Net.Close()
		return nil, err
	}
	m.Classes = in.Classes
	return m, nil
}

// Resolved returns the model's recipe with the values that follow from it for the model's network.
func (m *Model) Resolved() Resolved { return resolved(m.Recipe, m.Net.Config()) }

// RecipeOf returns the recipe by which the network of a file was trained.
func RecipeOf(f *safetensors.File) (Recipe, error) { return recipeIn(f.Metadata) }

func recipeIn(metadata map[string]string) (Recipe, error) {
	text, ok := metadata[infer.RecipeKey]
	if !ok {
		return Recipe{}, fmt.Errorf("no model of ssnn: want %q in its metadata", infer.RecipeKey)
	}
	r, err := Parse(text)
	if err != nil {
		return r, fmt.Errorf("%q in its metadata: %w", infer.RecipeKey, err)
	}
	return r, nil
}

// Save writes the model to a file that OpenModel reads, its recipe as it stands.
func (m *Model) Save(path string) error {
	return safetensors.WriteFile(path, describe(m.Net.Metadata(), m.Recipe.Text(), m.Classes),
		m.Net.Tensors())
}

// Metadata returns what a file of the model says beside its network: the recipe and the classes.
func (m *Model) Metadata() map[string]string {
	return describe(map[string]string{}, m.Recipe.Text(), m.Classes)
}

// describe adds the recipe and the names of the classes to metadata.
func describe(m map[string]string, recipe string, classes []string) map[string]string {
	names, err := json.Marshal(classes)
	if err != nil {
		panic(err) // strings can be written
	}
	m[infer.RecipeKey], m[infer.ClassesKey] = recipe, string(names)
	return m
}

// Close frees what the network holds.
func (m *Model) Close() { m.Net.Close() }

package search

import (
	"fmt"
	"io/fs"

	"ssnn/dataset"
	"ssnn/recipes"
)

// heldOut is the share of the training recordings by which plans are ranked where the recipe holds none out.
const heldOut = 0.2

// data are the recordings of a recipe, integrated for as many timesteps as somebody has asked for.
type data struct {
	recipe  recipes.Recipe // its network is any
	machine recipes.Machine
	files   fs.FS
	classes []string
	made    map[string]*dataset.Frames // by split and timesteps
}

func open(r recipes.Recipe, m recipes.Machine) (*data, error) {
	files, err := m.Open(r.Dataset)
	if err != nil {
		return nil, err
	}
	if r.Split.HeldOut == 0 {
		r.Split.HeldOut = heldOut
	}
	return &data{recipe: r, machine: m, files: files, made: map[string]*dataset.Frames{}}, nil
}

// frames are those of a split, augmented as the recipe says where it is for training.
func (d *data) frames(split string, r recipes.Recipe) (*dataset.Frames, error) {
	key := fmt.Sprint(split, " ", r.Frames.T)
	if f, ok := d.made[key]; ok {
		return f, nil
	}
	set, err := d.set(split)
	if err != nil {
		return nil, err
	}
	f, err := d.machine.Integrate(set, r.Frames)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.recipe.Dataset, err)
	}
	f.Augment = r.Augment
	d.made[key] = f
	return f, nil
}

func (d *data) set(split string) (*dataset.Set, error) {
	set, err := d.recipe.OpenSet(d.files, split, d.classes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.recipe.Dataset, err)
	}
	return set, nil
}

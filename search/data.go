package search

import (
	"fmt"

	"ssnn/dataset"
	"ssnn/recipes"
)

// heldOut is the share of the training recordings that are held out to rank cuts, where the recipe
// holds none out.
const heldOut = 0.2

// data are the recordings of a recipe, integrated for each number of timesteps that is asked for.
type data struct {
	recipe  recipes.Recipe // its network does not matter
	machine recipes.Machine
	classes []string
	made    map[string]*dataset.Frames // by split and timesteps
}

func open(r recipes.Recipe, m recipes.Machine) *data {
	if r.Split.HeldOut == 0 {
		r.Split.HeldOut = heldOut
	}
	return &data{recipe: r, machine: m, made: map[string]*dataset.Frames{}}
}

// frames returns the frames of a split. Those for training are augmented as the recipe says.
func (d *data) frames(split string, r recipes.Resolved) (*dataset.Frames, error) {
	key := fmt.Sprint(split, " ", r.Frames.T)
	if f, ok := d.made[key]; ok {
		return f, nil
	}
	r.Split = d.recipe.Split
	_, f, err := d.machine.Samples(r, split, d.classes)
	if err != nil {
		return nil, err
	}
	f.Augment = r.Augment
	d.made[key] = f
	return f, nil
}

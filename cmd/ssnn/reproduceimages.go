package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"ssnn/dataset"
	"ssnn/experiment"
	"ssnn/recipes"
)

// images makes the recordings of pictures that an experiment asks for, from those of --images, once
// and in the folder of the runs. Without --images their recipe is left out, with a note.
func (r *reproduceCommand) images(c console, e experiment.Experiment, bases []recipes.Recipe) (
	[]recipes.Recipe, error) {

	p := e.Pictures
	at := slices.IndexFunc(bases, func(b recipes.Recipe) bool { return b.Name == p.Recipe })
	if at < 0 {
		if r.Images != "" {
			return nil, usageError{fmt.Errorf("--images: experiment %s has no recipe on pictures, "+
				"want it without --images", e.Name)}
		}
		return bases, nil
	}
	dir := filepath.Join(r.Out, "recordings-of-pictures")
	if _, err := os.Stat(filepath.Join(dir, dataset.Train)); err == nil {
		bases[at].Dataset = dir
		return bases, nil
	}
	if r.Images == "" {
		printNotes(c, []string{fmt.Sprintf("recipe %s is left out: --images PATH makes its "+
			"recordings of the pictures in a folder or zip archive, such as CIFAR-10", p.Recipe)})
		return slices.Delete(bases, at, at+1), nil
	}
	quiet := c
	quiet.out = io.Discard // its output would say how to train with them
	made := dataSynthCommand{
		Dir: dir, Images: r.Images, Train: &p.Train, Test: &p.Test, Seed: p.Seed,
		Threshold: 0.2, Format: "bin",
	}
	if err := made.Run(quiet); err != nil {
		return nil, fmt.Errorf("--images: %w", err)
	}
	bases[at].Dataset = dir
	return bases, nil
}

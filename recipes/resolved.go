package recipes

import (
	"fmt"

	"ssnn/frames"
	"ssnn/internal/limits"
	"ssnn/snn"
	"ssnn/train"
)

// Resolved is a recipe with the values that follow from it for a network and its recordings. They
// are derived here and nowhere else.
type Resolved struct {
	Recipe                // as it is written; Frames and Network below stand for its own
	Frames  frames.Config // with the timesteps of the first stage, and the size filled in
	Network snn.Config    // with its stages, the shape of its frames, and its classes
}

// resolved returns a recipe for a network of that configuration.
func resolved(r Recipe, n snn.Config) Resolved {
	all := Resolved{Recipe: r, Frames: r.Frames, Network: n}
	all.Frames.T, all.Frames.Size = n.T[0], r.Frames.Pixels()
	return all
}

// under returns the recipe for the network under another plan of timesteps.
func (r Resolved) under(T []int) Resolved {
	r.Network.T = T
	return resolved(r.Recipe, r.Network)
}

// Resolve checks the recipe for a set of the given number of classes, and derives the values that
// follow from it. Its errors name the recipe.
func (r Recipe) Resolve(classes int) (Resolved, error) {
	all, err := r.resolve(classes)
	if err != nil && r.Name != "" {
		err = fmt.Errorf("recipe %s: %w", r.Name, err)
	}
	return all, err
}

func (r Recipe) resolve(classes int) (all Resolved, err error) {
	if r.Seed < 0 {
		return all, fmt.Errorf("seed %d, want 0 or more", r.Seed)
	}
	n, err := r.Network.build()
	if err != nil {
		return all, err
	}
	all = resolved(r, n)
	if err := all.Frames.Validate(); err != nil {
		return all, err
	}
	c := &all.Network
	c.Height, c.Width = all.Frames.Size.Height, all.Frames.Size.Width
	c.InChannels, c.Classes = all.Frames.Channels(), classes
	if err := c.Validate(); err != nil {
		return all, err
	}
	if err := r.Augment.Validate(); err != nil {
		return all, err
	}
	if err := r.Train.Validate(); err != nil {
		return all, err
	}
	if r.Augment.Mixup > 0 && r.Train.Sampling == train.BalancedSampling {
		return all, fmt.Errorf("train.sampling is balanced and augment.mixup is %v, which mixes "+
			"in recordings of all classes unbalanced: want one of the two, or "+
			"train.class_weights", r.Augment.Mixup)
	}
	if err := r.Train.ClassWeights.Check(classes); err != nil {
		return all, err
	}
	if err := r.Train.Fits(*c); err != nil {
		return all, err
	}
	return all, r.checkKeeping()
}

// build returns the configuration of the network, with the stages of its model where it names one.
func (n Network) build() (snn.Config, error) {
	if len(n.T) == 0 {
		return n.Config, fmt.Errorf(
			"network.timesteps is missing, want one number for each stage, like [8, 6, 4, 2]")
	}
	if err := limits.Real("network.width", n.Width, 1e-6, 1<<10); err != nil {
		return n.Config, err
	}
	if n.Model == "" {
		return n.Config, nil
	}
	if len(n.Stages) > 0 {
		return n.Config, fmt.Errorf("network.model is %q and network.stages is set too, want one "+
			"of them", n.Model)
	}
	if len(n.Units) != len(n.T) {
		m, err := snn.Model(n.Model, n.Width, n.T)
		if err != nil {
			return n.Config, fmt.Errorf("network: %w", err)
		}
		n.Stages = m.Stages
		return n.Config, nil
	}
	m, err := snn.Model(n.Model, n.Width, []int{1})
	if err != nil {
		return n.Config, fmt.Errorf("network: %w", err)
	}
	n.Stages, err = snn.Cut(m.Stages[0], n.Units)
	if err != nil {
		err = fmt.Errorf("network.units: model %s: %w", n.Model, err)
	}
	return n.Config, err
}

// writtenOut returns the recipe with its network's stages instead of the model that has them.
func (r Recipe) writtenOut() Recipe {
	if n, err := r.Network.build(); err == nil && r.Network.Model != "" {
		r.Network = Network{Width: 1, Config: n}
	}
	return r
}

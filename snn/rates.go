package snn

import (
	"ssnn/internal/collective"
	"ssnn/internal/kernel"
)

// Firing counts how often the neurons of one layer fired in the last forward pass.
type Firing struct {
	Layer string // "stages.0.1.lif"

	// Spikes is the number of spikes. Chances is the number that there would be if every level of
	// every neuron fired at every timestep.
	Spikes, Chances int64
}

// Firing counts the spikes of each layer in the last forward pass, in the order of Spiking. In a
// group it counts the spikes of all members. It takes some thousandths of the time of a training
// step.
func (n *Network) Firing() []Firing {
	var all []Firing
	for _, s := range n.Spiking() {
		a := &s.layer.out
		images := a.images()
		counts := make([]int64, images)
		n.Parallel(images, func(_, i int) { counts[i] = a.spikesOf(i) })
		f := Firing{
			Layer: s.Name(), Chances: int64(images) * int64(a.pixels()*a.c) *
				int64(len(s.layer.levels))}
		for _, count := range counts {
			f.Spikes += count
		}
		all = append(all, f)
	}
	if n.Group().Size() > 1 {
		n.ws.shards.addFiring(all)
	}
	return all
}

// addFiring replaces the counts by their sums over all members of the group.
func (s *sharding) addFiring(all []Firing) {
	own := make([]int64, 2*len(all))
	for i, f := range all {
		own[2*i], own[2*i+1] = f.Spikes, f.Chances
	}
	theirs := make([]int64, len(own)*s.group.Size())
	s.allGather(collective.Bytes(theirs), collective.Bytes(own))
	for i := range all {
		all[i].Spikes, all[i].Chances = 0, 0
		for at := 2 * i; at < len(theirs); at += len(own) {
			all[i].Spikes += theirs[at]
			all[i].Chances += theirs[at+1]
		}
	}
}

// spikesOf is the number of spikes of image n of a layer of neurons. Padded channels have none.
func (a *activation) spikesOf(n int) (count int64) {
	if a.spikes != nil {
		return int64(kernel.CountSpikes(a.spikeImage(n)))
	}
	for _, v := range a.realImage(n) {
		count += int64(v)
	}
	return count
}

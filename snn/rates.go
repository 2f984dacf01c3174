package snn

import "ssnn/internal/kernel"

// Firing is how often the neurons of one layer fired in the last forward pass.
type Firing struct {
	Layer string // "stages.0.1.lif"

	// Spikes is the number of spikes. Chances is how many there would be if every neuron fired at
	// every timestep, a neuron of several levels counting as that many.
	Spikes, Chances int64
}

// Firing counts the spikes of the last forward pass, in the order of Spiking. It takes some
// thousandths of the time of a step of training.
func (n *Network) Firing() []Firing {
	var all []Firing
	for _, s := range n.Spiking() {
		a := &s.layer.out
		images := a.images()
		counts := make([]int64, images)
		n.Parallel(images, func(_, i int) { counts[i] = a.spikesOf(i) })
		f := Firing{Layer: s.Name(), Chances: int64(images) * int64(a.pixels()*a.c) * int64(len(s.layer.levels))}
		for _, count := range counts {
			f.Spikes += count
		}
		all = append(all, f)
	}
	return all
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

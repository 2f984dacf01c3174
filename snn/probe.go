package snn

import (
	"math/bits"
	"strings"

	"ssnn/internal/kernel"
)

// Spiking gives access to one layer of neurons after the last forward pass, for tests, plots and
// statistics.
type Spiking struct{ layer *neurons }

// Spiking lists the layers of neurons in the order of their parameters, those of early classifiers
// last.
func (n *Network) Spiking() []Spiking {
	var all []Spiking
	add := func(l *neurons) { all = append(all, Spiking{l}) }
	for _, s := range n.stages {
		for _, l := range s.layers {
			l.neurons(add)
		}
	}
	for _, s := range n.stages {
		s.early.neurons(add)
	}
	return all
}

// Name is the name of the layer, "stages.0.1.lif".
func (s Spiking) Name() string { return s.layer.name }

// Shape returns the sizes of the layer's output, [T][B][C][H][W].
func (s Spiking) Shape() []int {
	a := &s.layer.out
	return []int{a.T, a.B, a.c, a.h, a.w}
}

// Spikes returns the number of spikes of each neuron, [T][B][C][H][W]: 0 or 1, and with several
// levels 0 to their number.
func (s Spiking) Spikes() []float32 { return s.layer.out.channelsFirst() }

// Membranes returns the membranes u before the reset, [T][B][C][H][W], or with several levels
// [levels][T][B][C][H][W]. It integrates the kept currents again. Without [Network.KeepMembranes]
// it returns nil.
func (s Spiking) Membranes() []float32 { return s.layer.membranes() }

// KeepMembranes makes later passes keep the currents that [Spiking.Membranes] needs, or stops that.
// Passes that keep them are slower and need more memory.
func (n *Network) KeepMembranes(on bool) { n.keep = on }

// RateMap returns the number of spikes at each pixel, as the mean over the channels, [T][B][H][W].
func (s Spiking) RateMap() []float32 {
	a := &s.layer.out
	rates := make([]float32, a.T*a.B*a.pixels())
	for i := range rates {
		n, p := i/a.pixels(), i%a.pixels()
		if a.spikes != nil {
			rates[i] = float32(a.active(n, p))
		} else {
			for _, v := range a.realImage(n)[p*a.stride:][:a.c] {
				rates[i] += v
			}
		}
		rates[i] /= float32(a.c)
	}
	return rates
}

// Rate is the mean number of spikes of a neuron in a timestep: 0 to 1, and with several levels 0 to
// their number.
func (s Spiking) Rate() float64 {
	a := &s.layer.out
	var sum float64
	for n := range a.images() {
		sum += a.mean(n, &s.layer.ws.threads[0])
	}
	return sum / float64(a.images())
}

// StageOutput returns the output of stage i, after its last item, for the last batch:
// [T][B][C][H][W].
func (n *Network) StageOutput(i int) []float32 { return n.stages[i].out.channelsFirst() }

// TransformerWeights returns the shares by which the temporal transformer after stage i divided the
// last batch: [B][T of stage i+1], and for a causal one [B][T of stage i][T of stage i+1]. For a
// windowed transition it returns the softmax of each window, [B][T of stage i]. For any other
// transition it returns nil.
func (n *Network) TransformerWeights(i int) []float32 {
	tt := n.stages[i].next
	if tt == nil {
		return nil
	}
	var d []float32
	for _, v := range tt.shares() {
		d = append(d, float32(v))
	}
	return d
}

// isBias says whether name is the name of the bias of a convolution or a linear layer. A network
// draws such a bias from its seed.
func isBias(name string) bool {
	parts := strings.Split(name, ".")
	if len(parts) < 2 || parts[len(parts)-1] != "bias" {
		return false
	}
	layer := parts[len(parts)-2]
	return !strings.HasPrefix(layer, "bn") && !strings.HasSuffix(layer, "_bn")
}

// Density is the share of the inputs of one convolution that were not zero in the last forward
// pass.
type Density struct {
	Convolution string  // "stages.0.1.conv"
	Share       float64 // 0 to 1
}

// Densities lists the densities of the convolutions of the stages, in their order.
func (n *Network) Densities() []Density {
	var all []Density
	for _, s := range n.stages {
		for _, l := range s.layers {
			convolutions(l, func(c *conv) {
				all = append(all, Density{strings.TrimSuffix(c.weight.Name, ".weight"),
					c.x.density()})
			})
		}
	}
	return all
}

// sampledDensity estimates the density of spikes from about 256 words, which lie evenly apart.
func (a *activation) sampledDensity() float64 {
	const words = 256
	apart := max(1, len(a.spikes)/words) | 1 // odd, so that words of all channels are sampled
	set, looked := 0, 0
	for i := 0; i < len(a.spikes); i += apart {
		set += bits.OnesCount16(a.spikes[i])
		looked += kernel.Lanes
	}
	share := float64(a.c) / float64(a.stride) // share of the lanes that are not padding
	return float64(set) / (share * float64(max(1, looked)))
}

// density is the share of the values that are not zero, without padding.
func (a *activation) density() float64 {
	a.settle()
	set := 0
	if a.spikes != nil {
		set = kernel.CountSpikes(a.spikes)
	} else {
		for _, v := range a.reals[:a.images()*a.size()] {
			if v != 0 {
				set++
			}
		}
	}
	return float64(set) / float64(a.images()*a.pixels()*a.c)
}

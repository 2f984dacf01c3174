package dataset

import (
	"math/rand/v2"
	"slices"
)

// Draw names the random choices of one epoch of one run. They depend on nothing else: neither on
// threads nor on how far the run had come when it was interrupted.
type Draw struct {
	Seed  uint64 // seed of the run
	Epoch int    // number of the epoch, from 0
}

// The independent streams of random numbers of an epoch.
const (
	streamOrder  = 1 + iota
	streamSample // first of several streams, one for each kind of change of a sample
	streamMixup  = 100
	streamJitter = 101
	streamChoice = 102
)

func (d Draw) seed(g *rand.PCG, stream, item int) {
	g.Seed(d.Seed, uint64(stream)<<56|uint64(d.Epoch)<<32|uint64(item))
}

// Choice returns a number from 0 to n-1, drawn uniformly for the item of this number.
func (d Draw) Choice(item, n int) int {
	var g rand.PCG
	d.seed(&g, streamChoice, item)
	return rand.New(&g).IntN(n)
}

// Order writes the order in which the samples 0 to len(order)-1 are shown.
func (d Draw) Order(order []int) {
	for i := range order {
		order[i] = i
	}
	var g rand.PCG
	d.seed(&g, streamOrder, 0)
	rand.New(&g).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}

// Balanced writes an order in which each class is shown as often as the others, however many
// samples it has: class-aware sampling (Shen, Lin and Huang, "Relay backpropagation for effective
// learning of deep convolutional neural networks", ECCV 2016, arXiv 1512.05830). classes has the
// class of each sample. The classes take turns, in an order that is drawn for each round. The
// samples of a class come in a drawn order, which is drawn again when all were shown. Sample i
// stands in the order as i+k*len(order) where it was shown k times before.
func (d Draw) Balanced(order, classes []int) {
	var g rand.PCG
	d.seed(&g, streamOrder, 0)
	r := rand.New(&g)
	shuffle := func(all []int) {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	var turns []int // classes that have samples
	samples := make([][]int, 1+slices.Max(classes))
	for i, class := range classes {
		samples[class] = append(samples[class], i)
	}
	for class, all := range samples {
		if len(all) > 0 {
			turns = append(turns, class)
		}
	}
	shown := make([]int, len(samples)) // samples shown so far, by class
	for at := range order {
		turn := at % len(turns)
		if turn == 0 {
			shuffle(turns)
		}
		class := turns[turn]
		all := samples[class]
		next := shown[class] % len(all)
		if next == 0 {
			shuffle(all)
		}
		order[at] = all[next] + shown[class]/len(all)*len(order)
		shown[class]++
	}
}

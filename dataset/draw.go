package dataset

import (
	"math/rand/v2"
	"slices"
)

// Draw names the random choices of one epoch of one run. They depend on nothing else: neither on
// threads nor on how far the run had come when it was interrupted.
type Draw struct {
	Seed  uint64 // of the run
	Epoch int    // from 0
}

// Streams of random numbers of an epoch; the numbers of one tell nothing of those of another.
const (
	streamOrder  = 1 + iota
	streamSample // and those that follow, one for each kind of change of a sample
	streamMixup  = 100
	streamJitter = 101
	streamChoice = 102
)

func (d Draw) seed(g *rand.PCG, stream, item int) {
	g.Seed(d.Seed, uint64(stream)<<56|uint64(d.Epoch)<<32|uint64(item))
}

// Choice is one of n, all as likely, drawn for what the number item stands for.
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

// Balanced is Order for samples of these classes, where each class is shown as often as the others,
// however many samples it has: class-aware sampling (Shen, Lin and Huang, "Relay backpropagation
// for effective learning of deep convolutional neural networks", ECCV 2016, arXiv 1512.05830). The
// classes take turns, in an order that is drawn for each round. Those of a class come in a drawn
// order, and in another one when all were shown. Sample i is i+k*len(order) when it is shown for
// the k-th time more.
func (d Draw) Balanced(order, classes []int) {
	var g rand.PCG
	d.seed(&g, streamOrder, 0)
	r := rand.New(&g)
	shuffle := func(all []int) {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	var turns []int // the classes that there are
	samples := make([][]int, 1+slices.Max(classes))
	for i, class := range classes {
		samples[class] = append(samples[class], i)
	}
	for class, all := range samples {
		if len(all) > 0 {
			turns = append(turns, class)
		}
	}
	shown := make([]int, len(samples)) // of each class
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

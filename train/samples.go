package train

import (
	"math/rand/v2"
)

// Samples are labelled recordings, integrated into frames.
type Samples interface {
	Len() int
	Label(i int) int
	// Fill writes the frames of the samples of batch to dst [T][len(batch)][H][W][C]. In training draw says which
	// augmentation to draw; it is nil for evaluation.
	Fill(dst []float32, batch []int, draw *Draw)
}

// Draw names the random choices of one epoch of one run.
type Draw struct {
	Seed  uint64
	Epoch int
}

// Streams of random numbers of a run; the numbers of a stream are those of no other.
const (
	streamOrder = 1 + iota
	streamSample
)

// Sample is the generator for what happens to sample i in this epoch, whichever thread and batch it falls to. It seeds g and
// returns nothing, so that one generator serves a whole batch.
func (d Draw) Sample(g *rand.PCG, i int) {
	g.Seed(d.Seed, uint64(streamSample)<<56|uint64(d.Epoch)<<32|uint64(i))
}

// order writes the order in which the samples of an epoch are shown.
func (d Draw) order(order []int) {
	var g rand.PCG
	g.Seed(d.Seed, uint64(streamOrder)<<56|uint64(d.Epoch)<<32)
	for i := range order {
		order[i] = i
	}
	rand.New(&g).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}

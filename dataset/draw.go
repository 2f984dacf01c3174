package dataset

import "math/rand/v2"

// Draw names the random choices of one epoch of one run. They depend on nothing else: neither on threads nor on how far the run
// had come when it was interrupted.
type Draw struct {
	Seed  uint64
	Epoch int
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

package snn

import (
	"fmt"
	"math/bits"

	"ssnn/internal/collective"
	"ssnn/internal/kernel"
)

// A gradient is a sum over the samples of a batch, and a sum of float32s depends on the order of
// its additions. So that several processes get the same bits as one process, the order is fixed. A
// batch of B samples is cut into S shards, of which shard j is the samples
//
//	j*B/S to (j+1)*B/S - 1        rounded down; a shard of a short batch may have none
//
// Each shard has sums of its own, computed like the sums of a whole batch. These are added in a
// balanced binary tree. S is a power of two. In a group of P processes, where P divides S, each
// process has S/P neighbouring shards. It adds up a subtree by itself, and the processes add up the
// rest together, see reduction.go. One shard needs no additions.
//
// The statistics of norms, and the sums that backward needs in a norm, are sums over the batch too.
// Layers need these at once. Every process therefore gathers the float64 sums of all shards, and
// adds them up in the order of the shards, see norm.go.
type sharding struct {
	group collective.Group
	count int // S
	batch int // B of the training pass that runs now: the samples of all members
	err   error

	kept    [][]float32 // by depth in the tree: sums of own shards that wait for their neighbours
	between reduction   // adds up the sums of the members
}

// samples are the samples first to first+count-1 of a batch.
type samples struct{ first, count int }

// Join makes the network one of several that are trained together, one in each member of the group.
// All must have the same parameters, and all members must make the same calls of Forward, Backward,
// Firing and Recalibrate. They then have the same parameters after each step. Of a training batch
// each member gets its own samples, see Own. The error is the group's.
func (n *Network) Join(g collective.Group) error {
	s := &n.ws.shards
	s.group, s.count = g, max(s.count, g.Size())
	return s.between.begin(g)
}

// Group returns the group that the network has joined, or else a group of this network alone.
func (n *Network) Group() collective.Group { return n.ws.shards.group }

// Shard makes the training that follows cut its batches into count shards. count must be a power of
// two and a multiple of the group's size. Without Shard there are as many shards as members.
func (n *Network) Shard(count int) error {
	size := n.ws.shards.group.Size()
	switch {
	case bits.OnesCount(uint(count)) != 1 || count < 1:
		return fmt.Errorf("train.shards %d, want a power of two", count)
	case bits.OnesCount(uint(size)) != 1:
		return fmt.Errorf("%d processes, want a power of two, at most train.shards, which is %d",
			size, count)
	case count < size:
		return fmt.Errorf("train.shards %d for %d processes, want at least as many: --set "+
			"train.shards=%d", count, size, size)
	}
	n.ws.shards.count = count
	return nil
}

// Own returns the samples of a training batch of B samples that this member computes: from to to-1.
func (n *Network) Own(B int) (from, to int) {
	own := n.ws.shards.ownOf(B)
	return own.first, own.first + own.count
}

// Err returns the first error of the group in any pass. Results after an error are undefined.
func (n *Network) Err() error { return n.ws.shards.err }

// own is the number of shards that each member has.
func (s *sharding) own() int { return s.count / s.group.Size() }

// bound is the sample with which shard j of a batch of B samples begins.
func (s *sharding) bound(j, B int) int { return j * B / s.count }

// of returns the samples of a batch of B samples that the member rank has.
func (s *sharding) of(rank, B int) samples {
	first := rank * s.own()
	from := s.bound(first, B)
	return samples{from, s.bound(first+s.own(), B) - from}
}

// ownOf returns the samples of a batch of B samples that this member has.
func (s *sharding) ownOf(B int) samples { return s.of(s.group.Rank(), B) }

// size is the number of samples of shard j of the batch. If there is only one shard, it has all B
// samples of this member.
func (s *sharding) size(j, B int) int {
	if s.count == 1 {
		return B
	}
	return s.bound(j+1, s.batch) - s.bound(j, s.batch)
}

// shard returns the samples of own shard i, counted within this member's B samples.
func (s *sharding) shard(i, B int) samples {
	if s.count == 1 {
		return samples{0, B}
	}
	j := s.group.Rank()*s.own() + i
	return samples{s.bound(j, s.batch) - s.ownOf(s.batch).first, s.size(j, B)}
}

// gather returns the values of all shards from the values of the own shards, by means of the buffer
// all.
func (s *sharding) gather(all *[]float64, own []float64) []float64 {
	if s.group.Size() == 1 {
		return own
	}
	*all = grow(*all, len(own)*s.group.Size())
	s.allGather(collective.Bytes(*all), collective.Bytes(own))
	return *all
}

// allGather calls AllGather of the group, unless an earlier call had an error.
func (s *sharding) allGather(out, in []byte) {
	if s.err == nil {
		s.err = s.group.AllGather(out, in)
	}
}

// gatherSamples writes to dst the values of all samples of the batch, [T][B][size], from the values
// that each member has for its own samples.
func (s *sharding) gatherSamples(dst, own []float32, T, size int) {
	lengths := make([]int, s.group.Size())
	for rank := range lengths {
		lengths[rank] = T * s.of(rank, s.batch).count * size
	}
	if s.err != nil {
		return
	}
	var all []float32
	all, s.err = collective.Gather(s.group, own, lengths)
	for rank := range lengths {
		theirs := s.of(rank, s.batch)
		for t := range T {
			n := copy(dst[(t*s.batch+theirs.first)*size:][:theirs.count*size], all)
			all = all[n:]
		}
	}
}

// picked is the images of some samples among images [steps][of], step by step.
type picked struct {
	samples
	steps, of int
}

func (p picked) len() int { return p.steps * p.count }

// at is the number of picked image i among all images.
func (p picked) at(i int) int { return i/p.count*p.of + p.first + i%p.count }

// together is the number of picked images from i on that lie side by side.
func (p picked) together(i int) int {
	if p.count == p.of {
		return p.len() - i
	}
	return p.count - i%p.count
}

// sumGradients computes the gradients of parameters, of which any may be nil, over the own B
// samples. each writes the gradients of one shard, and sumGradients adds them up in the tree.
func (ws *workspace) sumGradients(B int, each func(shard samples), all ...*Parameter) {
	n := ws.shards.own()
	for i := range n {
		each(ws.shards.shard(i, B))
		depth := bits.TrailingZeros(^uint(i)) // number of sums that wait for this one
		for d := range depth {
			ws.addKept(d, all)
		}
		if i+1 < n {
			ws.shards.keep(depth, all)
		}
	}
	for _, p := range all {
		if p != nil {
			ws.shards.between.reduce(p)
		}
	}
}

// keep stores the gradients at a depth of the tree.
func (s *sharding) keep(depth int, all []*Parameter) {
	for len(s.kept) <= depth {
		s.kept = append(s.kept, nil)
	}
	kept := s.kept[depth][:0]
	for _, p := range all {
		if p != nil {
			kept = append(kept, p.Gradient...)
		}
	}
	s.kept[depth] = kept
}

// addKept adds the gradients that are stored at a depth to the present ones.
func (ws *workspace) addKept(depth int, all []*Parameter) {
	kept := ws.shards.kept[depth]
	for _, p := range all {
		if p != nil {
			ws.add(p.Gradient, kept[:len(p.Gradient)])
			kept = kept[len(p.Gradient):]
		}
	}
}

// addTree adds up count parts of the same length in a balanced binary tree. count is a power of
// two. The sum is left in the first part; the other parts are changed too.
func addTree(parts []float32, count int) {
	size := len(parts) / count
	for apart := 1; apart < count; apart *= 2 {
		for i := 0; i < count; i += 2 * apart {
			kernel.AddScaled(parts[i*size:][:size], parts[(i+apart)*size:][:size], 1)
		}
	}
}

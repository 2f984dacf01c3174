package snn

import (
	"fmt"
	"math/bits"

	"ssnn/internal/collective"
	"ssnn/internal/kernel"
)

// A gradient is a sum over the samples of a batch, and a sum of float32 depends on the order in
// which it is made. So that several processes come to the same bits as one, that order is part of
// the arithmetic: a batch of B samples is cut into S shards, of which shard j is the samples
//
//	j*B/S to (j+1)*B/S - 1        rounded down; a shard of a short batch may have none
//
// Each shard has sums of its own, made as those of a whole batch are, and these are added in a
// balanced binary tree. S is a power of two. A group of P processes, P a divisor of S, has S/P
// neighbouring shards each: its part of the tree is a subtree, and the rest is made between the
// processes, see reduction.go. With one shard there is nothing to add, and nothing changes.
//
// The statistics of norms, and what the way back through a norm needs, are sums over the batch too.
// Layers need these at once: the float64 sums of each shard are gathered, and every process adds up
// those of all shards in their order, see norm.go.
type sharding struct {
	group collective.Group
	count int // S
	batch int // B of the training under way, the samples of all members together
	err   error

	kept    [][]float32 // sums of own shards that wait for their neighbours', by depth in the tree
	between reduction   // of the members' sums
}

// samples are some that lie side by side.
type samples struct{ first, count int }

// Join makes the network one of several with the same parameters, each in a member of the group,
// that are trained together: every member calls Forward, Backward, Firing and Recalibrate as the
// others do, and has the same parameters afterwards. Of a batch of training each is shown its own
// samples, see Own. The error is the group's.
func (n *Network) Join(g collective.Group) error {
	s := &n.ws.shards
	s.group, s.count = g, max(s.count, g.Size())
	return s.between.begin(g)
}

// Group returns the group that the network has joined, or else a group of this network alone.
func (n *Network) Group() collective.Group { return n.ws.shards.group }

// Shard cuts the batches of the training that follows into so many shards, a power of two and a
// multiple of the group's size: without that, as many as the group has members.
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

// Own returns the samples of a training batch of B samples that this member is shown: from to to-1.
func (n *Network) Own(B int) (from, to int) {
	own := n.ws.shards.ownOf(B)
	return own.first, own.first + own.count
}

// Err returns the first error of the group in any pass. The results of later passes mean nothing.
func (n *Network) Err() error { return n.ws.shards.err }

// own is the number of shards that each member has.
func (s *sharding) own() int { return s.count / s.group.Size() }

// bound is where shard j of a batch of B samples begins.
func (s *sharding) bound(j, B int) int { return j * B / s.count }

// of are the samples of a batch that a member has.
func (s *sharding) of(rank, B int) samples {
	first := rank * s.own()
	from := s.bound(first, B)
	return samples{from, s.bound(first+s.own(), B) - from}
}

// ownOf are those that this one has.
func (s *sharding) ownOf(B int) samples { return s.of(s.group.Rank(), B) }

// size is the number of samples of shard j of the batch under way, of which this member has B. One
// shard is all of them, whatever Forward was told.
func (s *sharding) size(j, B int) int {
	if s.count == 1 {
		return B
	}
	return s.bound(j+1, s.batch) - s.bound(j, s.batch)
}

// shard is the own shard number i, among the own B samples.
func (s *sharding) shard(i, B int) samples {
	if s.count == 1 {
		return samples{0, B}
	}
	j := s.group.Rank()*s.own() + i
	return samples{s.bound(j, s.batch) - s.ownOf(s.batch).first, s.size(j, B)}
}

// gather returns the values of all shards, of those of the own ones.
func (s *sharding) gather(all *[]float64, own []float64) []float64 {
	if s.group.Size() == 1 {
		return own
	}
	*all = grow(*all, len(own)*s.group.Size())
	s.allGather(collective.Bytes(*all), collective.Bytes(own))
	return *all
}

// allGather is the group's, until that has an error.
func (s *sharding) allGather(out, in []byte) {
	if s.err == nil {
		s.err = s.group.AllGather(out, in)
	}
}

// gatherSamples writes values of all samples of the batch, [T][B][size], of those that the members
// have of their own.
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

// picked are those of images [steps][of] that belong to some samples, step by step.
type picked struct {
	samples
	steps, of int
}

func (p picked) len() int { return p.steps * p.count }

// at is the number of image i of them among all.
func (p picked) at(i int) int { return i/p.count*p.of + p.first + i%p.count }

// together is how many of them, from i on, lie side by side.
func (p picked) together(i int) int {
	if p.count == p.of {
		return p.len() - i
	}
	return p.count - i%p.count
}

// sumGradients makes the gradients of parameters, of which any may be nil, for the own B samples:
// each writes those that the samples of one shard alone have.
func (ws *workspace) sumGradients(B int, each func(shard samples), all ...*Parameter) {
	n := ws.shards.own()
	for i := range n {
		each(ws.shards.shard(i, B))
		depth := bits.TrailingZeros(^uint(i)) // as many neighbours before it wait
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

// keep puts the gradients away at a depth.
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

// addKept adds to the gradients what is kept at a depth.
func (ws *workspace) addKept(depth int, all []*Parameter) {
	kept := ws.shards.kept[depth]
	for _, p := range all {
		if p != nil {
			ws.add(p.Gradient, kept[:len(p.Gradient)])
			kept = kept[len(p.Gradient):]
		}
	}
}

// addTree adds up parts of the same length, a power of two of them, in a balanced binary tree. The
// sum is in the first, the others are changed too.
func addTree(parts []float32, count int) {
	size := len(parts) / count
	for apart := 1; apart < count; apart *= 2 {
		for i := 0; i < count; i += 2 * apart {
			kernel.AddScaled(parts[i*size:][:size], parts[(i+apart)*size:][:size], 1)
		}
	}
}

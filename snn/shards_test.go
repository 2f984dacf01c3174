package snn

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"ssnn/internal/collective"
)

// ownFrames are the frames [T][B] of the samples from one to before another.
func ownFrames(frames []float32, T, B, from, to int) (own []float32) {
	size := len(frames) / (T * B)
	for t := range T {
		own = append(own, frames[(t*B+from)*size:(t*B+to)*size]...)
	}
	return own
}

// asMember makes steps of training with batches of some sizes as a member of a group, and returns
// all numbers that they make, by what they are.
func asMember(t *testing.T, c Config, g collective.Group, shards, threads int,
	batches []int) map[string][]float32 {

	n, err := New(c, 3, threads)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Join(g); err != nil {
		t.Error(err)
	}
	if err := n.Shard(shards); err != nil {
		t.Error(err)
	}
	n.ws.group = 1 << 12 // so that there are several groups of images
	all := map[string][]float32{}
	for step, B := range batches {
		if len(c.Plans) > 0 {
			n.UsePlan(step % len(c.Plans))
		}
		from, to := n.Own(B)
		frames := randomFramesOf(c, n.T[0], B, uint64(step))
		out := n.Forward(ownFrames(frames, n.T[0], B, from, to), B, true)
		name := func(what string) string { return fmt.Sprintf("%s of step %d", what, step) }
		all[name("logits")] = slices.Clone(out.Logits)
		var early [][]float32
		for i, e := range out.Early {
			all[name(fmt.Sprintf("early logits %d", i))] = slices.Clone(e)
			early = append(early, upstream(len(e)))
		}
		last := upstream(len(out.Logits))
		if step == 1 { // of each timestep
			last = upstream(len(out.Logits) * len(out.Steps))
		}
		n.Backward(last, early)
		for _, p := range n.Parameters() {
			all[name(p.Name)] = slices.Clone(p.Gradient)
			for i, g := range p.Gradient {
				p.Value[i] -= 0.01 * g
			}
		}
		for _, p := range n.Statistics() {
			all[name(p.Name)] = slices.Clone(p.Value)
		}
		for _, f := range n.Firing() {
			all[name("firing of "+f.Layer)] = []float32{float32(f.Spikes), float32(f.Chances)}
		}
	}
	left := batches
	if err := n.Recalibrate(func() ([]float32, int, error) {
		if len(left) == 0 {
			return nil, 0, nil
		}
		B := left[0]
		left = left[1:]
		from, to := n.Own(B)
		return ownFrames(randomFramesOf(c, n.T[0], B, 99), n.T[0], B, from, to), B, nil
	}); err != nil {
		t.Error(err)
	}
	for _, p := range n.Statistics() {
		all["recalibrated "+p.Name] = slices.Clone(p.Value)
	}
	if err := n.Err(); err != nil {
		t.Error(err)
	}
	return all
}

func randomFramesOf(c Config, T, B int, seed uint64) []float32 {
	c.T = []int{T}
	return randomFrames(c, B, seed)
}

// shared is what the members of a group of some size come to, which is the same in all of them.
func shared(t *testing.T, c Config, size, shards int, batches []int) map[string][]float32 {
	all := make([]map[string][]float32, size)
	var members sync.WaitGroup
	for rank, g := range collective.Local(size) {
		members.Go(func() { all[rank] = asMember(t, c, g, shards, 1+(size+rank)%3, batches) })
	}
	members.Wait()
	for rank := range all {
		expectSameBits(t, fmt.Sprintf("member %d of %d", rank, size), all[rank], all[0])
	}
	return all[0]
}

func expectSameBits(t *testing.T, what string, got, want map[string][]float32) {
	t.Helper()
	for name := range want {
		if !slices.Equal(got[name], want[name]) {
			t.Errorf("%s has another %s", what, name)
		}
	}
}

// One member or eight: the same bits, of every part that networks have, also where a batch leaves
// shards and members without samples, and with other numbers of threads.
func TestMembersDoNotChangeTheNumbers(t *testing.T) {
	configs := smallConfigs(t)
	plans := configs["vgg"]
	plans.Plans = [][]int{{4, 2}, {2, 1}, {1, 1}}
	shared1 := configs["vgg"]
	shared1.Stages = [][]Item{{Conv(5), AvgPool(2)}, {Conv(6)}, {Conv(5)}}
	shared1.T, shared1.Early.Shared, shared1.Early.Channels = []int{3, 2, 1}, true, 4
	grouped := configs["vgg"]
	grouped.Stages = [][]Item{
		{ConvOf(16, Windows(3, 2, 1)), Depthwise(Windows(3, 1, 1))},
		{ConvOf(32, Geometry{Square(1), Square(1), Square(0), Square(1), 4})},
	}
	configs["plans"], configs["shared classifiers"], configs["groups"] = plans, shared1, grouped
	for name, c := range configs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, shards := range []int{2, 8} {
				batches := []int{11, 3, 1}
				want := shared(t, c, 1, shards, batches)
				for size := 2; size <= shards; size *= 2 {
					what := fmt.Sprintf("a group of %d with %d shards", size, shards)
					expectSameBits(t, what, shared(t, c, size, shards, batches), want)
				}
			}
		})
	}
}

// Shards change the order of additions and nothing else: the gradients are those of one shard but
// for rounding.
func TestShardsRound(t *testing.T) {
	for name, c := range smallConfigs(t) {
		batches := []int{7}
		want, got := shared(t, c, 1, 1, batches), shared(t, c, 1, 4, batches)
		for p := range want {
			scale := math.Sqrt(dot(want[p], want[p]) / float64(len(want[p])))
			for i, w := range want[p] {
				if d := math.Abs(float64(got[p][i] - w)); d > 2e-4*(scale+math.Abs(float64(w))) {
					t.Errorf("%s: %s, element %d: %v with 4 shards, %v with one (scale %v)", name,
						p, i, got[p][i], w, scale)
					break
				}
			}
		}
	}
}

// Stages that are held take no part in any exchange, and the others are what they are in one
// member.
func TestMembersOfHeldStages(t *testing.T) {
	c := smallConfigs(t)["vgg"]
	run := func(g collective.Group) []float32 {
		n, err := New(c, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		n.Join(g)
		n.Shard(2)
		n.Hold(1)
		from, to := n.Own(5)
		out := n.Forward(ownFrames(randomFrames(c, 5, 1), c.T[0], 5, from, to), 5, true)
		n.Backward(out.Logits, [][]float32{out.Early[0]})
		var all []float32
		for _, p := range n.Parameters() {
			if p.Stage() != 0 {
				all = append(all, p.Gradient...)
			}
		}
		return all
	}
	want := run(collective.Alone())
	var members sync.WaitGroup
	for _, g := range collective.Local(2) {
		members.Go(func() {
			if !slices.Equal(run(g), want) {
				t.Errorf("member %d has other gradients", g.Rank())
			}
		})
	}
	members.Wait()
}

func TestShardRefuses(t *testing.T) {
	c := smallConfigs(t)["vgg"]
	for _, r := range []struct {
		size, shards int
		want         string
	}{
		{1, 3, "train.shards 3, want a power of two"},
		{1, 0, "train.shards 0, want a power of two"},
		{4, 2, "train.shards 2 for 4 processes, want at least as many"},
		{3, 4, "3 processes, want a power of two, at most train.shards, which is 4"},
	} {
		n, err := New(c, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		n.ws.shards.group = collective.Local(r.size)[0]
		if err := n.Shard(r.shards); err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%d shards for %d: error %v, want %q", r.shards, r.size, err, r.want)
		}
		n.Close()
	}
}

// Where the group is lost, passes end, and Err says why.
func TestLostGroup(t *testing.T) {
	c := smallConfigs(t)["vgg"]
	all := collective.Local(2)
	n, err := New(c, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	var other sync.WaitGroup
	other.Go(func() { all[1].Beside() })
	if err := n.Join(all[0]); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	if err := n.Shard(2); err != nil {
		t.Fatal(err)
	}
	all[1].Abort(3)
	from, to := n.Own(4)
	out := n.Forward(ownFrames(randomFrames(c, 4, 1), c.T[0], 4, from, to), 4, true)
	n.Backward(out.Logits, [][]float32{out.Early[0]})
	want := "member 1 has ended the group"
	if err := n.Err(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v", err)
	}
}

// The balanced tree, by the picture.
func TestTree(t *testing.T) {
	parts := []float32{1e8, 1, -1e8, 1, 3, 4, 5, 6}
	want := ((parts[0] + parts[1]) + (parts[2] + parts[3])) +
		((parts[4] + parts[5]) + (parts[6] + parts[7]))
	sum := slices.Clone(parts)
	if addTree(sum, 8); sum[0] != want {
		t.Errorf("addTree gives %v, want %v", sum[0], want)
	}
	ws := newWorkspace(1)
	defer ws.close()
	ws.shards.count, ws.shards.batch = 8, 8
	p := &Parameter{Gradient: make([]float32, 1)}
	ws.sumGradients(8, func(shard samples) { p.Gradient[0] = parts[shard.first] }, p, nil)
	if p.Gradient[0] != want {
		t.Errorf("sumGradients gives %v, want %v", p.Gradient[0], want)
	}
}

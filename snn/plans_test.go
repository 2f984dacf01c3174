package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// plansConfig is a small network with every kind of layer whose memory depends on timesteps.
func plansConfig(transition Transition) Config {
	c := Default()
	c.Height, c.Width, c.Classes = 6, 6, 3
	c.Stages = [][]Item{{Conv(5), AvgPool(2)}, {Conv(18), Block(8, 1)}, {Current(6), Neurons()}}
	c.T, c.Plans = []int{4, 3, 2}, [][]int{{6, 2, 1}, {2, 2, 2}, {1, 1, 1}}
	c.Transition = transition
	c.TTBias = transition.hasScores()
	c.Early.On = true
	return c
}

// trainingPass runs a batch in training and goes back, with a gradient of 1 everywhere, and returns
// what came out.
func trainingPass(n *Network, frames []float32, B int) map[string][]float32 {
	out := n.Forward(frames, B, true)
	ones := slices.Repeat([]float32{1}, len(out.Logits))
	ones[0] = -2
	all := map[string][]float32{"logits": slices.Clone(out.Logits)}
	var early [][]float32
	for i, l := range out.Early {
		all[fmt.Sprint("early", i)] = slices.Clone(l)
		early = append(early, ones)
	}
	n.Backward(ones, early)
	for _, p := range n.Parameters() {
		all[p.Name] = p.Export(p.Gradient)
	}
	for _, p := range n.Statistics() {
		all[p.Name] = p.Export(p.Value)
	}
	return all
}

// Under each of its plans, in any order, a network is the ordinary one with the same weights, those
// of linear layers over time being the upper left parts of the matrices: outputs, gradients and
// statistics have the same bits, and the rest of these matrices has no gradient.
func TestPlansAreNetworks(t *testing.T) {
	for _, transition := range []Transition{
		Softmax, Causal, Linear, Mean, Repeat, Truncate, Merge,
	} {
		cfg := plansConfig(transition)
		if transition == Merge {
			cfg.Leak = PerWindow
		}
		net, err := New(cfg, 3, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		g := maker{rand.New(rand.NewPCG(20, 20))}
		for _, i := range []int{0, 2, -1, 1, 0} {
			T := cfg.T
			if i >= 0 {
				T = cfg.Plans[i]
			}
			if net.UsePlan(i); !slices.Equal(net.Timesteps(), T) {
				t.Fatalf("timesteps %v under plan %d, want %v", net.Timesteps(), i, T)
			}
			alone := cfg
			alone.T, alone.Plans = T, nil
			twin, err := New(alone, 99, 1)
			if err != nil {
				t.Fatal(err)
			}
			for j, p := range slices.Concat(twin.parameters, twin.statistics) {
				if err := p.Import(p.Value, upperLeft(slices.Concat(net.parameters,
					net.statistics)[j], p.Shape)); err != nil {
					t.Fatal(err)
				}
			}
			const B = 3
			frames := g.vector(T[0] * B * 6 * 6 * 2)
			want, got := trainingPass(twin, frames, B), trainingPass(net, frames, B)
			for j, p := range net.parameters {
				whole, shape := got[p.Name], twin.parameters[j].Shape
				outside := 0.
				for _, v := range whole {
					outside += math.Abs(float64(v))
				}
				got[p.Name] = upperLeft(&Parameter{Shape: p.Shape, Value: whole}, shape)
				for _, v := range got[p.Name] {
					outside -= math.Abs(float64(v))
				}
				if math.Abs(outside) > 1e-12 {
					t.Errorf("%d, plan %v: %s has gradients of a size of %v outside its part %v "+
						"of %v", transition, T, p.Name, outside, shape, p.Shape)
				}
			}
			for name := range want {
				if !slices.Equal(got[name], want[name]) {
					t.Errorf("%d, plan %v: %s is %v, want %v", transition, T, name, got[name],
						want[name])
				}
			}
			twin.Close()
		}
	}
}

// upperLeft is the part of a parameter, in the order of files, that has the shape, which is smaller
// in no, one or two dimensions.
func upperLeft(p *Parameter, shape []int) []float32 {
	all := p.Export(p.Value)
	switch {
	case slices.Equal(shape, p.Shape):
		return all
	case len(shape) == 1:
		return all[:shape[0]]
	}
	var part []float32
	for row := range shape[0] {
		part = append(part, all[row*p.Shape[1]:][:shape[1]]...)
	}
	return part
}

// A network for one plan infers what the network of many does under it; a plan that no training has
// seen is one too, and one that is too large is refused.
func TestWithTimesteps(t *testing.T) {
	net, err := New(plansConfig(Causal), 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	g := maker{rand.New(rand.NewPCG(21, 21))}
	for i, T := range append([][]int{{5, 3, 1}}, net.cfg.Plans...) {
		one, err := net.WithTimesteps(T, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer one.Close()
		if got := one.Config(); len(got.Plans) != 0 || !slices.Equal(got.T, T) {
			t.Errorf("timesteps %v, plans %v, want %v and none", got.T, got.Plans, T)
		}
		if shape := one.stages[0].next.(*mixture).weight.Shape; !slices.Equal(shape,
			[]int{T[1], T[0]}) {
			t.Errorf("%v: weights of shape %v", T, shape)
		}
		if i == 0 {
			continue
		}
		frames := g.vector(T[0] * 2 * 6 * 6 * 2)
		net.UsePlan(i - 1)
		if got, want := one.Forward(frames, 2, false).Logits, net.Forward(frames, 2,
			false).Logits; !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", T, got, want)
		}
	}
	if _, err := net.WithTimesteps([]int{7, 2, 1}, 1); err == nil ||
		err.Error() != "network: 7 timesteps in stage 1, want at most 6, as its transitions were "+
			"trained" {

		t.Errorf("error %v", err)
	}
	if _, err := net.WithTimesteps([]int{4, 2}, 1); err == nil {
		t.Error("2 timesteps for 3 stages are no error")
	}
}

// Recalibrated statistics are those of one batch of all samples where what comes in does not depend
// on the batch, and of one batch they are what training with momentum 1 leaves everywhere. What
// they were before does not matter, nor do threads.
func TestRecalibrate(t *testing.T) {
	cfg := plansConfig(Softmax)
	g := maker{rand.New(rand.NewPCG(22, 22))}
	const B, frame = 7, 6 * 6 * 2
	frames := g.vector(cfg.T[0] * B * frame)
	calibrated := func(threads int, before float32, cuts ...int) []float32 {
		net, err := New(cfg, 3, threads)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		for _, p := range net.statistics {
			p.fill(before)
		}
		from := 0
		err = net.Recalibrate(func() ([]float32, int, error) {
			if len(cuts) == 0 {
				return nil, 0, nil
			}
			n := cuts[0]
			var batch []float32
			for step := range cfg.T[0] {
				batch = append(batch, frames[(step*B+from)*frame:][:n*frame]...)
			}
			cuts, from = cuts[1:], from+n
			return batch, n, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var all []float32
		for _, p := range net.statistics {
			all = append(all, p.Export(p.Value)...)
		}
		return all
	}
	one := cfg
	one.Momentum = 1
	net, err := New(one, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	net.Forward(frames, B, true)
	var want []float32
	for _, p := range net.statistics {
		want = append(want, p.Export(p.Value)...)
	}
	if got := calibrated(2, 5, 7); !slices.Equal(got, want) {
		t.Errorf("of one batch %v, want %v", got, want)
	}
	cut := calibrated(1, 5, 1, 4, 2)
	for i, v := range cut[:2*5] { // mean and variance of the first layer's five channels
		if math.Abs(float64(v-want[i])) > 1e-6 {
			t.Errorf("of three batches, value %d of the first layer is %v, want %v", i, v, want[i])
		}
	}
	if slices.Equal(cut, want) {
		t.Error("of three batches all is as of one: they were not normed each by itself")
	}
	if again := calibrated(2, -1, 1, 4, 2); !slices.Equal(again, cut) {
		t.Errorf("other statistics before, and two threads: %v, want %v", again, cut)
	}
	if err := net.Recalibrate(func() ([]float32, int, error) { return nil, 0, nil }); err == nil {
		t.Error("no samples are no error")
	}
}

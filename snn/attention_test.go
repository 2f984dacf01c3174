package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ssnn/internal/kernel"
)

// attentionShapes are images and numbers of heads. Heads fill words, share them, and lie across
// them.
var attentionShapes = []struct {
	in    shape
	heads int
}{{shape{16, 3, 2}, 1}, {shape{32, 2, 2}, 2}, {shape{12, 3, 3}, 3}, {shape{20, 2, 3}, 2},
	{shape{5, 1, 4}, 5}, {shape{34, 1, 1}, 1}}

// slowMixing is (Q K^T) V / sqrt(d) as it stands, for x [T*B][Q, K, V][pixels].
func slowMixing(in shape, heads int, x []float32) []float32 {
	c, n, d := in.c, in.pixels(), in.c/heads
	y := make([]float32, len(x)/3)
	for image := range len(x) / (3 * c * n) {
		q, k, v := x[3*image*c*n:], x[(3*image+1)*c*n:], x[(3*image+2)*c*n:]
		for head := range heads {
			for i := range n {
				for j := range n {
					var match float32
					for e := head * d; e < (head+1)*d; e++ {
						match += q[e*n+i] * k[e*n+j]
					}
					for e := head * d; e < (head+1)*d; e++ {
						y[(image*c+e)*n+i] += match * v[e*n+j] * float32(1/math.Sqrt(float64(d)))
					}
				}
			}
		}
	}
	return y
}

func TestMixingForward(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(10, 10))}
	ws := newWorkspace(2)
	defer ws.close()
	for _, s := range attentionShapes {
		m := newMixing(ws, &Node{Name: "attention", Out: s.in.public(), Heads: s.heads})
		x := g.spikes(shape{3 * s.in.c, s.in.h, s.in.w}, 2, 3)
		got := m.forward(learning, x).channelsFirst()
		want := slowMixing(s.in, s.heads, x.channelsFirst())
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-5 {
				t.Fatalf("%+v, element %d: got %v, want %v", s, i, got[i], want[i])
			}
		}
	}
}

// The operations of attention are those that one counts over all products of Q (K^T V). The network
// reports them after a pass and after a walk.
func TestMixingSynapses(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(12, 12))}
	ws := newWorkspace(2)
	defer ws.close()
	for _, s := range attentionShapes {
		m := newMixing(ws, &Node{Name: "attention", Out: s.in.public(), Heads: s.heads})
		a := g.spikes(shape{3 * s.in.c, s.in.h, s.in.w}, 2, 3)
		var counted float64
		m.forward(pass{products: &counted}, a)
		want := slowMixingSynapses(s.in, s.heads, a.channelsFirst())
		some := want.Active > 0 && want.Active < want.All
		if got := m.synapses(); got != want || counted != float64(want.Active) || !some {
			t.Errorf("%+v: got %+v, and counted %v, want %+v", s, got, counted, want)
		}
	}

	cfg := Default()
	cfg.Height, cfg.Width, cfg.T = 6, 6, []int{2, 1}
	cfg.Stages = [][]Item{{Conv(16)}, {Attention(2)}}
	net, err := New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	frames := g.vector(2 * 6 * 6 * 2)
	net.CountOperations(true)
	net.Forward(frames, 1, false)
	var sum float64
	var names []string
	for _, s := range net.Synapses() {
		sum += float64(s.Active)
		names = append(names, s.Layer)
	}
	if want := []string{"stages.0.0.conv", "stages.1.0.qkv_conv", "stages.1.0.attention",
		"stages.1.0.proj_conv", "fc"}; !slices.Equal(names, want) {

		t.Errorf("layers %v, want %v", names, want)
	}
	if got := net.Operations(); got != sum || sum == 0 {
		t.Errorf("%v operations were counted, and the layers have %v", got, sum)
	}
	net.CountOperations(true)
	net.walkAll(frames, 0)
	if got := net.Operations(); got != sum {
		t.Errorf("a walk has %v operations, want %v", got, sum)
	}
}

// slowMixingSynapses goes over all products, for x as slowMixing has it.
func slowMixingSynapses(in shape, heads int, x []float32) Synapses {
	s := Synapses{Layer: "attention", Spikes: true, Strengths: 1, Ternary: true}
	c, n, d := in.c, in.pixels(), in.c/heads
	for image := range len(x) / (3 * c * n) {
		at := func(part, channel, pixel int) float32 {
			return x[((3*image+part)*c+channel)*n+pixel]
		}
		for pixel := range n {
			for i := range c {
				for j := i / d * d; j < i/d*d+d; j++ {
					s.All += 2
					if at(1, i, pixel)*at(2, j, pixel) != 0 {
						s.Active++
					}
					if at(0, i, pixel) != 0 {
						s.Active++
					}
				}
			}
		}
	}
	return s
}

// Attention is linear in each of Q, K and V. If the other two stay and the third has other spikes,
// <y', g> is the product of these spikes and their gradient.
func TestMixingBackwardIsTheAdjoint(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(11, 11))}
	ws := newWorkspace(2)
	defer ws.close()
	for _, s := range attentionShapes {
		m := newMixing(ws, &Node{Name: "attention", Out: s.in.public(), Heads: s.heads})
		all := shape{3 * s.in.c, s.in.h, s.in.w}
		x, other := g.spikes(all, 2, 2), g.spikes(all, 2, 2)
		up := masked(g.vector(len(m.forward(learning, x).reals)), s.in.c)
		dx := slices.Clone(m.backward(learning, slices.Clone(up), true))
		for i, part := range []string{"Q", "K", "V"} {
			mixed := &activation{}
			mixed.setSpikes(all, 2, 2)
			clear(mixed.spikes)
			var want float64
			for p := range 2 * 2 * all.pixels() {
				for c := range all.c {
					from := x
					if c/s.in.c == i {
						from = other
					}
					word := p*x.words() + c/kernel.Lanes
					if from.spikes[word]>>(c%kernel.Lanes)&1 != 0 {
						mixed.spikes[word] |= 1 << (c % kernel.Lanes)
						if from == other {
							want += float64(dx[p*x.stride+c])
						}
					}
				}
			}
			got := dot(m.forward(learning, mixed).reals, up)
			if math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
				t.Errorf("%+v: <y(%s'), g> = %v, <%s', d%s> = %v", s, part, got, part, part, want)
			}
		}
		for i := range dx {
			if i%x.stride >= all.c && dx[i] != 0 {
				t.Errorf("%+v: padding %d has the gradient %v", s, i, dx[i])
			}
		}
	}
}

func ExampleAttention() {
	c := Default()
	c.Height, c.Width = 8, 8
	c.Stages, c.T = [][]Item{{Conv(32), OverlappingMaxPool(3, 2, 1), Position()},
		{Attention(2), MLP(4), GlobalPool()}}, []int{3, 2}
	fmt.Println(c.Validate())
	fmt.Println(c.Describe())
	fmt.Println("average timestep", c.AverageTimestep())
	c.Stages[1][0] = Attention(3)
	fmt.Println(c.Validate())
	// Output:
	// <nil>
	// conv 32, maxpool 3 2 1, position (T 3) | attention 2, mlp 4, globalpool (T 2) | fc 10
	// average timestep 2.25
	// network: stage 2, item 1: attention 3 does not divide 32 channels
}

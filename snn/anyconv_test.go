package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A convolution of any geometry and kind of input is the one of the definition, forward and, as its
// adjoint, backward.
func TestAnyConvolution(t *testing.T) {
	ws := newWorkspace(2)
	defer ws.close()
	rapid.Check(t, func(t *rapid.T) {
		g := maker{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
		draw := func(name string, from, to int) int {
			return rapid.IntRange(from, to).Draw(t, name)
		}
		pair := func(name string, from, to int) Pair {
			return Pair{draw(name+" down", from, to), draw(name+" across", from, to)}
		}
		geometry := Geometry{
			Kernel: pair("kernel", 1, 8), Stride: pair("stride", 1, 4),
			Padding:  pair("padding", 0, 4),
			Dilation: pair("dilation", 1, 3), Groups: draw("groups", 1, 4),
		}
		in := shape{
			geometry.Groups * draw("inputs", 1, 20),
			geometry.reach(0) + draw("height", 1, 6), geometry.reach(1) + draw("width", 1, 6),
		}
		out := geometry.Groups * draw("outputs", 1, 20)
		if draw("depthwise", 0, 3) == 0 {
			geometry.Groups, out = in.c, in.c
		}
		c := newConv(ws, "conv", in, out, geometry, false)
		c.weight.uniform(g.Rand, 1)
		kinds := g.kinds()
		kind := rapid.SampledFrom([]string{"reals", "full", "spikes", "frames"}).Draw(t, "kind")
		x := kinds[kind](in, 2, 2)
		y, want := append([]float32(nil), c.forward(pass{}, x, nil)...), slowConv(c, x)
		room := 1e-5 * float64(in.c*geometry.taps())
		for i := range want {
			if math.Abs(float64(y[i]-want[i])) > room+1e-5 {
				t.Fatalf("%s, element %d: got %v, want %v", kind, i, y[i], want[i])
			}
		}
		up := masked(g.vector(len(y)), out)
		dx := c.backward(learning, gradientOf(up), true)
		size := 1 + math.Sqrt(dot(up, up)*dot(y, y))
		other := g.reals(in, 2, 2)
		same := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-4*size {
				t.Fatalf("%s of %s: %v and %v", what, kind, a, b)
			}
		}
		same("<y(x'), g> and <x', dx>", dot(slowConv(c, other), up), dot(dense(other), dx))
		dw := append([]float32(nil), c.weight.Gradient...)
		c.weight.uniform(g.Rand, 1)
		same("<y(w'), g> and <w', dw>", dot(slowConv(c, x), up), dot(c.weight.Value, dw))
		// What no weight of the file is stays 0.
		clear(c.weight.Value)
		c.weight.fill(1)
		for i, v := range c.weight.Value {
			if v == 0 && dw[i] != 0 {
				t.Fatalf("the gradient of element %d in memory, which is none of the file's, is %v",
					i, dw[i])
			}
		}
		ws.give(dx)
		c.free()
	})
}

// Networks of convolutions of other geometries give the same answers trained and frozen, whole and
// step by step, on one thread and on three, and nearly the same with weights of 16 bits.
func TestNetworksOfAnyGeometry(t *testing.T) {
	for i, items := range [][]Item{
		{ConvOf(12, Windows(5, 1, 0)), MaxPool(2), ConvOf(20, Windows(5, 1, 0)),
			ConvOf(9, Windows(2, 2, 0))},
		{ConvOf(18, Windows(7, 2, 3)), Depthwise(Windows(3, 2, 1)), ConvOf(24, Windows(1, 1, 0)),
			Conv(8)},
		{CurrentOf(16, Windows(3, 1, 0)), Neurons(),
			ConvOf(32, Geometry{Square(3), Square(2), Square(1), Square(1), 4})},
		{ConvOf(10, Geometry{Pair{3, 5}, Square(1), Pair{0, 1}, Pair{2, 1}, 2}), AvgPool(2),
			Conv(6)},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			cfg := Default()
			cfg.Height, cfg.Width, cfg.Classes = 20, 18, 5
			cfg.T, cfg.Stages, cfg.Threshold = []int{4}, [][]Item{items}, 0.5
			one, err := New(cfg, 3, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer one.Close()
			three, err := New(cfg, 3, 3)
			if err != nil {
				t.Fatal(err)
			}
			defer three.Close()
			g := maker{rand.New(rand.NewPCG(5, uint64(i)))}
			const B = 2
			frames := make([]float32, 4*B*20*18*2)
			for j := range frames {
				frames[j] = float32(g.IntN(3) / 2 * g.IntN(4))
			}
			up := g.vector(B * cfg.Classes)
			for _, n := range []*Network{one, three} {
				for range 2 {
					n.Forward(frames, B, true)
					n.Backward(up, nil)
				}
			}
			for j, p := range one.Parameters() {
				q := three.Parameters()[j]
				moved := 0.0
				for k, v := range p.Gradient {
					if v != q.Gradient[k] {
						t.Fatalf("%s: gradients %v on one thread, %v on three", p.Name, v,
							q.Gradient[k])
					}
					moved += float64(v * v)
				}
				if moved == 0 {
					t.Errorf("%s has no gradient", p.Name)
				}
			}
			want := append([]float32(nil), one.Forward(frames, B, false).Logits...)
			for _, bits := range []int{32, 16} {
				frozen, err := one.Freeze(bits)
				if err != nil {
					t.Fatal(err)
				}
				r := frozen.Replica(B, 2)
				whole := append([]float32(nil), r.Forward(frames, B, false).Logits...)
				if bits == 32 {
					expectSame(t, "frozen", whole, want)
				}
				first := frames[:0:0] // of sample 0
				size := len(frames) / (4 * B)
				for s := range 4 {
					first = append(first, frames[s*B*size:][:size]...)
				}
				r.Begin(1)
				for s := range 4 {
					r.feed(first[s*size : (s+1)*size])
				}
				expectSame(t, "step by step", r.Classify(0), whole[:cfg.Classes])
				r.Close()
				frozen.Close()
			}
		})
	}
}

func expectSame(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: logit %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// The gradient through a convolution of any geometry and its norm, of the weights, the input and
// the strengths of a factored one, is the limit of differences.
func TestAnyConvolutionGradient(t *testing.T) {
	const T, B = 2, 2
	in := shape{4, 6, 5}
	for name, g := range map[string]Geometry{
		"no padding": Windows(3, 1, 0),
		"strided":    {Pair{2, 3}, Pair{2, 1}, Pair{1, 0}, Square(1), 1},
		"dilated":    {Pair{3, 2}, Square(1), Pair{1, 2}, Pair{2, 3}, 1},
		"grouped":    {Square(3), Square(2), Square(1), Square(1), 2},
		"depthwise":  {Square(3), Pair{1, 2}, Square(1), Square(1), 4},
	} {
		for _, kind := range []string{"reals", "frames", "factored"} {
			r := maker{rand.New(rand.NewPCG(9, 9))}
			x := map[string]func(shape, int, int) *activation{
				"reals": r.reals, "frames": r.frames, "factored": r.factored,
			}[kind](in, T, B)
			ws := newWorkspace(2)
			cfg := Default()
			l := layerOf(ws, CurrentOf(8, g), in, &cfg)
			l.parameters(func(p *Parameter) { p.uniform(r.Rand, 1) })
			y := l.forward(learning, x)
			up := masked(r.vector(len(y.reals)), y.c)
			loss := func() float64 { return dot(l.forward(learning, x).reals, up) }
			dx := slices.Clone(l.backward(learning, slices.Clone(up), true))
			check := func(what string, i int, got float32, value *float32) {
				t.Helper()
				at := fmt.Sprintf("%s, %s: %s %d", name, kind, what, i)
				expectSlope(t, at, got, slope(value, loss))
			}
			for i := range x.images() * in.pixels() {
				for c := range in.c {
					check("input", i*in.c+c, dx[i*16+c], &x.reals[i*x.stride+c])
				}
			}
			for i := range x.scale {
				check("strength", i, float32(x.scaleGrad[i]), &x.scale[i])
			}
			l.parameters(func(p *Parameter) {
				grad := p.Export(p.Gradient)
				for i := range grad {
					check(p.Name, i, grad[i], &p.Value[p.index(i)])
				}
			})
			ws.close()
		}
	}
}

package snn

import (
	"math"
	"math/rand/v2"
	"testing"

	"ssnn/internal/kernel"
)

// maker makes random activations.
type maker struct{ *rand.Rand }

func (g maker) reals(s shape, T, B int) *activation {
	a := &activation{}
	a.setReals(s, T, B)
	for p := 0; p < len(a.reals); p += a.stride {
		for c := range s.c {
			if g.IntN(3) == 0 {
				a.reals[p+c] = float32(g.NormFloat64())
			}
		}
	}
	return a
}

// full are reals none of which is zero.
func (g maker) full(s shape, T, B int) *activation {
	a := g.reals(s, T, B)
	for p := 0; p < len(a.reals); p += a.stride {
		for c := range s.c {
			a.reals[p+c] = float32(g.NormFloat64())
		}
	}
	return a
}

func (g maker) spikes(s shape, T, B int) *activation {
	a := &activation{}
	a.setSpikes(s, T, B)
	clear(a.spikes)
	for p := range T * B * s.pixels() {
		for c := range s.c {
			if g.IntN(4) == 0 {
				a.spikes[p*a.words()+c/kernel.Lanes] |= 1 << (c % kernel.Lanes)
			}
		}
	}
	return a
}

// frames are reals whose pixels lie side by side, without padding.
func (g maker) frames(s shape, T, B int) *activation {
	a := &activation{shape: s, T: T, B: B, stride: s.c}
	a.reals = g.vector(T * B * s.pixels() * s.c)
	return a
}

func (g maker) factored(s shape, T, B int) *activation {
	a := g.reals(s, 1, B)
	a.T = T
	for range T * B {
		a.scale = append(a.scale, g.Float32())
	}
	a.scaleGrad = make([]float64, T*B)
	return a
}

func (g maker) vector(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(g.NormFloat64())
	}
	return x
}

// kinds are the kinds of input of a convolution.
func (g maker) kinds() map[string]func(s shape, T, B int) *activation {
	return map[string]func(s shape, T, B int) *activation{"reals": g.reals, "full": g.full,
		"spikes": g.spikes, "frames": g.frames}
}

// dense is an activation written out, [T*B][H][W][C padded].
func dense(a *activation) []float32 {
	first := a.channelsFirst()
	stride := kernel.Pad(a.c)
	out := make([]float32, a.T*a.B*a.pixels()*stride)
	for n := range a.T * a.B {
		for c := range a.c {
			for p := range a.pixels() {
				out[(n*a.pixels()+p)*stride+c] = first[(n*a.c+c)*a.pixels()+p]
			}
		}
	}
	return out
}

// layersOf makes the layers of an item.
func layersOf(ws *workspace, it Item, in shape, cfg *Config) []layer {
	nodes, err := cfg.itemNodes(it, in)
	if err != nil {
		panic(err)
	}
	return newLayers(ws, cfg, nodes)
}

// layerOf makes the only layer of an item.
func layerOf(ws *workspace, it Item, in shape, cfg *Config) layer {
	return layersOf(ws, it, in, cfg)[0]
}

func poolOf(ws *workspace, it Item, in shape) *pool {
	cfg := Default()
	return layerOf(ws, it, in, &cfg).(*pool)
}

func dot(a, b []float32) float64 { return kernel.Dot(a, b) }

// gradientOf is the gradient g of y [images][H][W][outputs], written as a norm would.
type gradientOf []float32

func (g gradientOf) writeGradient(to *gradientGroup, _, i int) {
	n := to.images.at(i)
	to.clearAround(i)
	c := to.conv
	for _, o := range c.layout.outs {
		image, row, pixel := to.image(o, i)
		for y := range c.out.h {
			for x := range c.out.w {
				src := g[((n*c.out.h+y)*c.out.w+x)*c.outputs+o.from:]
				copy(image[y*row+x*pixel:][:o.width], src)
			}
		}
	}
}

// masked makes the padding channels of g 0, as the layers above do.
func masked(g []float32, channels int) []float32 {
	stride := kernel.Pad(channels)
	for i := range g {
		if i%stride >= channels {
			g[i] = 0
		}
	}
	return g
}

// shapes of convolutions: input, outputs, kernel, stride.
var convShapes = []struct {
	in  shape
	out int
	Geometry
}{
	{shape{2, 5, 6}, 3, Windows(3, 1, 1)}, {shape{17, 4, 3}, 33, Windows(3, 1, 1)},
	{shape{70, 3, 3}, 80, Windows(3, 1, 1)}, {shape{130, 2, 2}, 16, Windows(3, 1, 1)},
	{shape{5, 7, 6}, 20, Windows(3, 2, 1)}, {shape{16, 6, 6}, 16, Windows(3, 3, 1)},
	{shape{9, 5, 5}, 18, Windows(1, 1, 0)}, {shape{8, 7, 5}, 6, Windows(1, 2, 0)},
	{shape{3, 1, 1}, 4, Windows(3, 1, 1)}, {shape{48, 1, 1}, 10, Windows(1, 1, 0)},
	// Other geometries: larger windows, with and without padding, strided, of few and of many
	// channels, wider than a segment.
	{shape{2, 9, 8}, 12, Windows(5, 1, 0)}, {shape{12, 8, 7}, 32, Windows(5, 1, 2)},
	{shape{3, 14, 13}, 20, Windows(7, 2, 3)},
	{shape{18, 6, 7}, 24, Windows(2, 2, 0)}, {shape{70, 5, 5}, 16, Windows(3, 1, 0)},
	{shape{40, 6, 12}, 20, Windows(11, 1, 5)},
	{shape{5, 4, 4}, 6, Windows(1, 1, 2)}, {shape{5, 5, 4}, 6, Windows(4, 3, 3)},
	{shape{6, 7, 12}, 9, Geometry{Pair{3, 5}, Pair{2, 1}, Pair{0, 2}, Pair{1, 2}, 1}},
	{shape{40, 1, 30}, 18, Geometry{Pair{1, 9}, Pair{1, 2}, Pair{0, 4}, Pair{1, 1}, 1}},
	{shape{17, 8, 9}, 16, Geometry{Square(3), Square(2), Square(2), Square(3), 1}},
	// In groups: of a channel each, twice as many outputs, of some, of more than a block.
	{shape{20, 5, 6}, 20, Geometry{Square(3), Square(1), Square(1), Square(1), 20}},
	{shape{7, 5, 6}, 14, Geometry{Square(5), Square(2), Square(2), Square(1), 7}},
	{shape{48, 4, 5}, 36, Geometry{Square(3), Square(1), Square(1), Square(1), 4}},
	{shape{96, 3, 4}, 160, Geometry{Square(1), Square(1), Square(0), Square(1), 2}},
	{shape{80, 4, 4}, 40, Geometry{Square(3), Square(1), Square(2), Square(2), 5}},
	// By tiles, see tilesPay: whole ones, over the edge, several panels and blocks, strided.
	{shape{32, 4, 8}, 32, Windows(3, 1, 1)}, {shape{40, 5, 6}, 33, Windows(3, 1, 1)},
	{shape{70, 6, 4}, 112, Windows(3, 1, 1)}, {shape{33, 7, 9}, 40, Windows(3, 2, 1)},
	// Looked up where spikes meet integers, see looksUp, and frames into more than a block.
	{shape{16, 6, 5}, 34, Windows(3, 1, 1)}, {shape{7, 3, 9}, 80, Windows(3, 1, 1)},
	{shape{2, 7, 5}, 70, Windows(3, 1, 1)},
}

// slowConv is the convolution by its definition, [images][H][W][outputs].
func slowConv(c *conv, x *activation) []float32 {
	in := x.channelsFirst()
	images := x.T * x.B
	y := make([]float32, images*c.out.pixels()*c.outputs)
	for n := range images {
		for o := range c.out.c {
			for oy := range c.out.h {
				for ox := range c.out.w {
					sum := 0.0
					inputs := c.in.c / c.Groups
					first := o / (c.out.c / c.Groups) * inputs
					for i := first; i < first+inputs; i++ {
						for ky := range c.Kernel[0] {
							for kx := range c.Kernel[1] {
								iy := oy*c.Stride[0] + ky*c.Dilation[0] - c.Padding[0]
								ix := ox*c.Stride[1] + kx*c.Dilation[1] - c.Padding[1]
								if iy >= 0 && iy < c.in.h && ix >= 0 && ix < c.in.w {
									sum += float64(in[((n*c.in.c+i)*c.in.h+iy)*c.in.w+ix]) *
										float64(c.weight.Value[c.weightAt(o, i, ky, kx)])
								}
							}
						}
					}
					if c.bias != nil {
						sum += float64(c.bias.Value[o])
					}
					y[((n*c.out.h+oy)*c.out.w+ox)*c.outputs+o] = float32(sum)
				}
			}
		}
	}
	return y
}

func randomConv(g maker, ws *workspace, i int) *conv {
	s := convShapes[i]
	c := newConv(ws, "conv", s.in, s.out, s.Geometry, i%2 == 0)
	c.parameters(func(p *Parameter) { p.uniform(g.Rand, 1) })
	return c
}

func TestConvForward(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(1, 1))}
	ws := newWorkspace(2)
	defer ws.pool.Close()
	kinds := g.kinds()
	kinds["factored"] = g.factored
	for i, s := range convShapes {
		for kind, input := range kinds {
			c := randomConv(g, ws, i)
			x := input(s.in, 2, 3)
			got, want := c.forward(pass{}, x, nil), slowConv(c, x)
			for j := range want {
				if math.Abs(float64(got[j]-want[j])) > 1e-4+1e-7*float64(s.in.c*c.taps()) {
					t.Fatalf("%+v of %s, element %d: got %v, want %v", s, kind, j, got[j], want[j])
				}
			}
		}
	}
}

// learning is a pass in training.
var learning = pass{mode: training}

// The gradients are the adjoints of the convolution, in the input and in the weights: with
// y = conv(x, w) and any g, <y(x', w), g> = <x', dx> and <y(x, w'), g> = <w', dw>.
func TestConvBackwardIsTheAdjoint(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(2, 2))}
	ws := newWorkspace(2)
	ws.group = 1 << 12 // so that there are several groups of images
	defer ws.pool.Close()
	for i, s := range convShapes {
		for kind, input := range g.kinds() {
			c := randomConv(g, ws, i)
			c.bias = nil
			x := input(s.in, 2, 3)
			y := c.forward(pass{}, x, nil)
			up := masked(g.vector(len(y)), s.out)
			dx := c.backward(learning, gradientOf(up), true)
			close := func(what string, a, b, scale float64) {
				if math.Abs(a-b) > 1e-4*(1+scale) {
					t.Errorf("%+v of %s: %s: %v and %v", s, kind, what, a, b)
				}
			}
			size := math.Sqrt(dot(up, up) * dot(y, y))
			close("<y, g> and <x, dx>", dot(y, up), dot(dense(x), dx), size)
			close("<y, g> and <w, dw>", dot(y, up), dot(c.weight.Value, c.weight.Gradient), size)
			// For another x and another w the two sides are different sums.
			other := g.reals(s.in, 2, 3)
			close("<y(x'), g> and <x', dx>", dot(slowConv(c, other), up), dot(dense(other), dx),
				size)
			dw := append([]float32(nil), c.weight.Gradient...)
			c.weight.uniform(g.Rand, 1)
			close("<y(w'), g> and <w', dw>", dot(slowConv(c, x), up), dot(c.weight.Value, dw), size)
			ws.give(dx)
		}
	}
}

// conv(a + b) = conv(a) + conv(b).
func TestConvIsLinear(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(3, 3))}
	ws := newWorkspace(1)
	defer ws.pool.Close()
	for i, s := range convShapes {
		c := randomConv(g, ws, i)
		c.bias = nil
		a, b := g.reals(s.in, 1, 2), g.reals(s.in, 1, 2)
		ya := append([]float32(nil), c.forward(pass{}, a, nil)...)
		yb := append([]float32(nil), c.forward(pass{}, b, nil)...)
		for j := range a.reals {
			a.reals[j] += b.reals[j]
		}
		for j, v := range c.forward(pass{}, a, nil) {
			if math.Abs(float64(v-ya[j]-yb[j])) > 1e-4 {
				t.Fatalf("%+v, element %d: %v, want %v", s, j, v, ya[j]+yb[j])
			}
		}
	}
}

// The backward pass of pooling is the adjoint of the forward pass where that is linear: for the
// mean of any input, and for the maximum at the x of which it was taken.
func TestPoolBackwardIsTheAdjoint(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(4, 4))}
	ws := newWorkspace(2)
	defer ws.pool.Close()
	for _, it := range []Item{AvgPool(2), AvgPool(3), MaxPool(2), MaxPool(3), OverlappingMaxPool(3,
		2, 1), OverlappingMaxPool(3, 1, 0), OverlappingMaxPool(2, 3, 1), GlobalPool(),
		PoolOf(PoolSum, Windows(2, 2, 0)), PoolOf(PoolSum, Windows(3, 2, 1)),
		PoolOf(PoolMean, Windows(2, 1, 1)),
		PoolOf(PoolMean, Geometry{Kernel: Pair{3, 1}, Stride: Pair{1, 2}}),
		PoolOf(PoolMax, Geometry{Kernel: Pair{1, 2}, Stride: Pair{2, 2}})} {
		for kind, input := range map[string]func(shape, int, int) *activation{"reals": g.reals,
			"full": g.full, "spikes": g.spikes} {

			for _, in := range []shape{{5, 6, 6}, {17, 7, 5}, {3, 3, 3}} {
				p := poolOf(ws, it, in)
				x := input(in, 2, 2)
				y := dense(p.forward(learning, x))
				up := masked(g.vector(len(y)), in.c)
				want := dot(y, up)
				dx := p.backward(learning, append([]float32(nil), up...), true)
				if got := dot(dense(x), dx); math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
					t.Errorf("%v of %s %+v: <x, dx> = %v, <y, g> = %v", it, kind, in, got, want)
				}
				ws.give(dx)
			}
		}
	}
}

// The gradient of maximum pooling goes to one pixel of each window, the first of the largest.
func TestMaxPoolTies(t *testing.T) {
	ws := newWorkspace(1)
	defer ws.pool.Close()
	in := shape{1, 2, 4}
	for name, c := range map[string]struct {
		x    []float32 // of spikes and of reals alike
		want []float32
	}{
		"none": {[]float32{0, 0, 0, 0, 0, 0, 0, 0}, []float32{5, 0, 7, 0, 0, 0, 0, 0}},
		"two":  {[]float32{0, 1, 0, 0, 1, 0, 0, 1}, []float32{0, 5, 0, 0, 0, 0, 0, 7}},
	} {
		reals, spikes := &activation{}, &activation{}
		reals.setReals(in, 1, 1)
		spikes.setSpikes(in, 1, 1)
		clear(reals.reals)
		for i, v := range c.x {
			reals.reals[i*reals.stride] = v
			spikes.spikes[i] = uint16(v)
		}
		for _, x := range []*activation{reals, spikes} {
			p := poolOf(ws, MaxPool(2), in)
			p.forward(learning, x)
			g := make([]float32, 2*reals.stride)
			g[0], g[reals.stride] = 5, 7
			dx := p.backward(learning, g, true)
			for i, want := range c.want {
				if got := dx[i*reals.stride]; got != want {
					t.Errorf("%s, pixel %d: gradient %v, want %v", name, i, got, want)
				}
			}
		}
	}
}

// Overlapping windows by the definition, of reals and of spikes.
func TestOverlappingMaxPool(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(12, 12))}
	ws := newWorkspace(1)
	defer ws.close()
	in := shape{17, 7, 6}
	for _, w := range [][3]int{{3, 2, 1}, {3, 1, 1}, {2, 3, 1}, {4, 1, 2}, {2, 1, 0}} {
		k, stride, padding := w[0], w[1], w[2]
		for kind, x := range map[string]*activation{"reals": g.full(in, 1, 2),
			"spikes": g.spikes(in, 1, 2)} {

			y := poolOf(ws, OverlappingMaxPool(k, stride, padding), in).forward(learning, x)
			from, got := x.channelsFirst(), y.channelsFirst()
			for i := range got {
				plane, oy, ox := i/y.pixels(), i%y.pixels()/y.w, i%y.w
				want := float32(math.Inf(-1))
				for dy := range k {
					for dx := range k {
						if iy, ix := oy*stride+dy-padding, ox*stride+dx-padding; iy >= 0 &&
							iy < in.h && ix >= 0 && ix < in.w {

							want = max(want, from[(plane*in.h+iy)*in.w+ix])
						}
					}
				}
				if got[i] != want {
					t.Fatalf("%v of %s, element %d: got %v, want %v", w, kind, i, got[i], want)
				}
			}
		}
	}
}

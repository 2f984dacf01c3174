package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestChoice checks that a run that was to use a variant did use it: a skipped variant must not
// look like a passed one.
func TestChoice(t *testing.T) {
	name, err := CPU()
	if err != nil {
		t.Fatal(err)
	}
	if want := os.Getenv("SSNN_CPU"); want != "" && name != want {
		t.Errorf("the kernels are %s, want %s", name, want)
	}
	t.Logf("kernels: %s", name)
	if v, err := choose("none such", variants()); err == nil || v.name != "generic" {
		t.Errorf("an unknown variant gives %s, %v, want generic and an error", v.name, err)
	}
}

// fast calls f for every variant but the generic one, and for n random sources.
func fast(t *testing.T, n int, f func(t *testing.T, v variant, g *source)) {
	for _, v := range variants() {
		if v.name == generic.name {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			for i := range n {
				g := &source{rand.New(rand.NewPCG(uint64(i), 1)), nil}
				f(t, v, g)
				g.check(t)
				if t.Failed() {
					t.Fatalf("in round %d", i)
				}
			}
		})
	}
}

// source makes random arguments, each with guards around it that nobody may change.
type source struct {
	*rand.Rand
	guarded [][]float32
}

const guards = 20

var guard = float32(math.Inf(-1)) // what reads it shows

// floats are n random numbers that begin at no particular address.
func (g *source) floats(n int) []float32 {
	lead := guards + g.IntN(16)
	all := make([]float32, lead+n+guards)
	for i := range all {
		all[i] = guard
	}
	s := all[lead : lead+n : lead+n]
	for i := range s {
		s[i] = float32(g.NormFloat64())
	}
	g.guarded = append(g.guarded, all[:lead], all[lead+n:])
	return s
}

// copied is x at another address.
func (g *source) copied(x []float32) []float32 {
	s := g.floats(len(x))
	copy(s, x)
	return s
}

func (g *source) check(t *testing.T) {
	t.Helper()
	for _, s := range g.guarded {
		for _, v := range s {
			if v != guard {
				t.Fatalf("a guard was overwritten with %v", v)
			}
		}
	}
}

// same fails unless all bits agree.
func same(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s[%d]: got %v, want %v", what, i, got[i], want[i])
		}
	}
}

// sample is random images and how a convolution of them is cut.
func (g *source) sample() (b Bands, spikes, reals *RowLists, windows [2]Windows) {
	down, across := g.axis(), g.axis()
	border := across.Before
	images, height, width, channels := 1+g.IntN(3), 1+g.IntN(7)+down.reach(),
		1+g.IntN(20)+across.reach(), 1+g.IntN(150)
	most := []int{0, 64}[g.IntN(2)]
	spikes = &RowLists{Border: border, Most: most}
	reals = &RowLists{Border: border, Most: most, Reals: true, Unit: 0.5}
	density, words := []float64{0, 0.05, 0.2, 1}[g.IntN(4)], Pad(channels)/Lanes
	for _, l := range []*RowLists{spikes, reals} {
		l.Reset(images, height, width, channels)
	}
	for image := range images {
		s, x := make([]uint16, height*width*words), make([]float32, height*width*words*Lanes)
		for p := range height * width {
			for c := range channels {
				if g.Float64() < density {
					s[p*words+c/Lanes] |= 1 << (c % Lanes)
					x[p*words*Lanes+c] = float32(3 * g.NormFloat64())
				}
			}
		}
		for block := range spikes.blocks {
			spikes.AddSpikes(image, block, s)
			reals.AddReals(image, block, x, words*Lanes)
		}
		if g.IntN(10) == 0 {
			spikes.Clear(image)
			reals.Clear(image)
		}
	}
	b = Bands{Down: down, Across: across, Height: down.out(height), Width: across.out(width),
		Apart: 1 + g.IntN(2)}
	b.Rows = 1 + g.IntN(b.Height)
	block := g.IntN(spikes.blocks)
	var scratch Scratch
	windows[0].Sort(spikes, block, b, &scratch)
	windows[1].Sort(reals, block, b, &scratch)
	return b, spikes, reals, windows
}

// axis is how random windows lie.
func (g *source) axis() Axis {
	if g.IntN(2) == 0 {
		return Around(1+2*g.IntN(2), 1+g.IntN(3))
	}
	return Axis{Taps: 1 + g.IntN(9), Step: 1 + g.IntN(4), Before: g.IntN(6),
		Dilation: 1 + g.IntN(3)}
}

// reach is how far the last tap of a window lies behind the first.
func (a Axis) reach() int { return (a.Taps - 1) * a.Dilation }

// out is the number of windows in an image of a size.
func (a Axis) out(size int) int { return (size+2*a.Before-a.reach()-1)/a.Step + 1 }

// pass is a random part of the sample's convolution.
func (g *source) pass(b Bands, l *RowLists, w *Windows) Pass {
	return Pass{
		Lists: l, Windows: w, Band: g.IntN(b.Count()), Ky: g.IntN(b.Down.Taps),
		Segment: g.IntN(b.Across.Segments(l.Block)),
		Width:   []int{16, 32, 64}[g.IntN(3)], Ahead: make([]byte, g.IntN(10000)),
	}
}

func TestConvWindows(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		b, spikes, reals, windows := g.sample()
		p := g.pass(b, spikes, &windows[0])
		w, dst := g.floats(p.weights()), g.floats(p.outputs())
		want := g.copied(dst)
		v.spikeConv(p, dst, w)
		spikeConvGeneric(p, want, w)
		same(t, fmt.Sprintf("spikes %+v", b), dst, want)
		p.Lists, p.Windows = reals, &windows[1]
		v.realConv(p, dst, w)
		realConvGeneric(p, want, w)
		same(t, fmt.Sprintf("reals %+v", b), dst, want)
	})
}

func TestConvWindows16(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		b, _, lists, windows := g.sample()
		p := g.pass(b, lists, &windows[1])
		large := 1 + g.IntN(2000) // so that some sums stay at an end
		w8, w16 := integers[int8](g, p.weights(), 127), integers[int16](g, p.weights(), large)
		dst := integers[int16](g, p.outputs()+guards, 1<<15-1)
		want := slices.Clone(dst)
		check := func(what string) {
			if !slices.Equal(dst, want) {
				t.Fatalf("%s: %v, want %v", what, dst, want)
			}
		}
		v.spikeConv8(p, dst, w8)
		spikeConv16Generic(p, want, w8)
		check("spikes, 8 bits")
		v.spikeConv16(p, dst, w16)
		spikeConv16Generic(p, want, w16)
		check("spikes, 16 bits")
		v.countConv8(p, dst, w8)
		countConv16Generic(p, want, w8)
		check("counts, 8 bits")
		v.countConv16(p, dst, w16)
		countConv16Generic(p, want, w16)
		check("counts, 16 bits")

		sums, scale := dst[:p.outputs()], g.floats(p.Width)
		floats := g.floats(len(sums))
		wide := g.copied(floats)
		v.widen(floats, sums, scale)
		widenGeneric(wide, sums, scale)
		same(t, "widened", floats, wide)
	})
}

// integers are random whole numbers from -most to most.
func integers[W Integer](g *source, n, most int) []W {
	x := make([]W, n)
	for i := range x {
		x[i] = W(g.IntN(2*most+1) - most)
	}
	return x
}

// TestConvWindowsAreAConvolution compares the plain kernel, over all blocks, bands and rows of the
// kernel, with the sum that it stands for.
func TestConvWindowsAreAConvolution(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(1, 2)), nil}
	for range 200 {
		down, across := g.axis(), g.axis()
		images, height, width, channels := 1+g.IntN(3), 1+g.IntN(6)+down.reach(),
			1+g.IntN(8)+across.reach(), 1+g.IntN(70)
		b := Bands{Down: down, Across: across, Height: down.out(height), Width: across.out(width),
			Apart: 1 + g.IntN(2)}
		b.Rows = 1 + g.IntN(b.Height)
		pitch := Pad(channels)
		x := make([]float32, images*height*width*pitch)
		l := &RowLists{Border: across.Before, Most: []int{0, 64}[g.IntN(2)], Reals: true}
		l.Reset(images, height, width, channels)
		for image := range images {
			for p := range height * width {
				for c := range channels {
					x[(image*height*width+p)*pitch+c] = float32(g.IntN(3))
				}
			}
			for block := range l.blocks {
				l.AddReals(image, block, x[image*height*width*pitch:][:height*width*pitch], pitch)
			}
		}
		blocks := (channels + l.Block - 1) / l.Block
		row := across.Taps * l.Block * 16
		w := g.floats(blocks * down.Taps * row)
		for band := range b.Count() {
			top, bottom := b.Band(band)
			size := (bottom - top) * b.Width * 16
			got := make([]float32, ((images-1)*b.Apart+1)*size)
			want := make([]float32, len(got))
			for block := range blocks {
				var windows Windows
				windows.Sort(l, block, b, new(Scratch))
				for ky := range down.Taps {
					w := w[(block*down.Taps+ky)*row:][:row]
					for i := range across.Segments(l.Block) {
						s := across.Segment(i, l.Block)
						part := w[s.First*l.Block*16:][:s.Taps*l.Block*16]
						realConvGeneric(Pass{Lists: l, Windows: &windows, Band: band, Ky: ky,
							Segment: i, Width: 16}, got, part)
					}
					for image := range images {
						for out := range (bottom - top) * b.Width {
							row, column := top+out/b.Width, out%b.Width
							for tap := range across.Taps {
								y, at := row*down.Step+ky*down.Dilation-down.Before,
									column*across.Step+tap*across.Dilation-across.Before
								if y < 0 || y >= height || at < 0 || at >= width {
									continue
								}
								for c := range min(l.Block, channels-block*l.Block) {
									v := x[((image*height+y)*width+at)*pitch+block*l.Block+c]
									for o := range 16 {
										want[image*b.Apart*size+out*16+o] += v *
											w[(tap*l.Block+c)*16+o]
									}
								}
							}
						}
					}
				}
			}
			near(t, fmt.Sprintf("%+v, %dx%d, %d channels", b, height, width, channels), got, want,
				1e-3)
		}
	}
}

// near fails unless all elements agree within a tolerance.
func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= tolerance) {
			t.Fatalf("%s[%d]: got %v, want %v (tolerance %v)", what, i, got[i], want[i], tolerance)
		}
	}
}

func TestSumRows(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		width, n := []int{16, 32, 64}[g.IntN(3)], g.IntN(40)
		rows, values := g.floats(width*51), g.floats(n)
		positions := make([]uint32, n)
		for i := range positions {
			positions[i] = uint32(g.IntN(51))
		}
		acc := g.floats(width)
		want := g.copied(acc)
		v.sumRows(acc, rows, positions)
		sumRowsGeneric(want, rows, positions)
		same(t, "sum", acc, want)
		v.sumScaledRows(acc, rows, positions, values)
		sumScaledRowsGeneric(want, rows, positions, values)
		same(t, "scaled sum", acc, want)
	})
}

// Variants of Gemm may fuse multiplication and addition, and start their sums at 0. They differ by
// the rounding of the partial sums, of which there are k.
func TestGemm(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		m, k, width := 1+g.IntN(30), 1+g.IntN(60), []int{16, 32}[g.IntN(2)]
		if g.IntN(4) > 0 {
			k = 16 * (1 + g.IntN(6))
		}
		lda, ldd := 1+g.IntN(k+5), width+g.IntN(20)
		a, b := g.floats((m-1)*lda+k), g.floats(k*width)
		dst := g.floats((m-1)*ldd + width)
		want := g.copied(dst)
		fresh := g.IntN(2) == 0
		v.gemm(dst, ldd, a, lda, b, m, k, width, fresh)
		gemmGeneric(want, ldd, a, lda, b, m, k, width, fresh)
		near(t, fmt.Sprintf("m %d k %d width %d", m, k, width), dst, want, 1e-6*float64(k+10))
	})
}

// current is a random one of T timesteps of some pixels, inside a larger batch.
func (g *source) current() Current {
	c := Lanes * (1 + g.IntN(4))
	in := Current{Scale: g.floats(c), Shift: g.floats(c), T: 1 + g.IntN(6), N: c * (1 + g.IntN(4))}
	in.Stride = in.N + Lanes*g.IntN(4)
	in.X = g.floats((in.T-1)*in.Stride + in.N)
	if g.IntN(2) == 0 {
		in.Add = g.floats(len(in.X))
	}
	return in
}

func (g *source) neuron() Neuron {
	return Neuron{
		Tau: []float32{0, 0.25, 0.9}[g.IntN(3)], Threshold: []float32{1, 0.5}[g.IntN(2)],
		Soft: g.IntN(2) == 0, Amount: []float32{1, 0.5, 0.3}[g.IntN(3)],
		Attached:  g.IntN(4) == 0,
		Surrogate: Surrogate(g.IntN(4)), Alpha: []float32{1, 2, 0.7}[g.IntN(3)],
	}
}

func TestNeuronForward(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		in, n := g.current(), g.neuron()
		size := (len(in.X) + Lanes - 1) / Lanes
		got, want := make([]uint16, size+1), make([]uint16, size+1)
		twin := in
		if g.IntN(2) == 0 {
			in.W = g.floats(in.N)
			twin.W = g.copied(in.W)
		}
		v.lifForward(n, got[:size], in)
		lifForwardGeneric(n, want[:size], twin)
		for i := range in.W {
			if in.W[i] != twin.W[i] {
				t.Fatalf("%+v, membrane %d: got %v, want %v", n, i, in.W[i], twin.W[i])
			}
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%+v, word %d: got %016b, want %016b", n, i, got[i], want[i])
			}
		}
	})
}

// Timestep by timestep, with the membranes carried along, is all at once.
func TestNeuronForwardStepByStep(t *testing.T) {
	for _, v := range variants() {
		g := &source{rand.New(rand.NewPCG(4, 4)), nil}
		for range 50 {
			in, n := g.current(), g.neuron()
			want, got := make([]uint16, len(in.X)/Lanes), make([]uint16, len(in.X)/Lanes)
			v.lifForward(n, want, in)
			step := in
			step.T, step.W = 1, make([]float32, in.N)
			for t := range in.T {
				step.X = in.X[t*in.Stride:]
				if in.Add != nil {
					step.Add = in.Add[t*in.Stride:]
				}
				v.lifForward(n, got[t*in.Stride/Lanes:], step)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%s, %+v, word %d: got %016b, want %016b", v.name, n, i, got[i],
						want[i])
				}
			}
		}
	}
}

// The spikes are those of the membranes.
func TestMembranes(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(3, 3)), nil}
	for range 50 {
		in, n := g.current(), g.neuron()
		u, s := make([]float32, len(in.X)), make([]uint16, len(in.X)/Lanes)
		n.Membranes(u, in)
		n.Forward(s, in)
		for t2 := range in.T {
			for i := range in.N {
				at := t2*in.Stride + i
				if spike := s[at/Lanes]>>(at%Lanes)&1 != 0; spike != (u[at] >= n.Threshold) {
					t.Fatalf("neuron %d at timestep %d: membrane %v, threshold %v, spike %v", i, t2,
						u[at], n.Threshold, spike)
				}
			}
		}
	}
}

func TestNeuronBackward(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		in, n := g.current(), g.neuron()
		c := len(in.Scale)
		grad, sum, dot, mean := g.floats(len(in.X)), g.floats(c), g.floats(c), g.floats(c)
		wantGrad, wantSum, wantDot := g.copied(grad), g.copied(sum), g.copied(dot)
		v.lifBackward(n, grad, in, g.floats(in.T*Lanes), sum, dot, mean)
		lifBackwardGeneric(n, wantGrad, in, g.floats(in.T*Lanes), wantSum, wantDot, mean)
		same(t, fmt.Sprintf("%+v gradient", n), grad, wantGrad)
		same(t, "sum", sum, wantSum)
		same(t, "dot", dot, wantDot)
	})
}

func TestLeakGradient(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		in, n := g.current(), g.neuron()
		grad := g.floats(len(in.X))
		got, want := g.floats(2*Lanes), make([]float32, 2*Lanes)
		v.leakGradient(n, got, grad, in)
		leakGradientGeneric(n, want, grad, in)
		same(t, "sums", got, want)
	})
}

func TestNorm(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		c, n := Lanes*(1+g.IntN(6)), 1+g.IntN(20)
		x, grad := g.floats(n*c), g.floats(n*c)
		a, b, d, mean := g.floats(c), g.floats(c), g.floats(c), g.floats(c)
		sum, dot := g.floats(c), g.floats(c)
		wantSum, wantDot := g.copied(sum), g.copied(dot)
		v.normSums(sum, dot, grad, x, mean, n)
		normSumsGeneric(wantSum, wantDot, grad, x, mean, n)
		same(t, "norm sums", sum, wantSum)
		same(t, "norm dots", dot, wantDot)
		v.sumPixels(sum, x, n)
		sumPixelsGeneric(wantSum, x, n)
		same(t, "sum of pixels", sum, wantSum)
		v.sumSquares(dot, mean, x, n)
		sumSquaresGeneric(wantDot, mean, x, n)
		same(t, "sum of squares", dot, wantDot)
		pitch := c * (1 + g.IntN(3))
		dst := g.floats((n-1)*pitch + c)
		want := g.copied(dst)
		pixel := c + g.IntN(40)
		wideGrad, wideX := g.floats((n-1)*pixel+c), g.floats((n-1)*pixel+c)
		v.normBackward(dst, pitch, wideGrad, wideX, pixel, a, b, d, mean, n)
		normBackwardGeneric(want, pitch, wideGrad, wideX, pixel, a, b, d, mean, n)
		same(t, "norm backward", dst, want)
		y := g.floats(n * c)
		wantY := g.copied(y)
		v.affine(y, x, a, b, n)
		affineGeneric(wantY, x, a, b, n)
		same(t, "affine", y, wantY)
	})
}

func TestFlat(t *testing.T) {
	fast(t, 100, func(t *testing.T, v variant, g *source) {
		n := g.IntN(70)
		p, m, grad := g.floats(n), g.floats(n), g.floats(n)
		wantP, wantM := g.copied(p), g.copied(m)
		v.sgd(p, m, grad, 0.1, 0.9, 0.01)
		sgdGeneric(wantP, wantM, grad, 0.1, 0.9, 0.01)
		same(t, "parameters", p, wantP)
		same(t, "momentum", m, wantM)
		square := g.floats(n)
		for i := range square {
			square[i] *= square[i]
		}
		wantSquare := g.copied(square)
		step := AdamStep{Rate: 0.01, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Decay: 0.02,
			Correct1: 0.3, Correct2: 0.04, Decoupled: g.IntN(2) == 0}
		v.adam(step, p, m, square, grad)
		adamGeneric(step, wantP, wantM, wantSquare, grad)
		same(t, "parameters by Adam", p, wantP)
		same(t, "mean", m, wantM)
		same(t, "square", square, wantSquare)
		v.scaleTo(m, grad, 0.7)
		scaleToGeneric(wantM, grad, 0.7)
		same(t, "scaled", m, wantM)
		v.addScaled(p, grad, 0.3)
		addScaledGeneric(wantP, grad, 0.3)
		same(t, "sum", p, wantP)
	})
}

// TestGemmRoundsOnce pins the bits of the variants that fuse, so that a run does not depend on
// which of them it used. Sums begin at 0 and take one product after the other, each with one
// rounding. The rest of k after its multiples of 4 follows as in the plain kernel.
func TestGemmRoundsOnce(t *testing.T) {
	exact := func(x float32) *big.Float { return new(big.Float).SetFloat64(float64(x)) }
	fast(t, 30, func(t *testing.T, v variant, g *source) {
		m, k, width := 1+g.IntN(15), 1+g.IntN(20), []int{16, 32, 64}[g.IntN(3)]
		a, b, dst := g.floats(m*k), g.floats(k*width), g.floats(m*width)
		want, fresh, whole := g.copied(dst), g.IntN(2) == 0, k&^3
		for i := range want {
			var sum float32
			for j := range whole {
				product := new(big.Float).Mul(exact(a[i/width*k+j]), exact(b[j*width+i%width]))
				sum, _ = new(big.Float).SetPrec(24).Add(product, exact(sum)).Float32()
			}
			switch {
			case fresh:
				want[i] = sum
			case whole > 0:
				want[i] += sum
			}
		}
		if whole < k {
			gemmGeneric(want, width, a[whole:], k, b[whole*width:], m, k-whole, width, false)
		}
		v.gemm(dst, width, a, k, b, m, k, width, fresh)
		same(t, fmt.Sprintf("m %d k %d width %d", m, k, width), dst, want)
	})
}

func TestAddSpikes(t *testing.T) {
	fast(t, 100, func(t *testing.T, v variant, g *source) {
		s := make([]uint16, g.IntN(20))
		for i := range s {
			s[i] = uint16(g.Uint32())
		}
		dst := g.floats(len(s) * Lanes)
		want := g.copied(dst)
		v.addSpikes(dst, s, -1.5)
		addSpikesGeneric(want, s, -1.5)
		same(t, "sums", dst, want)
	})
}

func TestAvgSpikes(t *testing.T) {
	fast(t, 100, func(t *testing.T, v variant, g *source) {
		pixels, words := 1+g.IntN(9), 1+g.IntN(5)
		rows := make([]uint16, 4*pixels*words)
		for i := range rows {
			rows[i] = uint16(g.Uint32())
		}
		top, bottom := rows[:2*pixels*words], rows[2*pixels*words:]
		dst := g.floats(pixels * words * Lanes)
		want := g.copied(dst)
		v.avgSpikes2(dst, top, bottom, pixels, words)
		avgSpikes2Generic(want, top, bottom, pixels, words)
		same(t, "means", dst, want)
	})
}

func TestTiles(t *testing.T) {
	fast(t, 50, func(t *testing.T, v variant, g *source) {
		c := Lanes * (1 + g.IntN(4))
		pixel, plane := c+g.IntN(20), c+g.IntN(20)
		row := TileIn*pixel + g.IntN(20)
		x := g.floats((TileIn-1)*(row+pixel) + c)
		got := g.floats((Planes-1)*plane + c)
		want := g.copied(got)
		v.tileInput(got, plane, x, row, pixel, c)
		tileInputGeneric(want, plane, x, row, pixel, c)
		same(t, "input", got, want)

		y := g.copied(x)
		wantY := g.copied(x)
		v.tileOutput(y, row, pixel, got, plane, c)
		tileOutputGeneric(wantY, row, pixel, got, plane, c)
		same(t, "output", y, wantY)

		tap := c + g.IntN(20)
		tapRow := 3*tap + g.IntN(20)
		w := g.floats(2*(tapRow+tap) + c)
		v.tileWeights(got, plane, w, tapRow, tap, c)
		tileWeightsGeneric(want, plane, w, tapRow, tap, c)
		same(t, "weights", got, want)
	})
}

// TestTilesAreAConvolution compares a tile by way of the planes with the sum that it stands for.
func TestTilesAreAConvolution(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(1, 1)), nil}
	const c = Lanes // every channel by itself
	x, w := g.floats(TileIn*TileIn*c), g.floats(9*c)
	v, u, y := g.floats(Planes*c), g.floats(Planes*c), g.floats(Tile*Tile*c)
	TileInput(v, c, x, TileIn*c, c, c)
	TileWeights(u, c, w, 3*c, c, c)
	for i := range v {
		v[i] *= u[i]
	}
	TileOutput(y, Tile*c, c, v, c, c)
	for i := range Tile {
		for j := range Tile {
			for k := range c {
				var want float64
				for ky := range 3 {
					for kx := range 3 {
						want += float64(x[((i+ky)*TileIn+j+kx)*c+k]) * float64(w[(ky*3+kx)*c+k])
					}
				}
				if got := float64(y[(i*Tile+j)*c+k]); math.Abs(got-want) > 1e-4 {
					t.Fatalf("row %d, column %d, channel %d: %v, want %v", i, j, k, got, want)
				}
			}
		}
	}
}

func TestLists(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		width, count, block, base := g.IntN(20), 1+g.IntN(4), 1+g.IntN(64), g.IntN(100)
		pitch := count + g.IntN(3)
		density := g.Float64()
		s, x := make([]uint16, width*pitch+count), make([]float32, (width*pitch+count)*Lanes)
		for i := range x {
			if g.Float64() < density {
				s[i/Lanes] |= 1 << (i % Lanes)
				x[i] = []float32{
					1, -2.5, float32(math.NaN()), math.SmallestNonzeroFloat32}[g.IntN(4)]
			}
		}
		lists := func(spikes func([]uint8, int, []uint32, []uint16, int, int, int, int, int) int,
			reals func([]uint8, []float32, int, []uint32, []float32, int, int, int, int, int) int) (
			index []uint8, value []float32, starts []uint32) {
			const n = 3 // entries before
			room := n + width*count*Lanes + Lanes
			index, value, starts = make([]uint8, 2*room), make([]float32, room),
				make([]uint32, 2*width)
			end := spikes(index[:room], n, starts, s, width, pitch, count, base, block)
			also := reals(index[room:], value, n, starts[width:], x, width, pitch*Lanes,
				count*Lanes, base, block)
			if also != end {
				t.Fatalf("%d entries of spikes, %d of reals", end, also)
			}
			clear(index[end:room])
			clear(index[room+end:])
			clear(value[end:])
			return index, value, starts
		}
		index, value, starts := lists(v.listSpikes, v.listReals)
		wantIndex, wantValue, wantStarts := lists(listSpikesGeneric, listRealsGeneric)
		if !slices.Equal(index, wantIndex) || !slices.Equal(starts, wantStarts) {
			t.Fatalf("entries %v at %v, want %v at %v", index, starts, wantIndex, wantStarts)
		}
		same(t, "values", value, wantValue)
	})
}

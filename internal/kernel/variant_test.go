package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestChoice makes sure that a run that was to use a variant did: a skipped one must not look like a passed one.
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

// lists are those of a random image.
func (g *source) lists(height, width, channels, border int) (spikes, reals *RowLists) {
	density := []float64{0, 0.05, 0.2, 1}[g.IntN(4)]
	words := Pad(channels) / Lanes
	s := make([]uint16, height*width*words)
	x := make([]float32, height*width*words*Lanes)
	for p := range height * width {
		for c := range channels {
			if g.Float64() < density {
				s[p*words+c/Lanes] |= 1 << (c % Lanes)
				x[p*words*Lanes+c] = float32(g.NormFloat64())
			}
		}
	}
	spikes, reals = &RowLists{Border: border}, &RowLists{Border: border}
	spikes.Spikes(s, height, width, channels)
	reals.Reals(x, height, width, channels, words*Lanes)
	return spikes, reals
}

// rows is a random part of a convolution over the lists of a random image, of one block of its input channels.
func (g *source) rows() (r Rows, block int, spikes, reals *RowLists) {
	border, rows := g.IntN(2), 1+g.IntN(3)
	width, channels := 1+g.IntN(20), 1+g.IntN(150)
	spikes, reals = g.lists(rows, width, channels, border)
	r = Rows{Rows: rows, Width: []int{16, 32, 64}[g.IntN(3)], Taps: 2*border + 1, Step: 1 + g.IntN(3), Block: spikes.Block, Pitch: spikes.Pitch()}
	r.Pixels = (width-1)/r.Step + 1
	return r, g.IntN((channels + r.Block - 1) / r.Block), spikes, reals
}

func TestConvRows(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		r, block, spikes, reals := g.rows()
		w := g.floats(r.Taps * r.Block * r.Width)
		dst := g.floats(r.Rows * r.Pixels * r.Width)
		want := g.copied(dst)
		v.spikeConvRows(r, dst, w, spikes.Index, spikes.Starts(block, 0))
		spikeConvRowsGeneric(r, want, w, spikes.Index, spikes.Starts(block, 0))
		same(t, fmt.Sprintf("spikes %+v", r), dst, want)
		v.realConvRows(r, dst, w, reals.Index, reals.Value, reals.Starts(block, 0))
		realConvRowsGeneric(r, want, w, reals.Index, reals.Value, reals.Starts(block, 0))
		same(t, fmt.Sprintf("reals %+v", r), dst, want)
	})
}

func TestConvRows16(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		r, block, _, lists := g.rows()
		starts := lists.Starts(block, 0)
		n := r.Taps * r.Block * r.Width
		large := 1 + g.IntN(2000) // so that some sums stay at an end
		w8, w16, count := integers[int8](g, n, 127), integers[int16](g, n, large), integers[int16](g, len(lists.Index), 10)
		dst := integers[int16](g, r.Rows*r.Pixels*r.Width+guards, 1<<15-1)
		want := slices.Clone(dst)
		check := func(what string) {
			if !slices.Equal(dst, want) {
				t.Fatalf("%s: %v, want %v", what, dst, want)
			}
		}
		v.spikeConvRows8(r, dst, w8, lists.Index, starts)
		spikeConvRows16Generic(r, want, w8, lists.Index, starts)
		check("spikes, 8 bits")
		v.spikeConvRows16(r, dst, w16, lists.Index, starts)
		spikeConvRows16Generic(r, want, w16, lists.Index, starts)
		check("spikes, 16 bits")
		v.countConvRows8(r, dst, w8, lists.Index, count, starts)
		countConvRows16Generic(r, want, w8, lists.Index, count, starts)
		check("counts, 8 bits")
		v.countConvRows16(r, dst, w16, lists.Index, count, starts)
		countConvRows16Generic(r, want, w16, lists.Index, count, starts)
		check("counts, 16 bits")

		sums, scale := dst[:r.Rows*r.Pixels*r.Width], g.floats(r.Width)
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

// TestConvRowsAreAConvolution compares the plain kernel with the sum that it stands for.
func TestConvRowsAreAConvolution(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(1, 2)), nil}
	for range 50 {
		width, channels := 1+g.IntN(8), 1+g.IntN(70)
		x := make([]float32, width*Pad(channels))
		for p := range width {
			for c := range channels {
				x[p*Pad(channels)+c] = float32(g.IntN(3))
			}
		}
		l := RowLists{Border: 1}
		l.Reals(x, 1, width, channels, Pad(channels))
		r := Rows{Rows: 1, Pixels: width, Width: 16, Taps: 3, Step: 1, Block: l.Block, Pitch: l.Pitch()}
		got, want := make([]float32, width*16), make([]float32, width*16)
		for block := range (channels + l.Block - 1) / l.Block {
			w := g.floats(3 * l.Block * 16)
			realConvRowsGeneric(r, got, w, l.Index, l.Value, l.Starts(block, 0))
			for p := range width {
				for tap := range 3 {
					for c := range min(l.Block, channels-block*l.Block) {
						if q := p + tap - 1; q >= 0 && q < width {
							for o := range 16 {
								want[p*16+o] += x[q*Pad(channels)+block*l.Block+c] * w[(tap*l.Block+c)*16+o]
							}
						}
					}
				}
			}
		}
		near(t, "convolution", got, want, 1e-4)
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

// Gemm may fuse and starts its sums at 0: they differ by roundings of the partial sums, some k of them.
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
		Soft: g.IntN(2) == 0, Attached: g.IntN(4) == 0,
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
					t.Fatalf("%s, %+v, word %d: got %016b, want %016b", v.name, n, i, got[i], want[i])
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
					t.Fatalf("neuron %d at timestep %d: membrane %v, threshold %v, spike %v", i, t2, u[at], n.Threshold, spike)
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
		step := AdamStep{Rate: 0.01, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Decay: 0.02, Correct1: 0.3, Correct2: 0.04, Decoupled: g.IntN(2) == 0}
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

// The variants that fuse do so alike: avx2 and avx512 make the same bits, so a run does not depend on which of the two it had.
func TestFusedVariantsAgree(t *testing.T) {
	all := variants()
	if len(all) < 3 {
		t.Skip("this CPU has not both avx2 and avx512")
	}
	g := &source{rand.New(rand.NewPCG(4, 4)), nil}
	for range 100 {
		m, k, width := 1+g.IntN(30), 1+g.IntN(100), []int{16, 32, 64}[g.IntN(3)]
		a, b := g.floats(m*k), g.floats(k*width)
		dst := g.floats(m * width)
		want := g.copied(dst)
		fresh := g.IntN(2) == 0
		all[0].gemm(dst, width, a, k, b, m, k, width, fresh)
		all[1].gemm(want, width, a, k, b, m, k, width, fresh)
		same(t, fmt.Sprintf("m %d k %d width %d", m, k, width), dst, want)
	}
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
				x[i] = []float32{1, -2.5, float32(math.NaN()), math.SmallestNonzeroFloat32}[g.IntN(4)]
			}
		}
		lists := func(spikes func([]uint32, int, []int32, []uint16, int, int, int, int, int) int, reals func([]uint32, []float32, int, []int32, []float32, int, int, int, int, int) int) (index []uint32, value []float32, starts []int32) {
			const n = 3 // entries before
			room := n + width*count*Lanes + Lanes
			index, value, starts = make([]uint32, 2*room), make([]float32, room), make([]int32, 2*width)
			end := spikes(index[:room], n, starts, s, width, pitch, count, base, block)
			also := reals(index[room:], value, n, starts[width:], x, width, pitch*Lanes, count*Lanes, base, block)
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

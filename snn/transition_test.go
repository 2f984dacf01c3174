package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// allTransitions are those between stages of t1 and t2 timesteps, by name, the first handing on
// images of a shape.
func allTransitions(g maker, ws *workspace, in shape, t1, t2 int) map[string]transition {
	all := map[string]transition{}
	at := boundary{name: "tt.0", in: in}
	for plan, more := range map[string]int{"": 0, ", the smaller of two plans": 2} {
		scores := func(bias bool) scores {
			return newScores(ws, &Config{TTBias: bias}, at, t1+more, t2+more)
		}
		all["linear"+plan] = newMixture(ws, "tt.0", t1, t2, Linear, scores(false))
		all["causal"+plan] = newMixture(ws, "tt.0", t1, t2, Causal, scores(true))
		for _, factored := range []bool{false, true} {
			all[fmt.Sprintf("softmax, factored %v%s", factored, plan)] = newTransformer(ws, "tt.0",
				t1, t2, scores(true), factored)
		}
	}
	for _, factored := range []bool{false, true} {
		all[fmt.Sprintf("mean, factored %v", factored)] = newTransformer(ws, "tt.0", t1, t2,
			scores{}, factored)
	}
	for i, word := range transitions.Words {
		kind := Transition(i)
		switch kind {
		case Softmax, Mean, Linear, Causal:
			continue // made above, in all their ways
		}
		if _, ok := kind.fits(t1, t2); ok {
			cfg := &Config{Transition: kind}
			if tr := newTransition(ws, cfg, at, t1, t2, newScores(ws, cfg, at, t1, t2)); tr != nil {
				all[word] = tr
			}
		}
	}
	for _, tr := range all {
		tr.parameters(func(p *Parameter) { p.uniform(g.Rand, 3) })
	}
	return all
}

// readGradient is what a layer that read y hands back when up is the gradient of y written out.
func readGradient(ws *workspace, y *activation, up []float32) []float32 {
	if y.scale == nil {
		g := ws.take(len(up))
		copy(g, up)
		return g
	}
	size := y.size()
	g := ws.take(y.B * size)
	clear(g)
	for n := range y.T * y.B {
		y.scaleGrad[n] = dot(up[n*size:(n+1)*size], y.realImage(n%y.B))
		for i, v := range up[n*size : (n+1)*size] {
			g[n%y.B*size+i] += y.scale[n] * v
		}
	}
	return g
}

var timesteps = [][2]int{{4, 3}, {5, 2}, {3, 3}, {2, 5}, {4, 1}, {6, 4}, {6, 2}}

// For a loss that is linear in what a transition hands on, of reals.
func TestTransitionGradient(t *testing.T) {
	ws := newWorkspace(2)
	defer ws.pool.Close()
	for _, T := range timesteps {
		g := maker{rand.New(rand.NewPCG(6, 6))}
		in := shape{3, 2, 2}
		for name, tr := range allTransitions(g, ws, in, T[0], T[1]) {
			x := g.reals(in, T[0], 2)
			y := tr.forward(pass{}, x)
			up := masked(g.vector(T[1]*2*y.size()), y.c)
			loss := func() float64 { return dot(up, dense(tr.forward(pass{}, x))) }
			dx := tr.backward(pass{}, readGradient(ws, tr.forward(pass{}, x), up))
			what := func(of string, i int) string {
				return fmt.Sprintf("%s, %v: %s %d", name, T, of,
					i)
			}
			tr.parameters(func(p *Parameter) {
				for i := range p.Value {
					expectSlope(t, what(p.Name, i), p.Gradient[i], slope(&p.Value[i], loss))
				}
			})
			for i := range x.reals {
				if i%x.stride < in.c {
					expectSlope(t, what("x", i), dx[i], slope(&x.reals[i], loss))
				} else if dx[i] != 0 {
					t.Errorf("%s has the gradient %v", what("padding", i), dx[i])
				}
			}
			ws.give(dx)
		}
	}
}

// Spikes as bits and as reals are the same.
func TestTransitionOfSpikes(t *testing.T) {
	ws := newWorkspace(2)
	defer ws.pool.Close()
	for _, T := range timesteps {
		g := maker{rand.New(rand.NewPCG(7, 7))}
		in := shape{18, 3, 2}
		for name, tr := range allTransitions(g, ws, in, T[0], T[1]) {
			spikes := g.spikes(in, T[0], 2)
			reals := &activation{}
			reals.setReals(in, T[0], 2)
			copy(reals.reals, dense(spikes))
			y := tr.forward(pass{}, reals)
			up := masked(g.vector(T[1]*2*y.size()), y.c)
			pass := func(x *activation) map[string][]float32 {
				y := tr.forward(pass{}, x)
				all := map[string][]float32{"y": dense(y)}
				all["dx"] = tr.backward(pass{}, readGradient(ws, y, up))
				tr.parameters(func(p *Parameter) {
					all[p.Name] = append([]float32(nil),
						p.Gradient...)
				})
				return all
			}
			want := pass(reals)
			for what, got := range pass(spikes) {
				for i, v := range got {
					if math.Abs(float64(v-want[what][i])) > 1e-5 {
						t.Fatalf("%s, %v: %s %d is %v of spikes, %v of reals", name, T, what, i, v,
							want[what][i])
					}
				}
			}
		}
	}
}

// Transitions that keep the order of time depend, in step j, on the first ceil((j+1)*T1/T2)
// timesteps only, and can be made as these come. All but the fold and the weighted fold lose
// nothing: their steps add up to what came in.
func TestOrderIsKept(t *testing.T) {
	ws := newWorkspace(1)
	defer ws.pool.Close()
	in := shape{4, 2, 2}
	for _, T := range timesteps {
		g := maker{rand.New(rand.NewPCG(8, 8))}
		all := allTransitions(g, ws, in, T[0], T[1])
		for _, name := range []string{"causal", "merge", "fold", "weighted-fold", "windowed"} {
			tr, ok := all[name]
			if !ok {
				continue
			}
			x := g.full(in, T[0], 2)
			y := dense(tr.forward(pass{}, x))
			if name == "causal" || name == "merge" {
				expectSum(t, fmt.Sprintf("%s, %v", name, T), y, x.reals, T)
			}
			step, from := len(y)/T[1], len(x.reals)/T[0]
			for seen := range T[0] {
				if want := stepsReady(seen, T[0], T[1]); tr.ready(seen) != want {
					t.Errorf("%s, %v: %d steps are ready after %d, want %d", name, T,
						tr.ready(seen), seen, want)
				}
				later := &activation{}
				*later = *x
				later.reals = append(append([]float32(nil), x.reals[:seen*from]...),
					g.vector((T[0]-seen)*from)...)
				again := dense(tr.forward(pass{}, later))
				for j := range T[1] {
					made := int(math.Ceil(float64((j+1)*T[0]) / float64(T[1])))
					same := slices.Equal(y[j*step:(j+1)*step], again[j*step:(j+1)*step])
					if same != (made <= seen) {
						t.Errorf("%s, %v: step %d, made after %d: unchanged %v after the first %d",
							name, T, j, made, same, seen)
					}
				}
			}
			for from := range T[0] {
				y = dense(tr.extend(pass{}, x, from, from+1))
			}
			for i, want := range dense(tr.forward(pass{}, x)) {
				if y[i] != want {
					t.Fatalf("%s, %v: element %d is %v step by step, %v at once", name, T, i, y[i],
						want)
				}
			}
		}
	}
}

// expectSum compares the sums of two activations over their timesteps, T[1] and T[0].
func expectSum(t *testing.T, what string, y, x []float32, T [2]int) {
	t.Helper()
	sum := make([]float64, len(y)/T[1])
	for i, v := range y {
		sum[i%len(sum)] += float64(v)
	}
	for i, v := range x {
		sum[i%len(sum)] -= float64(v)
	}
	for i, v := range sum {
		if math.Abs(v) > 1e-5 {
			t.Fatalf("%s: the sum of element %d changes by %v", what, i, v)
		}
	}
}

// merge by its definition, and what it says of the values that it hands on.
func TestMergeIsTheOverlap(t *testing.T) {
	ws := newWorkspace(2)
	defer ws.pool.Close()
	g := maker{rand.New(rand.NewPCG(9, 9))}
	in := shape{17, 3, 2}
	for _, T := range [][2]int{{10, 5}, {5, 3}, {3, 2}, {8, 6}, {7, 1}, {12, 8}} {
		for kind, x := range map[string]*activation{
			"spikes": g.spikes(in, T[0], 2), "pooled": pooled2x2(g, ws, in, T[0]),
		} {
			y := newMerge(ws, "tt.0", T[0], T[1]).forward(pass{}, x)
			got, from := dense(y), dense(x)
			step := len(got) / T[1]
			for i, v := range got {
				want, j := 0.0, i/step
				for s := range T[0] {
					a := max(float64(s)/float64(T[0]), float64(j)/float64(T[1]))
					b := min(float64(s+1)/float64(T[0]), float64(j+1)/float64(T[1]))
					want += max(0, b-a) * float64(T[0]) * float64(from[s*step+i%step])
				}
				if math.Abs(float64(v)-want) > 1e-5 {
					t.Fatalf("%v of %s, element %d: got %v, want %v", T, kind, i, v, want)
				}
				if n := float64(v / y.unit); math.Abs(n-math.Round(n)) > 1e-4 ||
					n > float64(y.most)+1e-4 {
					t.Fatalf("%v of %s, element %d: %v is %v of %v, want a whole number to %d", T,
						kind, i, v, n, y.unit, y.most)
				}
			}
		}
	}
}

// pooled2x2 are means of spikes, T timesteps of two samples of images of the shape.
func pooled2x2(g maker, ws *workspace, in shape, T int) *activation {
	twice := shape{in.c, 2 * in.h, 2 * in.w}
	return poolOf(ws, AvgPool(2), twice).forward(pass{}, g.spikes(twice, T, 2))
}

// Channel i*C + c of a fold is channel c of timestep i of the window, whatever lies in its words.
func TestFoldIsAPermutation(t *testing.T) {
	ws := newWorkspace(2)
	defer ws.pool.Close()
	g := maker{rand.New(rand.NewPCG(10, 10))}
	for _, c := range []int{1, 5, 16, 18, 33} {
		in := shape{c, 3, 2}
		for kind, input := range map[string]func(shape, int, int) *activation{
			"spikes": g.spikes, "reals": g.reals,
		} {
			x := input(in, 6, 2)
			y := newFold(ws, "tt.0", 6, 2).forward(pass{}, x)
			if y.c != 3*c || y.T != 2 || (y.spikes != nil) != (x.spikes != nil) {
				t.Fatalf("%s of %d channels: %d channels and %d timesteps, want %d and 2, "+
					"and spikes only of spikes", kind, c, y.c, y.T, 3*c)
			}
			from, to := x.channelsFirst(), y.channelsFirst()
			for n := range to { // to [2][B][3*c][pixels], from [6][B][c][pixels]
				p, channel, b, j := n%6, n/6%(3*c), n/(18*c)%2, n/(36*c)
				s := 3*j + channel/c
				if want := from[((s*2+b)*c+channel%c)*6+p]; to[n] != want {
					t.Fatalf("%s of %d channels: element %d is %v, want %v", kind, c, n, to[n],
						want)
				}
			}
		}
	}
}

// A fold whose weights are those of one convolution is merge; times numbers for each timestep and
// channel, a weighted fold.
func TestFoldsOfOneConvolution(t *testing.T) {
	ws := newWorkspace(2)
	defer ws.pool.Close()
	g := maker{rand.New(rand.NewPCG(11, 11))}
	in := shape{18, 4, 3}
	const k = 3
	one := newConv(ws, "one", in, 20, Windows(3, 1, 1), false)
	one.weight.uniform(g.Rand, 1)
	cfg := &Config{Transition: WeightedFold}
	sc := newScores(ws, cfg, boundary{name: "tt.0", in: in}, 6, 2)
	x := g.spikes(in, 6, 2)
	for name, tr := range map[string]transition{
		"merge": newMerge(ws, "tt.0", 6, 2), "weighted-fold": newWeightedFold(ws, "tt.0", 6, 2, sc),
	} {
		if name == "weighted-fold" {
			sc.weight.uniform(g.Rand, 1)
		}
		many := newConv(ws, "many", in.folded(k), 20, Windows(3, 1, 1), false)
		w := one.weight.Export(one.weight.Value)
		wide := make([]float32, many.weight.Len())
		for i := range wide { // [20][k*18][3][3]
			tap, channel, o := i%9, i/9%(k*in.c), i/(9*k*in.c)
			wide[i] = w[(o*in.c+channel%in.c)*9+tap]
			if name == "weighted-fold" {
				wide[i] *= sc.weight.Export(sc.weight.Value)[channel]
			}
		}
		if err := many.weight.Import(many.weight.Value, wide); err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(many.forward(pass{}, newFold(ws, "tt.0", 6, 2).forward(pass{}, x),
			nil))
		for i, v := range one.forward(pass{}, tr.forward(pass{}, x), nil) {
			if math.Abs(float64(v-want[i])) > 1e-4 {
				t.Fatalf("%s: output %d is %v, of the fold %v", name, i, v, want[i])
			}
		}
	}
}

// A network with plain folds in place of weighted ones answers as it did, but for rounding, and its
// convolutions get spikes again.
func TestWithPlainFolds(t *testing.T) {
	c := Default()
	c.Height, c.Width, c.Classes = 8, 7, 3
	c.Stages = [][]Item{{Conv(5)}, {Conv(18), AvgPool(2)}, {Current(6), Neurons()}, {Conv(4)}}
	c.T, c.Transition, c.Early.On = []int{6, 2, 2, 1}, WeightedFold, true
	n := trained(t, c, 1)
	defer n.Close()
	g := maker{rand.New(rand.NewPCG(12, 12))}
	for _, p := range n.Parameters() {
		if p.preset {
			p.uniform(g.Rand, 2)
		}
	}
	const B = 3
	frames := randomFrames(c, B, 9)
	want := slices.Clone(n.Forward(frames, B, false).Logits)
	plain := n.WithPlainFolds()
	defer plain.Close()
	if again := plain.WithPlainFolds(); again != plain || plain.Config().Transition != Fold {
		t.Errorf("transition %d, want a plain fold, and that once only", plain.Config().Transition)
	}
	frozen, err := n.Freeze(32)
	if err != nil {
		t.Fatal(err)
	}
	defer frozen.Close()
	for name, other := range map[string]*Network{"plain": plain, "frozen": frozen} {
		for i, v := range other.Forward(frames, B, false).Logits {
			if math.Abs(float64(v-want[i])) > 1e-5 {
				t.Errorf("%s: logit %d is %v, want %v", name, i, v, want[i])
			}
		}
	}
	if first := plain.Synapses()[1]; !first.Spikes {
		t.Errorf("%+v behind a fold of spikes, want spikes", first)
	}
}

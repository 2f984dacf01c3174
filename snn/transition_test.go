package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// allTransitions are those between stages of t1 and t2 timesteps, by name.
func allTransitions(g maker, ws *workspace, t1, t2 int) map[string]transition {
	all := map[string]transition{}
	for plan, more := range map[string]int{"": 0, ", the smaller of two plans": 2} {
		scores := func(bias bool) scores { return newScores(ws, "tt.0", t1+more, t2+more, bias) }
		all["linear"+plan] = newMixture(ws, "tt.0", t1, t2, false, scores(false))
		all["causal"+plan] = newMixture(ws, "tt.0", t1, t2, true, scores(true))
		for _, factored := range []bool{false, true} {
			all[fmt.Sprintf("softmax, factored %v%s", factored, plan)] = newTransformer(ws, "tt.0", t1, t2, scores(true), factored)
		}
	}
	for _, factored := range []bool{false, true} {
		all[fmt.Sprintf("mean, factored %v", factored)] = newTransformer(ws, "tt.0", t1, t2, scores{}, factored)
	}
	for _, kind := range []Transition{Repeat, Truncate} {
		if _, ok := kind.fits(t1, t2); ok {
			word, _ := kind.MarshalText()
			all[string(word)] = newTransition(ws, &Config{Transition: kind}, "tt.0", t1, t2, 1, scores{})
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

var timesteps = [][2]int{{4, 3}, {5, 2}, {3, 3}, {2, 5}, {4, 1}}

// For a loss that is linear in what a transition hands on, of reals.
func TestTransitionGradient(t *testing.T) {
	ws := newWorkspace(2)
	defer ws.pool.Close()
	for _, T := range timesteps {
		g := maker{rand.New(rand.NewPCG(6, 6))}
		for name, tr := range allTransitions(g, ws, T[0], T[1]) {
			in := shape{3, 2, 2}
			x := g.reals(in, T[0], 2)
			up := masked(g.vector(T[1]*2*x.size()), in.c)
			loss := func() float64 { return dot(up, dense(tr.forward(x))) }
			dx := tr.backward(readGradient(ws, tr.forward(x), up))
			what := func(of string, i int) string { return fmt.Sprintf("%s, %v: %s %d", name, T, of, i) }
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
		for name, tr := range allTransitions(g, ws, T[0], T[1]) {
			in := shape{18, 3, 2}
			spikes := g.spikes(in, T[0], 2)
			reals := &activation{}
			reals.setReals(in, T[0], 2)
			copy(reals.reals, dense(spikes))
			up := masked(g.vector(T[1]*2*reals.size()), in.c)
			pass := func(x *activation) map[string][]float32 {
				y := tr.forward(x)
				all := map[string][]float32{"y": dense(y)}
				all["dx"] = tr.backward(readGradient(ws, y, up))
				tr.parameters(func(p *Parameter) { all[p.Name] = append([]float32(nil), p.Gradient...) })
				return all
			}
			want := pass(reals)
			for what, got := range pass(spikes) {
				for i, v := range got {
					if math.Abs(float64(v-want[what][i])) > 1e-5 {
						t.Fatalf("%s, %v: %s %d is %v of spikes, %v of reals", name, T, what, i, v, want[what][i])
					}
				}
			}
		}
	}
}

// A causal transformer's step j depends on the first ceil((j+1)*T1/T2) steps only, and it loses nothing: its steps add up to what came in.
func TestCausalTransformer(t *testing.T) {
	ws := newWorkspace(1)
	defer ws.pool.Close()
	for _, T := range timesteps {
		g := maker{rand.New(rand.NewPCG(8, 8))}
		tr := allTransitions(g, ws, T[0], T[1])["causal"]
		x := g.full(shape{4, 2, 2}, T[0], 2)
		y := dense(tr.forward(x))
		step := len(y) / T[1]
		sum := make([]float64, step)
		for i, v := range y {
			sum[i%step] += float64(v)
		}
		for i, v := range x.reals {
			sum[i%step] -= float64(v)
		}
		for i, v := range sum {
			if math.Abs(v) > 1e-5 {
				t.Fatalf("%v: the sum of element %d changes by %v", T, i, v)
			}
		}
		for seen := range T[0] {
			later := &activation{}
			*later = *x
			later.reals = append(append([]float32(nil), x.reals[:seen*step]...), g.vector((T[0]-seen)*step)...)
			again := dense(tr.forward(later))
			for j := range T[1] {
				made := int(math.Ceil(float64((j+1)*T[0]) / float64(T[1])))
				same := true
				for i := j * step; i < (j+1)*step; i++ {
					same = same && y[i] == again[i]
				}
				if same != (made <= seen) {
					t.Errorf("%v: step %d, made after %d: unchanged %v after the first %d", T, j, made, same, seen)
				}
			}
		}
	}
}

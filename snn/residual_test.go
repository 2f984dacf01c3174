package snn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// For every kind of input, the gradient of a residual layer with a smooth body and shortcut is the
// limit of differences.
func TestResidualGradient(t *testing.T) {
	const T, B = 2, 2
	in := shape{3, 3, 2}
	for _, straight := range []bool{true, false} {
		for _, kind := range []string{"reals", "frames", "factored"} {
			g := maker{rand.New(rand.NewPCG(8, 8))}
			ws := newWorkspace(2)
			cfg := Default()
			var shortcut []layer
			out, stride := in.c, 1
			if !straight {
				out, stride = 5, 2
				shortcut = layersOf(ws, CurrentOf(out, Windows(1, stride, 0)), in, &cfg)
			}
			r := newResidual(ws, shortcut, layersOf(ws, CurrentOf(out, Windows(3, stride, 1)), in,
				&cfg)...)
			r.parameters(func(p *Parameter) { p.uniform(g.Rand, 1) })
			x := map[string]func(shape, int, int) *activation{"reals": g.reals, "frames": g.frames,
				"factored": g.factored}[kind](in, T, B)
			y := r.forward(learning, x)
			up := masked(g.vector(len(y.reals)), y.c)
			loss := func() float64 { return dot(r.forward(learning, x).reals, up) }
			dx := r.backward(learning, append([]float32(nil), up...), true)
			name := fmt.Sprintf("straight %v, %s, ", straight, kind)
			for i := range x.images() * in.pixels() {
				for c := range in.c {
					got := dx[i*16+c]
					expectSlope(t, fmt.Sprintf("%spixel %d, channel %d", name, i, c), got,
						slope(&x.reals[i*x.stride+c], loss))
				}
			}
			for i := range x.scale {
				expectSlope(t, fmt.Sprintf("%sstrength %d", name, i), float32(x.scaleGrad[i]),
					slope(&x.scale[i], loss))
			}
			ws.close()
		}
	}
}

// For neurons without a norm, currents scaled up with the threshold give the same spikes, and
// gradients scaled down by the same factor.
func TestFiring(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(9, 9))}
	ws := newWorkspace(2)
	defer ws.close()
	in := shape{5, 3, 2}
	cfg := Default()
	cfg.Tau = 0.5 // so that the scale is exact
	plain := layerOf(ws, Neurons(), in, &cfg)
	cfg.DecayInput = true
	scaled := layerOf(ws, Neurons(), in, &cfg)
	for kind, x := range map[string]*activation{"reals": g.full(in, 3, 2),
		"spikes": g.spikes(in, 3, 2)} {

		double := &activation{}
		double.setReals(in, 3, 2)
		for i, v := range dense(x) {
			double.reals[i] = 2 * v
		}
		up := masked(g.vector(len(double.reals)), in.c)
		want, got := dense(plain.forward(learning, x)), dense(scaled.forward(learning, double))
		if dot(want, want) == 0 {
			t.Fatalf("%s: no spikes", kind)
		}
		dWant := slices.Clone(plain.backward(learning, slices.Clone(up), true))
		dGot := scaled.backward(learning, append([]float32(nil), up...), true)
		for i := range want {
			if got[i] != want[i] || dGot[i] != dWant[i]/2 {
				t.Fatalf("%s, element %d: spike %v, gradient %v, want %v, %v", kind, i, got[i],
					dGot[i], want[i], dWant[i]/2)
			}
		}
	}
}

// Spikes added to spikes are whole numbers, at most as large as the layer states, so integers of
// few bits can count them.
func TestResidualsCount(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(14, 14))}
	ws := newWorkspace(1)
	defer ws.close()
	in := shape{6, 4, 4}
	cfg := Default()
	x := g.spikes(in, 2, 2)
	most := x.most
	for range 3 {
		r := layerOf(ws, SEW(in.c, 1), in, &cfg)
		r.parameters(func(p *Parameter) { p.uniform(g.Rand, 1) })
		x = r.forward(learning, x)
		if most++; x.unit != 1 || x.most != most {
			t.Fatalf("multiples of %v up to %d, want of 1 up to %d", x.unit, x.most, most)
		}
		for i, v := range x.reals {
			if v != float32(int(v)) || v < 0 || v > float32(most) {
				t.Fatalf("element %d is %v, want a whole number up to %d", i, v, most)
			}
		}
	}
	if y := layerOf(ws, Position(), in, &cfg).forward(learning, g.factored(in, 2, 2)); y.unit != 0 {
		t.Errorf("one image at two strengths and spikes are multiples of %v", y.unit)
	}
	if y := layerOf(ws, MS(in.c, 1), in, &cfg).forward(learning, x); y.unit != 0 {
		t.Errorf("currents are multiples of %v", y.unit)
	}
}

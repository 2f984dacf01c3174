package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Where a layer is smooth, its gradient is the limit of differences. For a loss <y, g> and a step
// of 2e-2 in float32 the two agree to about 1e-3.

// slope is the difference quotient of loss by *x.
func slope(x *float32, loss func() float64) float64 {
	const step = 2e-2
	was := *x
	*x = was + step
	up := loss()
	*x = was - step
	down := loss()
	*x = was
	return (up - down) / (2 * step)
}

func expectSlope(t *testing.T, what string, got float32, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 2e-3*(1+math.Abs(want)) {
		t.Errorf("%s: gradient %v, difference quotient %v", what, got, want)
	}
}

func TestNormGradient(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(5, 5))}
	ws := newWorkspace(2)
	defer ws.pool.Close()
	const channels, images, pixels = 3, 4, 6
	in := shape{channels, 2, 3}
	// The convolution in front of the norm is the identity, so the gradients of its input and its
	// output are equal.
	c := newConv(ws, "conv", in, channels, Windows(1, 1, 0), false)
	for i := range channels {
		c.weight.Value[c.weightAt(i, i, 0, 0)] = 1
	}
	c.forward(pass{}, g.reals(in, 1, images), nil)
	n := c.normed("bn", Norm{Eps: 1e-5, Momentum: 0.1, Scale: 0.7})
	n.weight.uniform(g.Rand, 1)
	n.bias.uniform(g.Rand, 1)
	x := masked(g.vector(images*pixels*n.c), channels)
	up := masked(g.vector(len(x)), channels)
	loss := func() float64 {
		n.forward(learning, x, 1, images)
		var sum float64
		for i, v := range x {
			sum += float64(up[i]) * (float64(n.scale[i%n.c])*float64(v) + float64(n.shift[i%n.c]))
		}
		return sum
	}
	loss()
	n.sumGradients(up, 1, images, 1)
	dx := n.backward(learning, up, c, true)
	for ch := range channels {
		expectSlope(t, fmt.Sprintf("weight %d", ch), n.weight.Gradient[ch],
			slope(&n.weight.Value[ch], loss))
		expectSlope(t, fmt.Sprintf("bias %d", ch), n.bias.Gradient[ch],
			slope(&n.bias.Value[ch], loss))
	}
	for i := range x {
		if i%n.c < channels {
			expectSlope(t, fmt.Sprintf("x %d", i), dx[i], slope(&x[i], loss))
		}
	}
}

func TestClassifierGradient(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(7, 7))}
	ws := newWorkspace(2)
	defer ws.pool.Close()
	const T, B, K = 3, 2, 4
	in := shape{5, 2, 3}
	x := g.reals(in, T, B)
	c := newClassifier(ws, "fc", in, x.stride, K, true)
	c.conv.parameters(func(p *Parameter) { p.uniform(g.Rand, 1) })
	for of, up := range map[string][]float32{
		"logits": g.vector(B * K), "steps": g.vector(T * B * K)} {

		loss := func() float64 {
			c.forward(learning, x)
			if of == "logits" {
				return dot(c.Logits, up)
			}
			return dot(slices.Concat(c.Steps...), up)
		}
		loss()
		dx := append([]float32(nil), c.backward(learning, up)...)
		c.conv.parameters(func(p *Parameter) {
			grad := p.Export(p.Gradient)
			for i := range grad {
				expectSlope(t, fmt.Sprintf("%s: %s %d", of, p.Name, i), grad[i],
					slope(&p.Value[p.index(i)], loss))
			}
		})
		for i := range x.reals {
			if i%x.stride < in.c {
				expectSlope(t, fmt.Sprintf("%s: x %d", of, i), dx[i], slope(&x.reals[i], loss))
			}
		}
	}
}

func TestLinearGradient(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(13, 13))}
	ws := newWorkspace(2)
	defer ws.close()
	const T, B = 2, 3
	in := shape{5, 2, 3}
	cfg := Default()
	x := g.reals(in, T, B)
	l := layerOf(ws, FullyConnected(18), in, &cfg).(*linear)
	l.parameters(func(p *Parameter) { p.uniform(g.Rand, 1) })
	up := masked(g.vector(T*B*32), 18)
	loss := func() float64 { return dot(l.forward(learning, x).reals, up) }
	loss()
	dx := l.backward(learning, append([]float32(nil), up...), true)
	l.parameters(func(p *Parameter) {
		grad := p.Export(p.Gradient)
		for i := range grad {
			expectSlope(t, fmt.Sprintf("%s %d", p.Name, i), grad[i],
				slope(&p.Value[p.index(i)], loss))
		}
	})
	for i := range x.reals {
		if i%x.stride < in.c {
			expectSlope(t, fmt.Sprintf("x %d", i), dx[i], slope(&x.reals[i], loss))
		}
	}
}

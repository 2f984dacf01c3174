package kernel

import "math"

// SGD makes one step of gradient descent with momentum and weight decay: g = grad + decay*p, m =
// momentum*m + g, p -= rate*m.
func SGD(p, m, grad []float32, rate, momentum, decay float32) {
	active.sgd(p, m, grad, rate, momentum, decay)
}

func sgdGeneric(p, m, grad []float32, rate, momentum, decay float32) {
	m, grad = m[:len(p)], grad[:len(p)]
	for i, v := range p {
		g := grad[i] + float32(decay*v)
		m[i] = float32(momentum*m[i]) + g
		p[i] = v - float32(rate*m[i])
	}
}

// AdamStep is the arithmetic of one step of Adam (Kingma and Ba 2015), or with Decoupled of AdamW
// (Loshchilov and Hutter 2019). Correct1 and Correct2 are 1 - Beta^step.
type AdamStep struct {
	Rate, Beta1, Beta2, Epsilon, Decay float32
	Correct1, Correct2                 float32
	// Decoupled makes the decay reduce p by Rate*Decay*p instead of adding Decay*p to the gradient.
	Decoupled bool
}

// Update makes one step of Adam: it changes the parameters p by their gradient grad. m and v are
// the running means of the gradient and of its square.
func (a AdamStep) Update(p, m, v, grad []float32) { active.adam(a, p, m, v, grad) }

func adamGeneric(a AdamStep, p, m, v, grad []float32) {
	for i, g := range grad[:len(p)] {
		x := p[i]
		if a.Decoupled {
			x -= float32(float32(a.Rate*a.Decay) * x)
		} else {
			g += float32(a.Decay * x)
		}
		m[i] = float32(a.Beta1*m[i]) + float32((1-a.Beta1)*g)
		v[i] = float32(a.Beta2*v[i]) + float32(float32((1-a.Beta2)*g)*g)
		root := float32(math.Sqrt(float64(v[i]/a.Correct2))) + a.Epsilon
		p[i] = x - float32(a.Rate*(m[i]/a.Correct1))/root
	}
}

package snn

import (
	"math"
	"math/bits"

	"ssnn/internal/kernel"
)

// The self-attention of Spikformer (Zhou et al., ICLR 2023; ZK-Zhou/spikformer) is the body of a
// residual layer:
//
//	x + LIF(BN(conv(LIF'(A(LIF(BN(conv(x))))))))
//
// The convolutions are 1x1. The first one makes Q, K and V, one behind the other in the channels. A
// is the attention itself, see [mixing]. The neurons of LIF' fire at half the threshold.

// mixing is attention without softmax between the N pixels of an image. For each head, whose Q, K
// and V are the spikes [N][d] of its d channels,
//
//	y = (Q K^T) V / sqrt(d) = Q (K^T V) / sqrt(d)
//
// The sums are whole numbers, so the order of additions does not change them. The second form costs
// N*d*d operations instead of N*N*d. Spikes need only a part of them, because an entry of K^T V
// counts the pixels at which both channels spike.
type mixing struct {
	stateless
	ws       *workspace
	name     string
	heads, d int
	scale    float32

	x       *activation // spikes of Q, K, V
	out     activation
	g, dx   []float32
	scratch []mixingScratch // one for each thread
	tasks   struct{ forward, backward func(worker, item int) }
}

// mixingScratch is the memory of a thread for one head of an image.
type mixingScratch struct {
	kv, gradKV []float32 // [d][d]
	g          []float32 // [d]
	q, k, v    []int     // channels that spike at a pixel, counted within the head
}

func newMixing(ws *workspace, n *Node) *mixing {
	in, heads := n.Out.own(), n.Heads
	m := &mixing{ws: ws, name: n.Name, heads: heads, d: in.c / heads}
	m.scale = float32(1 / math.Sqrt(float64(m.d)))
	m.out.shape = in
	for range ws.threads {
		m.scratch = append(m.scratch, mixingScratch{
			kv: make([]float32, m.d*m.d), gradKV: make([]float32, m.d*m.d), g: make([]float32, m.d),
			q: make([]int, 0, m.d), k: make([]int, 0, m.d), v: make([]int, 0, m.d),
		})
	}
	m.tasks.forward, m.tasks.backward = m.forwardImage, m.backwardImage
	return m
}

func (m *mixing) forward(p pass, x *activation) *activation {
	m.x = x
	m.out.setReals(m.out.shape, x.T, x.B)
	at := p.start()
	m.ws.pool.Run(x.images(), m.tasks.forward)
	p.stop(at, m.name, "attention", 0, len(m.out.reals), len(x.spikes))
	p.count(m)
	return &m.out
}

func (m *mixing) forwardImage(worker, n int) {
	s, y := m.x.spikeImage(n), m.out.realImage(n)
	clear(y)
	for head := range m.heads {
		t := &m.scratch[worker]
		m.countPairs(t, s, head)
		for p := range m.x.pixels() {
			m.fired(t, s, p, head)
			dst := y[p*m.out.stride+head*m.d:][:m.d]
			for _, i := range t.q {
				for j, v := range t.kv[i*m.d:][:m.d] {
					dst[j] += v
				}
			}
			for j := range dst {
				dst[j] *= m.scale
			}
		}
	}
}

// countPairs computes K^T V of a head into t.kv.
func (m *mixing) countPairs(t *mixingScratch, s []uint16, head int) {
	clear(t.kv)
	for p := range m.x.pixels() {
		m.fired(t, s, p, head)
		for _, i := range t.k {
			row := t.kv[i*m.d:][:m.d]
			for _, j := range t.v {
				row[j]++
			}
		}
	}
}

// fired lists in t the channels of Q, K and V of a head that spike at a pixel, counted within the
// head.
func (m *mixing) fired(t *mixingScratch, s []uint16, pixel, head int) {
	words, c := s[pixel*m.x.words():], m.out.c
	t.q = appendSet(t.q[:0], words, head*m.d, m.d)
	t.k = appendSet(t.k[:0], words, c+head*m.d, m.d)
	t.v = appendSet(t.v[:0], words, 2*c+head*m.d, m.d)
}

// appendSet appends to list the numbers of the bits that are set among count bits of words. The
// bits begin with bit number first, which counts as number 0.
func appendSet(list []int, words []uint16, first, count int) []int {
	for at := first; at < first+count; {
		skip := at % kernel.Lanes
		n := min(kernel.Lanes-skip, first+count-at)
		word := words[at/kernel.Lanes] >> skip & uint16(uint32(1)<<n-1)
		for ; word != 0; word &= word - 1 {
			list = append(list, at-first+bits.TrailingZeros16(word))
		}
		at += n
	}
	return list
}

func (m *mixing) synaptic(yield func(synaptic)) { yield(m) }

func (m *mixing) withSums() Synapses {
	s := m.synapses()
	s.Sums, s.Sent = true, s.Active
	return s
}

// synapses counts, for each head and pixel, the d*d products of K^T V and the d*d products of Q
// with K^T V.
func (m *mixing) synapses() Synapses {
	s := Synapses{Layer: m.name, Spikes: true, Strengths: 1, Ternary: true,
		All: 2 * m.x.images() * m.x.pixels() * m.heads * m.d * m.d}
	t := &m.scratch[0]
	for n := range m.x.images() {
		spikes := m.x.spikeImage(n)
		for p := range m.x.pixels() {
			for head := range m.heads {
				m.fired(t, spikes, p, head)
				s.Active += len(t.k)*len(t.v) + len(t.q)*m.d
			}
		}
	}
	return s
}

func (m *mixing) backward(p pass, g []float32, wantInput bool) []float32 {
	defer m.ws.give(g)
	if !wantInput {
		return nil
	}
	m.g, m.dx = g, m.ws.take(m.x.images()*m.x.size())
	at := p.start()
	m.ws.pool.Run(m.x.images(), m.tasks.backward)
	p.stop(at, m.name, "attention backward", 0, len(g)+len(m.dx), len(m.x.spikes))
	return m.dx
}

// backwardImage computes the gradients of Q, K and V of image n. G is the gradient of y times the
// scale, and M is K^T V:
//
//	dQ = G M^T    dM = Q^T G    dK = V dM^T    dV = K dM
func (m *mixing) backwardImage(worker, n int) {
	s, size, c, d := m.x.spikeImage(n), m.x.size(), m.out.c, m.d
	dx, g := m.dx[n*size:(n+1)*size], m.g[n*m.out.size():]
	clear(dx)
	for head := range m.heads {
		t := &m.scratch[worker]
		m.countPairs(t, s, head)
		clear(t.gradKV)
		for p := range m.x.pixels() {
			m.fired(t, s, p, head)
			for j, v := range g[p*m.out.stride+head*d:][:d] {
				t.g[j] = m.scale * v
			}
			for _, i := range t.q {
				for j, v := range t.g {
					t.gradKV[i*d+j] += v
				}
			}
			dq := dx[p*m.x.stride+head*d:][:d]
			for i := range dq {
				for j, v := range t.kv[i*d:][:d] {
					dq[i] += float32(t.g[j] * v)
				}
			}
		}
		for p := range m.x.pixels() {
			m.fired(t, s, p, head)
			dk, dv := dx[p*m.x.stride+c+head*d:][:d], dx[p*m.x.stride+2*c+head*d:][:d]
			for _, i := range t.k {
				for j, v := range t.gradKV[i*d:][:d] {
					dv[j] += v
				}
			}
			for i := range dk {
				for _, j := range t.v {
					dk[i] += t.gradKV[i*d+j]
				}
			}
		}
	}
}

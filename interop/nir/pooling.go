package nir

import "ssnn/snn"

// pool adds a step for the mean or the sum over windows.
func (s *steps) pool(n named, x signal) (y signal, err error) {
	if len(x.shape) != 3 {
		return y, n.refused("an image of shape %v comes in, want channels, height and width",
			x.shape)
	}
	var k, stride, padding [2]int
	for i, p := range []*[2]int{&k, &stride, &padding} {
		if *p, err = n.pair([]string{"kernel_size", "stride", "padding"}[i]); err != nil {
			return y, err
		}
	}
	if min(k[0], k[1], stride[0], stride[1]) < 1 || min(padding[0], padding[1]) < 0 ||
		max(k[0], k[1], stride[0], stride[1], padding[0], padding[1]) > most {

		return y, n.refused("kernel_size %v, stride %v, padding %v, want windows of pixels", k,
			stride, padding)
	}
	g := snn.Windows(1, 1, 0)
	g.Kernel, g.Stride, g.Padding = k, stride, padding
	height, width, err := g.Out(x.shape[1], x.shape[2])
	switch {
	case err != nil:
		return y, n.refused("kernel_size %v, padding %v: it %w", k, padding, err)
	case 2*padding[0] > k[0] || 2*padding[1] > k[1]:
		return y, n.refused("padding %v of windows of %v, want at most half of them", padding, k)
	}
	if padding == [2]int{} && k[0] == x.shape[1] && k[1] == x.shape[2] {
		g.Stride = g.Kernel // the stride of a single window means nothing
	}
	a := step{op: snn.OpPool, geometry: g, pooling: snn.PoolMean}
	if n.Type == "SumPool2d" {
		a.pooling = snn.PoolSum
	}
	return s.add(n, x, []int{x.shape[0], height, width}, a), nil
}

// largest turns a sum over windows of spikes into their maximum, where only a Threshold from 0 to
// below 1 sees the sum: both are 1 where the sum is above the threshold.
func (s *steps) largest(n named, from []string, x signal) (y signal, ok bool, err error) {
	sum := s.alone(from, x)
	if sum == nil || sum.op != snn.OpPool || sum.pooling != snn.PoolSum || !s.spikes(sum.in) {
		return y, false, nil
	}
	at, err := n.uniform("threshold", product(x.shape))
	if err != nil || !(at >= 0 && at < 1) {
		return y, false, err
	}
	sum.pooling, sum.end = snn.PoolMax, n.name
	return x, true, nil
}

// spikes says whether the sum of some steps' outputs is 0 or 1 everywhere.
func (s *steps) spikes(of []int) bool {
	if len(of) != 1 || of[0] == snn.Frames {
		return false
	}
	a := s.all[of[0]]
	return a.op == snn.OpNeuron || a.op == snn.OpPool && a.pooling == snn.PoolMax
}

package nir

import "ssnn/snn"

// pool is the mean over windows or their sum, which with a threshold behind it is the maximum of
// spikes. It returns the number of nodes used.
func (b *builder) pool(n, next named) (used int, err error) {
	if len(b.shape) != 3 {
		return 0, n.refused("an image of shape %v comes in, want channels, height and width",
			b.shape)
	}
	var k, stride, padding [2]int
	for i, p := range []*[2]int{&k, &stride, &padding} {
		if *p, err = n.pair([]string{"kernel_size", "stride", "padding"}[i]); err != nil {
			return 0, err
		}
	}
	h, w := b.shape[1], b.shape[2]
	switch {
	case min(k[0], k[1], stride[0], stride[1]) < 1 || min(padding[0], padding[1]) < 0 ||
		max(k[0], k[1], stride[0], stride[1], padding[0], padding[1]) > most:
		return 0, n.refused("kernel_size %v, stride %v, padding %v, want windows of pixels", k,
			stride, padding)
	case next.Type == "Threshold":
		return 2, b.largest(n, next, k, stride, padding)
	}
	kind := snn.PoolMean
	if n.Type == "SumPool2d" {
		kind = snn.PoolSum
	}
	g := snn.Geometry{Kernel: k, Stride: stride, Padding: padding, Dilation: snn.Square(1),
		Groups: 1}
	height, width, err := g.Out(h, w)
	switch {
	case err != nil:
		return 0, n.refused("kernel_size %v, padding %v: it %w", k, padding, err)
	case 2*padding[0] > k[0] || 2*padding[1] > k[1]:
		return 0, n.refused("padding %v of windows of %v, want at most half of them", padding, k)
	case kind == snn.PoolMean && padding == [2]int{} && k == [2]int{h, w}:
		b.add(snn.GlobalPool())
	default:
		b.add(snn.PoolOf(kind, g))
	}
	b.shape = []int{b.shape[0], height, width}
	b.spikes = false
	return 1, nil
}

// largest is the maximum of windows of spikes: 1 where their sum is above a threshold of 0 to 1.
func (b *builder) largest(n, threshold named, k, stride, padding [2]int) error {
	g := snn.Geometry{Kernel: k, Stride: stride, Padding: padding, Dilation: snn.Square(1),
		Groups: 1}
	height, width, err := g.Out(b.shape[1], b.shape[2])
	if err != nil || 2*padding[0] > k[0] || 2*padding[1] > k[1] {
		return n.refused("kernel_size %v, stride %v, padding %v of an image of %dx%d, want "+
			"windows with at most half of them outside",
			k, stride, padding, b.shape[2], b.shape[1])
	}
	b.add(snn.PoolOf(snn.PoolMax, g))
	b.shape = []int{b.shape[0], height, width}
	at, err := threshold.uniform("threshold", product(b.shape))
	if err == nil && (n.Type != "SumPool2d" || !b.spikes || !(at >= 0 && at < 1)) {
		err = threshold.refused("threshold %v behind a %s, want one of 0 to 1 behind the sum of "+
			"spikes", at, n.Type)
	}
	return err
}

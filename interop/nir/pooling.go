package nir

import "ssnn/snn"

// pool is the mean over windows or their sum, which with a threshold behind it is the maximum of spikes. It returns the number of nodes used.
func (b *builder) pool(n, next named) (used int, err error) {
	if len(b.shape) != 3 {
		return 0, n.refused("an image of shape %v comes in, want channels, height and width", b.shape)
	}
	var k, stride, padding [2]int
	for i, p := range []*[2]int{&k, &stride, &padding} {
		if *p, err = n.pair([]string{"kernel_size", "stride", "padding"}[i]); err != nil {
			return 0, err
		}
	}
	h, w := b.shape[1], b.shape[2]
	switch {
	case min(k[0], k[1], stride[0], stride[1]) < 1 || min(padding[0], padding[1]) < 0 || max(k[0], k[1], stride[0], stride[1], padding[0], padding[1]) > most:
		return 0, n.refused("kernel_size %v, stride %v, padding %v, want windows of pixels", k, stride, padding)
	case next.Type == "Threshold":
		return 2, b.largest(n, next, k, stride, padding)
	case padding == [2]int{} && k[0] == k[1] && stride == k && k[0] <= min(h, w):
		b.add(snn.AvgPool(k[0]))
		b.shape = []int{b.shape[0], h / k[0], w / k[0]}
	case padding == [2]int{} && k == [2]int{h, w}:
		b.add(snn.GlobalPool())
		b.shape = []int{b.shape[0], 1, 1}
	default:
		return 0, n.refused("kernel_size %v, stride %v, padding %v of an image of %dx%d, want square windows beside each other", k, stride, padding, w, h)
	}
	if n.Type == "SumPool2d" {
		b.sum *= float32(k[0] * k[1])
	}
	b.spikes = false
	return 1, nil
}

// largest is the maximum of windows of spikes: 1 where their sum is above a threshold of 0 to 1.
func (b *builder) largest(n, threshold named, k, stride, padding [2]int) error {
	switch {
	case k[0] != k[1] || stride[0] != stride[1] || padding[0] != padding[1] || 2*padding[0] > k[0] || k[0] > min(b.shape[1], b.shape[2])+2*padding[0]:
		return n.refused("kernel_size %v, stride %v, padding %v of an image of %dx%d, want square windows", k, stride, padding, b.shape[2], b.shape[1])
	}
	side := func(n int) int { return (n+2*padding[0]-k[0])/stride[0] + 1 }
	if stride == k && padding == [2]int{} {
		b.add(snn.MaxPool(k[0]))
	} else {
		b.add(snn.OverlappingMaxPool(k[0], stride[0], padding[0]))
	}
	b.shape = []int{b.shape[0], side(b.shape[1]), side(b.shape[2])}
	at, err := threshold.uniform("threshold", product(b.shape))
	if err == nil && (n.Type != "SumPool2d" || !b.spikes || !(at >= 0 && at < 1)) {
		err = threshold.refused("threshold %v behind a %s, want one of 0 to 1 behind the sum of spikes", at, n.Type)
	}
	return err
}

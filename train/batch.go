package train

import (
	"ssnn/dataset"
	"ssnn/snn"
)

// buffer holds the frames and labels of a batch.
type buffer struct {
	frames []float32
	labels []dataset.Label
}

// fill takes as many frames as the network's plan wants.
func (b *buffer) fill(net *snn.Network, s Samples, which []int, draw *dataset.Draw) error {
	cfg := net.Config()
	n := net.Timesteps()[0] * len(which) * cfg.Height * cfg.Width * cfg.InChannels
	if cap(b.frames) < n {
		b.frames = make([]float32, n)
	}
	b.frames = b.frames[:n]
	b.labels = b.labels[:0]
	for _, i := range which {
		b.labels = append(b.labels, s.Label(i, draw))
	}
	return s.Fill(b.frames, which, draw)
}

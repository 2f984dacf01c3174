package train

import (
	"context"

	"ssnn/dataset"
	"ssnn/internal/collective"
	"ssnn/snn"
)

// buffer holds the frames and labels of a batch.
type buffer struct {
	frames []float32
	labels []dataset.Label
}

// fill takes the frames [T][B][H][W][C] of the samples, with the T of the network's plan.
func (b *buffer) fill(net *snn.Network, s Samples, which []int, draw *dataset.Draw) error {
	cfg := net.Config()
	n := net.Timesteps()[0] * len(which) * cfg.Height * cfg.Width * cfg.InChannels
	if cap(b.frames) < n {
		b.frames = make([]float32, n)
	}
	b.frames = b.frames[:n]
	if len(which) == 0 {
		return nil
	}
	return s.Fill(b.frames, which, draw)
}

// label takes the labels of the samples.
func (b *buffer) label(s Samples, which []int, draw *dataset.Draw) {
	b.labels = b.labels[:0]
	for _, i := range which {
		b.labels = append(b.labels, s.Label(i, draw))
	}
}

// fillOwn takes the frames of the batch's samples that this network is shown, see snn.Network.Own,
// and the labels of all samples, unless the context has ended. An error of any member of the
// network's group is returned to all.
func (b *buffer) fillOwn(ctx context.Context, net *snn.Network, s Samples, which []int,
	draw *dataset.Draw) error {

	from, to := net.Own(len(which))
	err := ctx.Err()
	if err == nil {
		err = b.fill(net, s, which[from:to], draw)
	}
	if err := collective.Agree(net.Group(), err); err != nil {
		return err
	}
	b.label(s, which, draw)
	return nil
}

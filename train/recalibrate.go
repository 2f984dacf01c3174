package train

import (
	"context"

	"ssnn/snn"
)

// mostRecalibrated bounds the number of samples from which the statistics of norms are estimated.
// Each gives a value for each timestep and pixel, so that more samples would change little.
const mostRecalibrated = 512

// Recalibrate estimates the running statistics of the network's norms anew for its timesteps, from
// at most 512 training samples, spread evenly and without augmentation, in batches of at most batch
// samples, see snn.Network.Recalibrate. The error is that of making their frames, or the context's
// if that ends between two batches; then nothing has changed. A network in a group is shown its own
// samples of each batch.
func Recalibrate(ctx context.Context, net *snn.Network, s Samples, batch int) error {
	var b buffer
	n := min(s.Len(), mostRecalibrated)
	which := make([]int, n)
	for i := range which {
		which[i] = i * s.Len() / n
	}
	return net.Recalibrate(func() ([]float32, int, error) {
		now := which[:min(batch, len(which))]
		if which = which[len(now):]; len(now) == 0 {
			return nil, 0, nil
		}
		err := b.fillOwn(ctx, net, s, now, nil)
		return b.frames, len(now), err
	})
}

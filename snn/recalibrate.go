package snn

import "fmt"

// Running statistics move a little with every training step. They therefore mix the statistics of
// the different weights and plans of these steps. Recalibration estimates them anew for the present
// weights and plan, from forward passes over some samples.

// gathered has, for each channel, the mean of all values so far and the sum of their squared
// distances from it. Values are added batch by batch.
type gathered struct {
	count    float64
	mean, m2 []float64
}

// add adds a batch of count values with the mean m and the sum of squared distances m2 to channel c
// (Chan, Golub and LeVeque 1979). The caller increases the count once all channels are added.
func (p *gathered) add(c int, count, m, m2 float64) {
	all := p.count + count
	d := m - p.mean[c]
	p.mean[c] += d * count / all
	p.m2[c] += m2 + d*d*p.count*count/all
}

// Recalibrate sets the running statistics of all norms, also those of early classifiers, to the
// mean and the unbiased variance of all their inputs in forward passes that norm each batch by its
// own statistics, as training does. The earlier statistics have no influence, and nothing else of
// the network changes.
// next returns the frames of one batch after the other, as Forward takes them, and B = 0 after the
// last. If next fails, its error is returned and the statistics are as they were.
func (n *Network) Recalibrate(next func() (frames []float32, B int, err error)) error {
	for _, m := range n.ws.norms {
		m.gathered = gathered{mean: make([]float64, m.c), m2: make([]float64, m.c)}
	}
	defer func() {
		for _, m := range n.ws.norms {
			m.gathered = gathered{}
		}
	}()
	batches := 0
	for ; ; batches++ {
		frames, B, err := next()
		if err != nil {
			return err
		}
		if B == 0 {
			break
		}
		n.forward(n.pass(recalibration), frames, B)
	}
	if batches == 0 {
		return fmt.Errorf("no samples to estimate the statistics of norms from")
	}
	for _, m := range n.ws.norms {
		if m.gathered.count == 0 { // stands before neurons without a norm, see passing
			continue
		}
		for c := range m.c {
			m.mean.Value[c] = float32(m.gathered.mean[c])
			m.variance.Value[c] = float32(m.gathered.m2[c] / max(m.gathered.count-1, 1))
		}
	}
	return nil
}

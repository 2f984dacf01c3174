package search

import (
	"slices"
	"time"

	"ssnn/dataset"
	"ssnn/infer"
	"ssnn/snn"
	"ssnn/train"
)

const (
	shown   = 16 // recordings on which latencies are measured
	counted = 64 // recordings on which energies are estimated
	leastOf = 15 // least number of runs of a measurement
)

// leastFor is the least time that a measurement takes. Tests in which latencies do not matter
// shorten it.
var leastFor = 150 * time.Millisecond

// some is a few of the samples, spread evenly.
type some struct {
	train.Samples
	n int
}

func (s some) Len() int { return min(s.n, s.Samples.Len()) }

func (s some) at(i int) int { return i * s.Samples.Len() / s.Len() }

func (s some) Label(i int, d *dataset.Draw) dataset.Label { return s.Samples.Label(s.at(i), d) }

func (s some) Fill(dst []float32, batch []int, d *dataset.Draw) error {
	which := make([]int, len(batch))
	for b, i := range batch {
		which[b] = s.at(i)
	}
	return s.Samples.Fill(dst, which, d)
}

// timed is latency, except in tests whose decisions must not depend on the clock.
var timed = latency

// latency returns the median time from the frames of one recording to the answer. The samples must
// have as many frames as the network needs.
func latency(net *snn.Network, samples train.Samples, threads int) (time.Duration, error) {
	m, err := infer.Compile(net, infer.Options{})
	if err != nil {
		return 0, err
	}
	p := m.Runner(1, threads)
	defer p.Close()
	few := some{samples, shown}
	cfg := net.Config()
	frames := make([][]float32, few.Len())
	for i := range frames {
		frames[i] = make([]float32, cfg.T[0]*cfg.Height*cfg.Width*cfg.InChannels)
		if err := few.Fill(frames[i], []int{i}, nil); err != nil {
			return 0, err
		}
		if _, err := p.Run(frames[i]); err != nil { // the first run does not count
			return 0, err
		}
	}
	var took []time.Duration
	for begin := time.Now(); len(took) < leastOf || time.Since(begin) < leastFor; {
		at := time.Now()
		if _, err := p.Run(frames[len(took)%len(frames)]); err != nil {
			return 0, err
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

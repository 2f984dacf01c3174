package infer

import (
	"fmt"
	"time"

	"ssnn/snn"
)

// Plan runs a model: it has memory for a batch, and threads. It serves one goroutine at a time.
type Plan struct {
	model  *Model
	net    *snn.Network // a replica of the model's
	batch  int
	frame  int // values of a frame of one sample
	points []Point
	needs  [][]int // of each point

	// Of the sample under way.
	frames  []float32 // those that have come, of which the first stage takes as many as it needs
	fed     []float32 // memory for them where they come one by one
	at      int       // of points, the next
	last    Decision
	weights []float64 // of softmax

	profile profile
}

// Plan makes a plan for batches of at most the given number of samples, on the given number of threads, both at least 1, or it panics. Close frees its threads.
func (m *Model) Plan(batch, threads int) *Plan {
	if batch < 1 || threads < 1 {
		panic(fmt.Sprintf("infer: Plan got a batch of %d and %d threads, want 1 or more", batch, threads))
	}
	cfg := m.Config()
	p := &Plan{
		model: m, net: m.net.Replica(batch, threads), batch: batch, frame: cfg.Height * cfg.Width * cfg.InChannels,
		points: m.exits.points(end(cfg)), weights: make([]float64, cfg.Classes),
	}
	p.fed = make([]float32, 0, cfg.T[0]*p.frame)
	for _, pt := range p.points {
		p.needs = append(p.needs, pt.needs(m.net.Needs))
	}
	p.Begin() // what the network saw when its memory was reserved is no sample
	return p
}

// Close ends the plan's threads. It must not be used afterwards.
func (p *Plan) Close() { p.net.Close() }

// Run takes the frames [T][B][H][W][C] of a batch, T the timesteps of the first stage and B as many samples as the plan is for or fewer, and returns the logits
// [B][Classes]. They are overwritten by the next call. The error is that of frames whose number does not
// fit, or of [CheckFrames].
func (p *Plan) Run(frames []float32) ([]float32, error) {
	cfg := p.net.Config()
	size := cfg.T[0] * p.frame
	B := len(frames) / size
	if B < 1 || B > p.batch || len(frames) != B*size {
		return nil, fmt.Errorf("frames: %d values, want %d for each of 1 to %d samples", len(frames), size, p.batch)
	}
	if err := CheckFrames(cfg, frames, B); err != nil {
		return nil, err
	}
	return p.net.Forward(frames, B, false).Logits, nil
}

// Classify takes the frames [T][H][W][C] of one sample and answers at the first of the model's exits where it is sure, or at the end. A sample that was being fed is
// forgotten. The error is that of frames whose number does not fit, or of [CheckFrames].
func (p *Plan) Classify(frames []float32) (Decision, error) {
	cfg := p.net.Config()
	if len(frames) != cfg.T[0]*p.frame {
		return Decision{}, fmt.Errorf("frames: %d values, want %d", len(frames), cfg.T[0]*p.frame)
	}
	if err := CheckFrames(cfg, frames, 1); err != nil {
		return Decision{}, err
	}
	p.Begin()
	p.frames = frames
	if !p.profile.on {
		return p.Decide(), nil
	}
	begin := time.Now()
	d := p.Decide()
	p.profile.took += time.Since(begin)
	p.profile.calls++
	return d, nil
}

// Begin begins a sample whose frames come one by one, or some at a time; that before it is forgotten.
func (p *Plan) Begin() {
	p.net.Begin(1)
	p.frames, p.at, p.last = p.fed[:0], 0, Decision{Class: -1}
}

// Feed takes the next frames of the sample, [k][H][W][C], and runs the first stage on those that the next point needs, unless an answer was sure. The error is that of
// frames whose number does not fit, or that are more than the network has timesteps, or of [CheckFrames]; then the sample is as it was.
func (p *Plan) Feed(frames []float32) error {
	if k := len(frames) / p.frame; k < 1 || k > p.Left() || len(frames) != k*p.frame {
		return fmt.Errorf("frames: %d values, want those of 1 to %d frames of %d", len(frames), p.Left(), p.frame)
	}
	if err := CheckFrames(p.net.Config(), frames, 1); err != nil {
		return err
	}
	p.frames = append(p.frames, frames...)
	if !p.last.Sure {
		p.reach(0, min(p.needs[p.at][0], len(p.frames)/p.frame))
	}
	return nil
}

// Left is the number of frames that the sample under way still can take.
func (p *Plan) Left() int { return p.net.Config().T[0] - len(p.frames)/p.frame }

// reach runs what is needed for so many timesteps of a stage, and says whether there were frames enough.
func (p *Plan) reach(stage, steps int) bool {
	missing := steps - p.net.Done(stage)
	if missing <= 0 {
		return true
	}
	if stage > 0 {
		if !p.reach(stage-1, p.net.Needs(stage, steps)) {
			return false
		}
		p.net.Advance(stage, missing)
		return true
	}
	from, to := p.net.Done(0)*p.frame, steps*p.frame
	if to > len(p.frames) {
		return false
	}
	p.net.Feed(p.frames[from:to])
	return true
}

package infer

import (
	"fmt"
	"time"

	"ssnn/snn"
)

// Runner runs a model: it has memory for a batch, and threads. It serves one goroutine at a time.
type Runner struct {
	model  *Model
	net    *snn.Network // a replica of the model's
	batch  int
	frame  int // number of values in a frame of one sample
	points []Point
	needs  [][]int // timesteps that each point needs of each stage

	// The following belong to the sample under way.
	frames []float32 // frames that have come; the first stage takes as many as it needs
	fed    []float32 // memory for frames that come one by one
	at     int       // index of the next point
	last   Decision
	scores []float64 // scores of the last decision

	profile profile
}

// Runner makes a runner for batches of at most the given number of samples, on the given number of
// threads, both at least 1, or it panics. Close frees its threads.
func (m *Model) Runner(batch, threads int) *Runner {
	if batch < 1 || threads < 1 {
		panic(fmt.Sprintf("infer: Runner got a batch of %d and %d threads, want 1 or more", batch,
			threads))
	}
	cfg := m.Config()
	r := &Runner{
		model: m, net: m.net.Replica(batch, threads), batch: batch,
		frame:  cfg.Height * cfg.Width * cfg.InChannels,
		points: m.exits.Visited(end(cfg)), scores: make([]float64, cfg.Classes),
	}
	r.fed = make([]float32, 0, cfg.T[0]*r.frame)
	for _, pt := range r.points {
		r.needs = append(r.needs, pt.needs(m.net.Needs))
	}
	r.Begin() // drops the frames by which the network's memory was reserved
	return r
}

// Close ends the runner's threads. The runner must not be used afterwards.
func (r *Runner) Close() { r.net.Close() }

// Run takes the frames [T][B][H][W][C] of a batch, T the timesteps of the first stage and B as many
// samples as the runner is for or fewer, and returns the logits [B][Classes]. They are overwritten
// by the next call. The error is that of frames whose number does not fit, or of [CheckFrames].
func (r *Runner) Run(frames []float32) ([]float32, error) {
	cfg := r.net.Config()
	size := cfg.T[0] * r.frame
	B := len(frames) / size
	if B < 1 || B > r.batch || len(frames) != B*size {
		return nil, fmt.Errorf("frames: %d values, want %d for each of 1 to %d samples",
			len(frames), size, r.batch)
	}
	if err := CheckFrames(cfg, frames, B); err != nil {
		return nil, err
	}
	return r.net.Forward(frames, B, false).Logits, nil
}

// Classify takes the frames [T][H][W][C] of one sample and answers at the first of the model's
// exits where it is sure, or at the end. A sample that was being fed is forgotten. The error is
// that of frames whose number does not fit, of [CheckFrames], or of [Decision.Err].
func (r *Runner) Classify(frames []float32) (Decision, error) {
	if err := r.take(frames); err != nil {
		return Decision{}, err
	}
	if !r.profile.on {
		d := r.Decide()
		return d, d.Err()
	}
	begin := time.Now()
	d := r.Decide()
	r.profile.took += time.Since(begin)
	r.profile.calls++
	return d, d.Err()
}

// take begins a sample of which all frames are there.
func (r *Runner) take(frames []float32) error {
	cfg := r.net.Config()
	if want := cfg.T[0] * r.frame; len(frames) != want {
		return fmt.Errorf("frames: %d values, want %d", len(frames), want)
	}
	if err := CheckFrames(cfg, frames, 1); err != nil {
		return err
	}
	r.Begin()
	r.frames = frames
	return nil
}

// Begin begins a sample whose frames come one by one, or several at a time. The sample before it is
// forgotten.
func (r *Runner) Begin() {
	r.net.Begin(1)
	r.frames, r.at, r.last = r.fed[:0], 0, Decision{Class: -1}
}

// Feed takes the next frames of the sample, [k][H][W][C], and runs the first stage on those that
// the next point needs, unless an answer was sure. The error is that of frames whose number does
// not fit, or that are more than the network has timesteps, or of [CheckFrames]; then the sample is
// as it was.
func (r *Runner) Feed(frames []float32) error {
	if k := len(frames) / r.frame; k < 1 || k > r.Left() || len(frames) != k*r.frame {
		return fmt.Errorf("frames: %d values, want those of 1 to %d frames of %d", len(frames),
			r.Left(), r.frame)
	}
	if err := CheckFrames(r.net.Config(), frames, 1); err != nil {
		return err
	}
	r.frames = append(r.frames, frames...)
	if !r.last.Sure {
		r.net.Reach(0, min(r.needs[r.at][0], len(r.frames)/r.frame), r.frames)
	}
	return nil
}

// FirstAnswer returns the number of frames after which the last stage can run its first timestep.
// Before that, the whole network has no answer.
func (r *Runner) FirstAnswer() int {
	steps := 1
	for stage := len(r.net.Config().T) - 1; stage > 0; stage-- {
		steps = r.net.Needs(stage, steps)
	}
	return steps
}

// Left returns the number of frames that the current sample can still take.
func (r *Runner) Left() int { return r.net.Config().T[0] - len(r.frames)/r.frame }

package train

import (
	"ssnn/dataset"
	"ssnn/snn"
)

// Step is one step of training: forward, weighted loss, backward. It keeps the gradients of the
// logits between steps.
type Step struct {
	net    *snn.Network
	loss   Loss
	logits []float32
	early  [][]float32
	buffer buffer

	// Teacher has the logits [B][K] of a teacher for the next batch, see [Teaching]. With nil the
	// loss is that of the labels alone.
	Teacher []float32

	// WithoutEarly makes the gradients those of the output's loss alone, as if there were no early
	// classifiers.
	WithoutEarly bool

	// Losses has the losses of the classifiers in the last step, without their lambdas: those of
	// the early ones, and last the output's.
	Losses []float64
}

// NewStep returns a step for the network. Targets with class weights must be those of
// [Targets.Weigh].
func NewStep(net *snn.Network, loss Loss) *Step {
	if w := loss.ClassWeights; loss.weights == nil && (w.Balanced || w.ByClass != nil) {
		panic("train: a loss with class weights, want its targets weighed")
	}
	return &Step{net: net, loss: loss}
}

// Run makes the gradients of the weighted loss on a batch of frames [T][B][H][W][C], and returns
// that loss and the output. The parameters are not moved.
func (s *Step) Run(frames []float32, labels []dataset.Label) (loss float64, out *snn.Output) {
	loss, out = s.forward(frames, labels)
	s.net.Backward(s.logits, s.early)
	return loss, out
}

// RunSamples is Run on samples without augmentation. The error is that of reading them.
func (s *Step) RunSamples(all Samples, which []int) (loss float64, out *snn.Output, err error) {
	if err := s.buffer.fill(s.net, all, which, nil); err != nil {
		return 0, nil, err
	}
	s.buffer.label(all, which, nil)
	loss, out = s.Run(s.buffer.frames, s.buffer.labels)
	return loss, out, nil
}

// RunInput is Run, and returns the gradient of the frames too.
func (s *Step) RunInput(frames []float32, labels []dataset.Label) (
	loss float64, out *snn.Output, gradient []float32) {

	loss, out = s.forward(frames, labels)
	return loss, out, s.net.BackwardInput(s.logits, s.early)
}

func (s *Step) forward(frames []float32, labels []dataset.Label) (loss float64, out *snn.Output) {
	cfg := s.net.Config()
	out = s.net.Forward(frames, len(labels), true)
	s.Losses = s.Losses[:0]
	for len(s.early) < len(out.Early) {
		s.early = append(s.early, nil)
	}
	add := func(grad *[]float32, logits []float32, steps [][]float32, stage int) {
		l := s.loss.of(grad, logits, steps, labels, s.Teacher, cfg.Lambda(stage))
		s.Losses = append(s.Losses, l)
		loss += cfg.Lambda(stage) * l
	}
	for i, logits := range out.Early {
		if add(&s.early[i], logits, out.EarlySteps[i], i); s.WithoutEarly {
			clear(s.early[i])
		}
	}
	add(&s.logits, out.Logits, out.Steps, len(cfg.T)-1)
	return loss, out
}

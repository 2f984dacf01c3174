package trace

import (
	"strings"
	"time"

	"ssnn/events"
	"ssnn/infer"
	"ssnn/safetensors"
	"ssnn/snn"
)

// Network is a trained network. It serves one goroutine at a time.
type Network struct {
	infer.Input
	net *snn.Network
}

// Load makes a network from the bytes of a model file. It replaces weighted folds by plain ones, as
// runners for inference do, so that the answers are the same to the bit.
func Load(data []byte) (*Network, error) {
	f, err := safetensors.Parse(data)
	if err != nil {
		return nil, err
	}
	net, err := snn.FromFile(f, 1)
	if err != nil {
		return nil, err
	}
	input, err := infer.InputOf(f, net.Config())
	if err != nil {
		net.Close()
		return nil, err
	}
	if plain := net.WithPlainFolds(); plain != net {
		net.Close()
		net = plain
	}
	return &Network{input, net}, nil
}

// Close frees the memory of the network.
func (n *Network) Close() { n.net.Close() }

// Timesteps returns the timesteps of the stages.
func (n *Network) Timesteps() []int { return n.net.Config().T }

// Answer is the answer of a network to a recording, with the way to it.
type Answer struct {
	infer.Prediction
	Seconds float64 `json:"s"` // time of computing, from the frames to the answer
	// Steps has those of the stages with a classifier, in the order of the computation.
	Steps  []Step  `json:"steps"`
	Layers []Layer `json:"layers"` // of neurons, those of early classifiers left out

	// Ends has for each timestep of the first stage the time in us, since the first event, at which
	// all of its events have come.
	Ends []events.Micros `json:"ends"`
}

// Step is the answer of the classifier behind a stage after some of the stage's timesteps, by the
// mean of its outputs so far.
type Step struct {
	Stage  int       `json:"stage"`  // from 0
	Step   int       `json:"step"`   // timesteps, from 1
	Scores []float64 `json:"scores"` // softmax, by class
}

// Layer maps where a layer fired: for each timestep and pixel it has the mean number of spikes of a
// neuron over the channels.
type Layer struct {
	Name   string    `json:"name"`   // like "stages.0.1"
	T      int       `json:"t"`      // timesteps
	Width  int       `json:"width"`  // pixels
	Height int       `json:"height"` // pixels
	Rates  []float32 `json:"-"`      // [T][Height][Width]
}

// Recognise runs a recording through the network, twice: once as a whole, which gives the answer of
// ssnn predict and where the neurons fired, and once timestep by timestep. The error is that of
// events that do not fit the frames that the network is for.
func (n *Network) Recognise(r *Recording) (*Answer, error) {
	frames, err := n.frames(r)
	if err != nil {
		return nil, err
	}
	reader, err := r.reader()
	if err != nil {
		return nil, err
	}
	ends, err := n.Frames.ReadEnds(reader)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	logits := n.net.Forward(frames, 1, false).Logits
	a := &Answer{Seconds: time.Since(begin).Seconds(),
		Prediction: infer.NewPrediction("", n.Classes, logits), Layers: n.layers(), Ends: ends}
	a.Steps = n.steps(frames)
	return a, nil
}

// frames makes the frames of a recording, [T][H][W][C].
func (n *Network) frames(r *Recording) ([]float32, error) {
	reader, err := r.reader()
	if err != nil {
		return nil, err
	}
	return n.Frames.ReadFloats(reader)
}

// layers maps the last pass.
func (n *Network) layers() (all []Layer) {
	for _, s := range n.net.Spiking() {
		if !strings.HasPrefix(s.Name(), "stages.") {
			continue
		}
		shape := s.Shape() // [T][B][C][H][W]
		all = append(all, Layer{Name: s.Name(), T: shape[0], Width: shape[4], Height: shape[3],
			Rates: s.RateMap()})
	}
	return all
}

// steps walks the frames [T][H][W][C] through the network.
func (n *Network) steps(frames []float32) (all []Step) {
	for stage, steps := range n.net.Walk(frames, 1, 0) {
		if n.net.HasClassifier(stage) {
			s := Step{Stage: stage, Step: steps, Scores: make([]float64, len(n.Classes))}
			infer.Softmax(s.Scores, n.net.Classify(stage), 1)
			all = append(all, s)
		}
	}
	return all
}

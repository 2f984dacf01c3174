package report

import (
	"ssnn/snn"
	"ssnn/train"
)

// Run is what there is to measure: a trained network, some of what it was trained with, what it is
// tested with, and how training went.
type Run struct {
	Name  string
	Facts []Fact // what else a reader should know
	// Values are those of the recipe by key; of several runs those that differ are shown first.
	Values  map[string]string
	Classes []string
	Metrics []train.Metrics // of each epoch
	Net     *snn.Network
	Fresh   *snn.Network // as training began; nil where nobody knows
	Loss    train.Loss   // that training minimises
	Test    train.Samples
	Batch   train.Samples // training recordings, as many as a step takes

	// Neurons are those whose spikes and membranes are shown; empty: of each layer those that fire
	// most. Recording is the number of the test recording; negative: the first that is mapped.
	Neurons   []Neuron
	Recording int
}

// Fact is something that is known of a run.
type Fact struct{ What, Value string }

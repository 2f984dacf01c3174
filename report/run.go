package report

import (
	"ssnn/snn"
	"ssnn/train"
)

// Run has everything that is measured and shown: a trained network, recordings of its training and
// its test, and the metrics of its training.
type Run struct {
	Name  string // title of its page
	Facts []Fact // further facts for the reader
	// Values are those of the recipe by key; of several runs those that differ are shown first.
	Values  map[string]string
	Classes []string        // names, in the order of the network's outputs
	Metrics []train.Metrics // of each epoch
	Net     *snn.Network    // the trained network
	Fresh   *snn.Network    // as training began; nil where nobody knows
	Loss    train.Loss      // that training minimises
	Test    train.Samples   // the test split
	Batch   train.Samples   // training recordings, as many as a step takes

	// Neurons are those whose spikes and membranes are shown; empty: of each layer those that fire
	// most. Recording is the number of the test recording; negative: the first that is mapped.
	Neurons   []Neuron
	Recording int
}

// Fact is a fact about a run: What names it, like "seed", and Value is its value in words.
type Fact struct{ What, Value string }

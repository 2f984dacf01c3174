package report

import (
	"ssnn/snn"
	"ssnn/train"
)

// Run is what there is to measure: a trained network, some of what it was trained with, what it is
// tested with, and how training went.
type Run struct {
	Name    string
	Facts   []Fact // what else a reader should know
	Classes []string
	Metrics []train.Metrics // of each epoch
	Net     *snn.Network
	Fresh   *snn.Network // as training began; nil where nobody knows
	Loss    train.Loss   // that training minimises
	Test    train.Samples
	Batch   train.Samples // training recordings, as many as a step takes
}

// Fact is something that is known of a run.
type Fact struct{ What, Value string }

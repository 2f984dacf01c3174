package train

import "ssnn/dataset"

// Samples are labelled recordings, integrated into frames.
//
// Sample i+k*Len() is sample i shown in an epoch after k times before: the recording is the same,
// and its augmentation is drawn anew.
type Samples interface {
	Len() int // number of samples
	// Label returns the label of sample i. In training draw says which augmentation to draw; it is
	// nil for evaluation.
	Label(i int, draw *dataset.Draw) dataset.Label
	// Fill writes the frames of the samples of batch to dst [T][len(batch)][H][W][C]. The error is
	// that of a recording that had to be read, or of a T for which samples for several plans are
	// not integrated.
	Fill(dst []float32, batch []int, draw *dataset.Draw) error
}

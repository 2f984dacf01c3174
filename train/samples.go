package train

import "ssnn/dataset"

// Samples are labelled recordings, integrated into frames.
//
// Sample i+k*Len() is sample i for the k-th time more in an epoch: what it shows is the same, its
// augmentation is drawn anew.
type Samples interface {
	Len() int // number of samples
	// Label is what sample i shows. In training draw says which augmentation to draw; it is nil for
	// evaluation.
	Label(i int, draw *dataset.Draw) dataset.Label
	// Fill writes the frames of the samples of batch to dst [T][len(batch)][H][W][C]. The error is
	// that of a recording that had to be read, or, of samples for many plans, of a T that they are
	// not integrated for.
	Fill(dst []float32, batch []int, draw *dataset.Draw) error
}

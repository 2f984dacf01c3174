package train

import "ssnn/dataset"

// Samples are labelled recordings, integrated into frames.
type Samples interface {
	Len() int
	Label(i int) int
	// Fill writes the frames of the samples of batch to dst [T][len(batch)][H][W][C]. In training draw says which
	// augmentation to draw; it is nil for evaluation.
	Fill(dst []float32, batch []int, draw *dataset.Draw)
}

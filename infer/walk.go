package infer

import "slices"

// Points returns the points that the runner visits: those of the model's exits, and the end.
func (r *Runner) Points() []Point { return slices.Clone(r.points) }

// Walk runs the frames [T][H][W][C] of one sample past every point to the end, however sure the
// network is. It calls ran when a stage has run the timesteps that a point needs of it, for each
// stage up to the point's, and answered with the logits of the classifier there, which the next
// call overwrites. A sample that was being fed is forgotten. The error is that of Classify.
func (r *Runner) Walk(frames []float32, ran func(point, stage int),
	answered func(point int, logits []float32)) error {

	if err := r.take(frames); err != nil {
		return err
	}
	for i, pt := range r.points {
		for stage, steps := range r.needs[i] {
			r.net.Reach(stage, steps, r.frames)
			ran(i, stage)
		}
		answered(i, r.net.Classify(pt.Stage))
	}
	return nil
}

// CountOperations starts counting the products of a weight and an input that is not zero, from 0,
// or stops it. Counting makes calls slower, and makes them allocate.
func (r *Runner) CountOperations(on bool) { r.net.CountOperations(on) }

// Operations returns the number of operations in all calls since CountOperations.
func (r *Runner) Operations() float64 { return r.net.Operations() }

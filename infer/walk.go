package infer

import "slices"

// Points are the places that the runner visits: those of the model's exits, and the end.
func (r *Runner) Points() []Point { return slices.Clone(r.points) }

// Walk runs the frames [T][H][W][C] of one sample past every point to the end, however sure the
// network is. It tells of each piece of work when it is done: ran, that a stage has run the
// timesteps that a point needs of it, for each stage up to the point's; answered, what the
// classifier says there, logits that are overwritten by the next call. A sample that was being fed
// is forgotten. The error is that of Classify.
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

// Operations is the number of operations in all calls since CountOperations.
func (r *Runner) Operations() float64 { return r.net.Operations() }

package dataset

import "ssnn/frames"

// Frames are the samples of a set, integrated.
type Frames struct {
	Config  frames.Config
	Augment Augment // of training

	labels []int
	counts [][]uint16 // [samples][T][H][W][channels], in units of Config.Scale
}

// Len is the number of samples.
func (f *Frames) Len() int { return len(f.labels) }

// Label is the class of sample i.
func (f *Frames) Label(i int) int { return f.labels[i] }

// Fill writes the frames of the samples of batch to dst, [T][len(batch)][H][W][2]float32. Draw says which augmentation to
// draw; nil stands for none.
func (f *Frames) Fill(dst []float32, batch []int, draw *Draw) {
	size := f.Config.Len() / f.Config.T
	clear(dst)
	for b, i := range batch {
		dx, dy := f.Augment.shift(draw, i)
		for t := range f.Config.T {
			to := dst[(t*len(batch)+b)*size:][:size]
			f.copyShifted(to, f.counts[i][t*size:(t+1)*size], dx, dy)
		}
	}
}

// copyShifted copies a frame, moved by dx to the right and dy down, to one that is empty.
func (f *Frames) copyShifted(dst []float32, frame []uint16, dx, dy int) {
	width, height := f.Config.Pixels().Width, f.Config.Pixels().Height
	for y := max(0, -dy); y < min(height, height-dy); y++ {
		from := (y*width + max(0, -dx)) * 2
		to := (y*width + min(width, width-dx)) * 2
		if to <= from {
			return
		}
		out := dst[from+(dy*width+dx)*2:]
		for j, n := range frame[from:to] {
			if n != 0 {
				out[j] = float32(n)
			}
		}
	}
}

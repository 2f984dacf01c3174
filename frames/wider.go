package frames

import "ssnn/events"

// wider makes frames of more pixels, each with the values of the one that it comes from.
type wider struct {
	width, channels int
	column, line    []int // column and line that each of the larger frame comes from
}

func newWider(width, height int, to events.Size, channels int) *wider {
	w := &wider{width: width, channels: channels, column: make([]int, to.Width),
		line: make([]int, to.Height)}
	for x := range w.column {
		w.column[x] = x * width / to.Width
	}
	for y := range w.line {
		w.line[y] = y * height / to.Height
	}
	return w
}

// frames makes T frames.
func (w *wider) frames(src []uint16, T int) []uint16 {
	size := len(src) / T
	dst := make([]uint16, 0, T*len(w.line)*len(w.column)*w.channels)
	for t := range T {
		for _, y := range w.line {
			for _, x := range w.column {
				at := t*size + (y*w.width+x)*w.channels
				dst = append(dst, src[at:at+w.channels]...)
			}
		}
	}
	return dst
}

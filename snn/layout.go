package snn

import "ssnn/internal/kernel"

// layout is the order of a convolution's weights in memory: [out block][in block][ky][kx][in][out],
// see internal/kernel. With several groups, a block of outputs has only the blocks of inputs that
// its groups see. In these blocks the weights between different groups are 0 and stay 0.
type layout struct {
	Geometry
	in, out int        // number of input and output channels
	block   int        // input channels of a block
	blocks  int        // number of blocks of input channels
	outs    []outBlock // blocks of output channels
	size    int        // elements of all weights
}

// outBlock is a block of output channels.
type outBlock struct {
	from, width  int // the channels from to from+width-1
	first, count int // the blocks of input channels that it sees: first to first+count-1
	at           int // element at which its weights begin
}

// newLayout makes the layout for blocks of input channels, whose largest size is most. If groups
// are smaller than that, blocks are smaller too, so that little memory goes to weights between
// groups.
func newLayout(g Geometry, in, out, most int) layout {
	l := layout{Geometry: g, in: in, out: out}
	inputs, outputs := in/g.Groups, out/g.Groups
	if g.Groups > 1 && inputs < most {
		most = max(kernel.Lanes, inputs&^(kernel.Lanes-1))
	}
	l.block = min(in, most)
	l.blocks = (in + l.block - 1) / l.block
	for from := 0; from < kernel.Pad(out); {
		width := kernel.OutBlock(from, kernel.Pad(out))
		for g.Groups > 1 && width > kernel.Lanes && width > outputs {
			width /= 2
		}
		o := outBlock{from: from, width: width, count: l.blocks, at: l.size}
		if g.Groups > 1 {
			last := min(from+width, out) - 1
			o.first = from / outputs * inputs / l.block
			o.count = (last/outputs*inputs+inputs-1)/l.block + 1 - o.first
		}
		l.outs = append(l.outs, o)
		l.size += o.count * l.block * g.taps() * width
		from += width
	}
	return l
}

// blockOf is the block of outputs that o belongs to.
func (l *layout) blockOf(o int) outBlock {
	i := 0
	for o >= l.outs[i].from+l.outs[i].width {
		i++
	}
	return l.outs[i]
}

// row is the element at which the weights from input channel in, at tap (ky, kx), to a block of
// outputs begin.
func (l *layout) row(o outBlock, in, ky, kx int) int {
	b := in / l.block
	row := (((b-o.first)*l.Kernel[0]+ky)*l.Kernel[1]+kx)*l.block + in - b*l.block
	return o.at + row*o.width
}

// segment returns the weights of segment i among the weights w of a row of the kernel, for a block
// of outputs of the given width, and the weights that follow them.
func segment[W any](l *layout, w []W, width, i int) (own, ahead []W) {
	s := l.axis(1).Segment(i, l.block)
	w = w[s.First*l.block*width:]
	n := s.Taps * l.block * width
	return w[:n], w[n:min(2*n, len(w))]
}

// inputs is the range of input channels that a block of outputs has weights for, from to to-1.
func (l *layout) inputs(o outBlock) (from, to int) {
	return o.first * l.block, min((o.first+o.count)*l.block, l.in)
}

// clearBetweenGroups makes the weights between different groups 0.
func (l *layout) clearBetweenGroups(w []float32) {
	if l.Groups == 1 {
		return
	}
	inputs, outputs := l.in/l.Groups, l.out/l.Groups
	for _, o := range l.outs {
		from, to := l.inputs(o)
		for in := from; in < to; in++ {
			first := min(max(in/inputs*outputs-o.from, 0), o.width)
			last := min(max((in/inputs+1)*outputs-o.from, 0), o.width)
			for ky := range l.Kernel[0] {
				for kx := range l.Kernel[1] {
					row := w[l.row(o, in, ky, kx):][:o.width]
					clear(row[:first])
					clear(row[last:])
				}
			}
		}
	}
}

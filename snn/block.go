package snn

import "ssnn/internal/kernel"

// block is a residual block (He et al. 2016, with spiking neurons in place of the rectifiers):
//
//	LIF2(BN2(conv2(LIF1(BN1(conv1(x))))) + shortcut(x))
//
// conv1 has the stride. The shortcut is x itself, or BN(conv 1x1 with that stride) if the stride is
// not 1 or the channels change.
type block struct {
	ws    *workspace
	first *unit // conv1, BN1, LIF1
	conv2 *conv
	norm2 *norm
	lif2  *neurons

	down     *conv // nil: the shortcut is x itself
	downNorm *norm

	x        *activation
	scale    float32   // factor of the currents, see LIF.DecayInput
	shortcut []float32 // current of the shortcut, [T][B][H][W][C padded]
	du       []float32 // gradient of the currents of LIF2 while backward runs
	dx       []float32 // gradient of x from conv1 while backward runs
	tasks    struct{ straight, down, straightGradient func(worker, item int) }
}

// newBlock makes a block from its nodes. If down is nil, the shortcut is x itself.
func newBlock(ws *workspace, first *unit, conv2, norm2, lif2, down, downNorm *Node,
	cfg *Config) *block {

	b := &block{ws: ws, first: first, conv2: newConvolution(ws, conv2)}
	b.norm2 = b.conv2.normed(norm2.Name, cfg.Norm)
	b.lif2 = newNeurons(ws, lif2, b.norm2)
	if down != nil {
		b.down = newConvolution(ws, down)
		b.downNorm = b.down.normed(downNorm.Name, cfg.Norm)
	}
	b.tasks.straight, b.tasks.down = b.straightImage, b.downImage
	b.tasks.straightGradient = b.straightGradient
	return b
}

func (b *block) forward(p pass, x *activation) *activation {
	b.x = x
	images := x.T * x.B
	y := b.conv2.forward(p, b.first.forward(p, x), nil)
	b.norm2.forward(p, y, x.T, x.B)
	b.shortcut = grow(b.shortcut, len(y))
	b.lif2.update()
	b.scale = b.lif2.scale
	if b.down == nil {
		b.ws.pool.Run(images, b.tasks.straight)
	} else {
		b.downNorm.forward(p, b.down.forward(p, x, nil), x.T, x.B)
		b.ws.pool.Run(images, b.tasks.down)
	}
	return b.lif2.forward(p, y, b.shortcut, x.T, x.B)
}

// image is image n of x, [images][H][W][C padded], whose images have the shape of the block's
// output.
func (b *block) image(x []float32, n int) []float32 {
	size := b.conv2.out.pixels() * b.norm2.c
	return x[n*size : (n+1)*size]
}

// straightImage writes the current of the shortcut for image n, where the shortcut is x itself.
func (b *block) straightImage(_, n int) {
	dst := b.image(b.shortcut, n)
	clear(dst)
	b.x.addTo(dst, n, b.scale)
}

// downImage writes the current of the shortcut for image n, where it has a 1x1 convolution.
func (b *block) downImage(_, n int) {
	dst := b.image(b.shortcut, n)
	kernel.Affine(dst, b.image(b.down.y, n), b.downNorm.scale, b.downNorm.shift,
		b.conv2.out.pixels())
	if b.scale != 1 {
		for i := range dst {
			dst[i] *= b.scale
		}
	}
}

func (b *block) backward(p pass, g []float32, wantInput bool) []float32 {
	b.lif2.backward(p, g)
	dx := b.norm2.backward(p, g, b.conv2, true)
	b.conv2.release(p)
	dx = b.first.backward(p, dx, wantInput)
	if b.down != nil {
		b.downNorm.sumGradients(g, b.x.T, b.x.B, b.scale)
		more := b.downNorm.backward(p, g, b.down, wantInput)
		b.down.release(p)
		if wantInput {
			b.ws.add(dx, more)
			b.ws.give(more)
		}
	} else if wantInput {
		b.du, b.dx = g, dx
		b.ws.pool.Run(b.x.images(), b.tasks.straightGradient)
	}
	b.ws.give(g)
	return dx
}

// straightGradient adds the gradient that comes through the shortcut to the gradient of image n of
// x, where the shortcut is x itself.
func (b *block) straightGradient(_, n int) {
	b.x.addGradient(b.image(b.dx, n), b.du, n, b.scale)
}

func (b *block) parameters(yield func(*Parameter)) {
	b.first.parameters(yield)
	b.conv2.parameters(yield)
	b.norm2.parameters(yield)
	b.lif2.parameters(yield)
	if b.down != nil {
		b.down.parameters(yield)
		b.downNorm.parameters(yield)
	}
}

func (b *block) statistics(yield func(*Parameter)) {
	b.first.statistics(yield)
	b.norm2.statistics(yield)
	if b.down != nil {
		b.downNorm.statistics(yield)
	}
}

func (b *block) neurons(yield func(*neurons)) {
	yield(b.first.lif)
	yield(b.lif2)
}

func (b *block) synaptic(yield func(synaptic)) {
	yield(b.first.conv)
	yield(b.conv2)
	if b.down != nil {
		yield(b.down)
	}
}

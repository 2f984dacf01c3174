package snn

import "ssnn/internal/kernel"

// tiles computes the input gradient of a 3x3 convolution by tiles of 4x4 pixels, see
// kernel.TileInput. That takes a quarter of the multiplications, and three passes over planes in
// memory. If the planes of the weights fit the second-level cache, each thread does all steps for a
// few rows of tiles in its own cache. Otherwise all threads work on many rows together, one step
// after the other, so that weights once read serve many tiles.
type tiles struct {
	conv          *convBackward
	rows, columns int // tiles of an image
	pass          tilePass

	tasks struct{ weights, alone, inputs, products, outputs func(worker, item int) }
}

// tilePass is the rows of tiles first to first+count-1, counted over all images of the group, with
// their planes.
type tilePass struct {
	first, count int
	v            []float32 // [plane][tile][outputs]: the output gradient
	m            []float32 // [plane][tile][inputs]: the products
}

const (
	aloneWeights = 3 << 19   // elements of the planes of the weights for which threads work alone
	aloneRoom    = 160 << 10 // elements of the planes of the tiles of a thread that works alone
	planeRoom    = 2 << 20   // elements of v when threads work together, in the last-level cache
)

// tilesPay says whether tiles are faster than the plain product. With few channels they are not,
// because the transforms cost more than they save.
func (c *conv) tilesPay() bool {
	large := c.in.h >= kernel.Tile && c.in.w >= kernel.Tile
	return large && c.is3x3() && c.in.c >= 32 && c.outputs >= 32
}

func newTiles(c *convBackward) *tiles {
	t := &tiles{
		conv: c, rows: (c.in.h + kernel.Tile - 1) / kernel.Tile,
		columns: (c.in.w + kernel.Tile - 1) / kernel.Tile,
	}
	t.tasks.weights, t.tasks.alone = t.weights, t.alone
	t.tasks.inputs = func(_, i int) { t.inputs(&t.pass, t.pass.first+i) }
	t.tasks.products = func(_, i int) { t.products(&t.pass, i/t.panelGroups(), i%t.panelGroups()) }
	t.tasks.outputs = func(worker, i int) {
		t.outputs(&t.pass, t.pass.first+i, &c.ws.threads[worker])
	}
	return t
}

// panels is the number of panels of input channels.
func (t *tiles) panels() int { return (kernel.Pad(t.conv.in.c) + panel - 1) / panel }

// prepare computes the planes of the turned weights.
func (t *tiles) prepare() {
	ws := t.conv.ws
	ws.tileU = grow(ws.tileU, kernel.Planes*kernel.Pad(t.conv.in.c)*t.conv.outputs)
	ws.pool.Run(t.panels(), t.tasks.weights)
}

// inputGradients writes conv.dx for the images of the group.
func (t *tiles) inputGradients() {
	c := t.conv
	ws, inputs, rows := c.ws, kernel.Pad(c.in.c), c.group.count*t.rows
	if len(ws.tileU) <= aloneWeights {
		ws.pool.Run((rows+t.rowsAlone()-1)/t.rowsAlone(), t.tasks.alone)
		return
	}
	atOnce := max(1, planeRoom/(kernel.Planes*t.columns*c.outputs))
	p := &t.pass
	for p.first = 0; p.first < rows; p.first += p.count {
		p.count = min(atOnce, rows-p.first)
		ws.tileV = grow(ws.tileV, kernel.Planes*p.count*t.columns*c.outputs)
		ws.tileM = grow(ws.tileM, kernel.Planes*p.count*t.columns*inputs)
		p.v, p.m = ws.tileV, ws.tileM
		ws.pool.Run(p.count, t.tasks.inputs)
		ws.pool.Run(kernel.Planes*t.panelGroups(), t.tasks.products)
		ws.pool.Run(p.count, t.tasks.outputs)
	}
}

// rowsAlone is the number of rows of tiles of a task whose thread works alone.
func (t *tiles) rowsAlone() int {
	return max(1, aloneRoom/(kernel.Planes*t.columns*(t.conv.outputs+kernel.Pad(t.conv.in.c))))
}

// alone does all steps for a few rows of tiles.
func (t *tiles) alone(worker, item int) {
	c := t.conv
	th, rows := &c.ws.threads[worker], t.rowsAlone()
	p := tilePass{first: item * rows, count: min(rows, c.group.count*t.rows-item*rows)}
	th.tileV = grow(th.tileV, kernel.Planes*p.count*t.columns*c.outputs)
	th.tileM = grow(th.tileM, kernel.Planes*p.count*t.columns*kernel.Pad(c.in.c))
	p.v, p.m = th.tileV, th.tileM
	for row := p.first; row < p.first+p.count; row++ {
		t.inputs(&p, row)
	}
	for plane := range kernel.Planes {
		for group := range t.panelGroups() {
			t.products(&p, plane, group)
		}
	}
	for row := p.first; row < p.first+p.count; row++ {
		t.outputs(&p, row, th)
	}
}

// weights computes the planes of the weights of one panel of input channels:
// [plane][panel][outputs][width].
func (t *tiles) weights(_, i int) {
	c := t.conv
	width := c.panelWidth(i)
	u, plane := c.ws.tileU[i*panel*c.outputs:], kernel.Pad(c.in.c)*c.outputs
	for _, o := range c.layout.outs {
		n := o.width * width
		turned := c.ws.turned[c.turnedAt(i, 0, o):]
		kernel.TileWeights(u[o.from*width:], plane, turned, 3*c.outputs*width, n, n)
	}
}

// inputs computes the planes of a row of tiles of the output gradient.
func (t *tiles) inputs(p *tilePass, row int) {
	c := t.conv
	n, y := c.group.first+row/t.rows, row%t.rows
	width := c.group.width
	plane := p.count * t.columns * c.outputs
	v := p.v[(row-p.first)*t.columns*c.outputs:]
	for _, o := range c.layout.outs {
		g := c.group.block(o, n)[y*kernel.Tile*width*o.width:]
		for x := range t.columns {
			dst, src := v[x*c.outputs+o.from:], g[x*kernel.Tile*o.width:]
			kernel.TileInput(dst, plane, src, width*o.width, o.width, o.width)
		}
	}
}

// A task multiplies the weights of panelsAtOnce panels by tilesAtOnce tiles at a time, so that the
// weights stay in the second-level cache.
const (
	panelsAtOnce = 4
	tilesAtOnce  = 24
)

func (t *tiles) panelGroups() int { return (t.panels() + panelsAtOnce - 1) / panelsAtOnce }

// products multiplies one plane of the tiles by the weights of a group of panels.
func (t *tiles) products(p *tilePass, plane, group int) {
	c := t.conv
	inputs, n := kernel.Pad(c.in.c), p.count*t.columns
	for first := 0; first < n; first += tilesAtOnce {
		for i := group * panelsAtOnce; i < min((group+1)*panelsAtOnce, t.panels()); i++ {
			width := c.panelWidth(i)
			a := p.v[(plane*n+first)*c.outputs:]
			b := c.ws.tileU[(plane*inputs+i*panel)*c.outputs:][:c.outputs*width]
			m, count := p.m[(plane*n+first)*inputs+i*panel:], min(tilesAtOnce, n-first)
			kernel.Gemm(m, inputs, a, c.outputs, b, count, c.outputs, width, true)
		}
	}
}

// outputs turns the products of a row of tiles into the input gradient.
func (t *tiles) outputs(p *tilePass, row int, th *thread) {
	c := t.conv
	inputs := kernel.Pad(c.in.c)
	n, y := c.group.first+row/t.rows, row%t.rows
	n = c.group.images.at(n)
	plane := p.count * t.columns * inputs
	line := c.in.w * inputs
	for x := range t.columns {
		m := p.m[((row-p.first)*t.columns+x)*inputs:]
		dst := c.dx[(n*c.in.h+y*kernel.Tile)*line+x*kernel.Tile*inputs:]
		height := min(kernel.Tile, c.in.h-y*kernel.Tile)
		width := min(kernel.Tile, c.in.w-x*kernel.Tile)
		if height == kernel.Tile && width == kernel.Tile {
			kernel.TileOutput(dst, line, inputs, m, plane, inputs)
			continue
		}
		th.scratch = grow(th.scratch, kernel.Tile*kernel.Tile*inputs)
		kernel.TileOutput(th.scratch, kernel.Tile*inputs, inputs, m, plane, inputs)
		for i := range height {
			copy(dst[i*line:i*line+width*inputs], th.scratch[i*kernel.Tile*inputs:])
		}
	}
}

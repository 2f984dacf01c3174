package snn

import "ssnn/internal/kernel"

// tiles makes the input gradient of a 3x3 convolution by tiles of 4x4 pixels, see kernel.TileInput: a quarter of the
// multiplications, for three passes over planes in memory.
type tiles struct {
	conv          *conv
	rows, columns int // tiles of an image
	first, count  int // images of the pass under way

	tasks struct{ weights, inputs, products, outputs func(worker, item int) }
}

// planeRoom is the number of elements of the planes of one pass over some images, 24 MiB: few enough for the last-level cache, with
// enough tiles to read the weights for.
const planeRoom = 6 << 20

// tilesPay says whether tiles are faster than the plain product: with few channels the transforms cost more than they save.
func (c *conv) tilesPay() bool {
	return c.k == 3 && c.in.c >= 32 && c.outputs >= 32 && c.in.h >= kernel.Tile && c.in.w >= kernel.Tile
}

func newTiles(c *conv) *tiles {
	t := &tiles{conv: c, rows: (c.in.h + kernel.Tile - 1) / kernel.Tile, columns: (c.in.w + kernel.Tile - 1) / kernel.Tile}
	t.tasks.weights, t.tasks.inputs = t.weights, t.inputs
	t.tasks.products, t.tasks.outputs = t.products, t.outputs
	return t
}

// perImage is the number of tiles of an image.
func (t *tiles) perImage() int { return t.rows * t.columns }

func (t *tiles) panels() int { return (kernel.Pad(t.conv.in.c) + panel - 1) / panel }

// inputGradients writes conv.dx from conv.padded and the turned weights.
func (t *tiles) inputGradients() {
	c := t.conv
	ws, inputs := c.ws, kernel.Pad(c.in.c)
	ws.tileU = grow(ws.tileU, kernel.Planes*inputs*c.outputs)
	ws.pool.Run(t.panels(), t.tasks.weights)
	atOnce := max(1, planeRoom/(kernel.Planes*t.perImage()*c.outputs))
	for t.first = 0; t.first < c.images; t.first += t.count {
		t.count = min(atOnce, c.images-t.first)
		ws.tileV = grow(ws.tileV, kernel.Planes*t.planeTiles()*c.outputs)
		ws.tileM = grow(ws.tileM, kernel.Planes*t.planeTiles()*inputs)
		ws.pool.Run(t.count*t.rows, t.tasks.inputs)
		ws.pool.Run(kernel.Planes*t.panelGroups(), t.tasks.products)
		ws.pool.Run(t.count*t.rows, t.tasks.outputs)
	}
}

// planeTiles is the number of tiles of a plane in this pass.
func (t *tiles) planeTiles() int { return t.count * t.perImage() }

// weights makes the planes of one panel of input channels: [plane][panel][outputs][width].
func (t *tiles) weights(_, i int) {
	c := t.conv
	width := c.panelWidth(i)
	u, plane := c.ws.tileU[i*panel*c.outputs:], kernel.Pad(c.in.c)*c.outputs
	for _, o := range c.outBlocks {
		n := o.width * width
		kernel.TileWeights(u[o.from*width:], plane, c.ws.turned[c.turnedAt(i, 0, o):], 3*c.outputs*width, n, n)
	}
}

// inputs makes the planes of one row of tiles of the output gradient: [plane][tile][outputs].
func (t *tiles) inputs(_, item int) {
	c := t.conv
	n, y := item/t.rows, item%t.rows
	_, width := c.paddedSize()
	plane := t.planeTiles() * c.outputs
	for _, o := range c.outBlocks {
		g := c.gradientBlock(o, t.first+n)[y*kernel.Tile*width*o.width:]
		for x := range t.columns {
			tile := n*t.perImage() + y*t.columns + x
			kernel.TileInput(c.ws.tileV[tile*c.outputs+o.from:], plane, g[x*kernel.Tile*o.width:], width*o.width, o.width, o.width)
		}
	}
}

// panelsAtOnce is the number of panels that are made of a few tiles before the next few: their weights stay in the second-level
// cache.
const (
	panelsAtOnce = 4
	tilesAtOnce  = 24
)

func (t *tiles) panelGroups() int { return (t.panels() + panelsAtOnce - 1) / panelsAtOnce }

// products multiplies one plane for a few panels of input channels: [plane][tile][inputs].
func (t *tiles) products(_, item int) {
	c := t.conv
	inputs, n := kernel.Pad(c.in.c), t.planeTiles()
	p, group := item/t.panelGroups(), item%t.panelGroups()
	for first := 0; first < n; first += tilesAtOnce {
		for i := group * panelsAtOnce; i < min((group+1)*panelsAtOnce, t.panels()); i++ {
			width := c.panelWidth(i)
			a := c.ws.tileV[(p*n+first)*c.outputs:]
			b := c.ws.tileU[(p*inputs+i*panel)*c.outputs:][:c.outputs*width]
			kernel.Gemm(c.ws.tileM[(p*n+first)*inputs+i*panel:], inputs, a, c.outputs, b, min(tilesAtOnce, n-first), c.outputs, width, true)
		}
	}
}

// outputs makes one row of tiles of the input gradient.
func (t *tiles) outputs(worker, item int) {
	c := t.conv
	inputs := kernel.Pad(c.in.c)
	n, y := item/t.rows, item%t.rows
	plane := t.planeTiles() * inputs
	row := c.in.w * inputs
	for x := range t.columns {
		m := c.ws.tileM[(n*t.perImage()+y*t.columns+x)*inputs:]
		dst := c.dx[((t.first+n)*c.in.h+y*kernel.Tile)*row+x*kernel.Tile*inputs:]
		height, width := min(kernel.Tile, c.in.h-y*kernel.Tile), min(kernel.Tile, c.in.w-x*kernel.Tile)
		if height == kernel.Tile && width == kernel.Tile {
			kernel.TileOutput(dst, row, inputs, m, plane, inputs)
			continue
		}
		th := &c.ws.threads[worker]
		th.scratch = grow(th.scratch, kernel.Tile*kernel.Tile*inputs)
		kernel.TileOutput(th.scratch, kernel.Tile*inputs, inputs, m, plane, inputs)
		for i := range height {
			copy(dst[i*row:i*row+width*inputs], th.scratch[i*kernel.Tile*inputs:])
		}
	}
}

package snn

import "ssnn/internal/kernel"

// Where spikes have at most 16 channels and the output more than 32, sums of integer weights are
// looked up in tables, see internal/kernel. For such shapes lists and windows cost more than they
// save, and scattering, see convscatter.go, needs more additions.

// looksUp says whether the sums of the convolution of x can be looked up.
func (c *conv) looksUp(x *activation) bool {
	return x.spikes != nil && c.in.c <= kernel.Lanes && c.Geometry == Windows(3, 1, 1) &&
		!c.scatters(x)
}

// tabulate makes the tables, [out block][3][TableRows][width], of the weights w, which lie in the
// order of conv.weight.
func tabulate[W kernel.Integer](c *conv, w []W) []int16 {
	tables := make([]int16, 3*kernel.TableRows*c.outputs)
	for _, o := range c.layout.outs {
		for ky := range 3 {
			kernel.Tabulate(tableOf(tables, o, ky), w[c.layout.row(o, 0, ky, 0):], c.in.c, o.width)
		}
	}
	return tables
}

// tableOf is the part of tables for a block of outputs and a row of the kernel.
func tableOf(tables []int16, o outBlock, ky int) []int16 {
	size := kernel.TableRows * o.width
	return tables[3*kernel.TableRows*o.from+ky*size:][:size]
}

// lookingUp computes sums from tables: four inputs at a time choose one row of a table. Its parts
// have the size of the parts of listing.
type lookingUp struct{ *listing }

func (c *lookingUp) prepare(pass) bool { return true }

func (c *lookingUp) part(t part, th *thread) {
	size := c.outputsOf(&t, th)
	th.sums = grow(th.sums, len(t.y))
	c.addTables(&t, th, size)
	c.integers.widen(&t, th.sums)
	c.finish(&t, th)
}

// addTables computes the sums of a part. An image of the part has size sums.
func (c *lookingUp) addTables(t *part, th *thread, size int) {
	rows, pitch := t.bottom-t.top, c.in.w+kernel.TablePad
	for i := range c.split.steps * t.count {
		th.padded = c.padSpikes(th.padded, c.x.spikeImage(c.input(t, i)), t)
		for ky := range 3 {
			table := tableOf(c.integers.tables, t.o, ky)
			kernel.TableConv(th.sums[i*size:(i+1)*size], table, th.padded[ky*pitch:],
				rows, c.out.w, t.o.width, ky == 0)
		}
	}
}

// padSpikes writes to dst the spikes of an image that a part sees, with zeros around them:
// [rows+2][W+TablePad] words, and one word more.
func (c *lookingUp) padSpikes(dst, image []uint16, t *part) []uint16 {
	pitch := c.in.w + kernel.TablePad
	dst = grow(dst, (t.bottom-t.top+2)*pitch+1)
	clear(dst)
	for y := max(0, t.top-1); y < min(c.in.h, t.bottom+1); y++ {
		copy(dst[(y-t.top+1)*pitch+1:], image[y*c.in.w:(y+1)*c.in.w])
	}
	return dst
}

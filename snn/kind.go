package snn

// kind is a kind of item, such as conv or block.
type kind struct {
	name      string
	arguments []string                   // names of the item's numbers
	optional  int                        // how many of the last numbers may be left out
	units     int                        // units of convolution and neurons, for T_avg
	draw      func(d *drawing, a []Pair) // adds the nodes; a are the item's numbers
}

var kinds []kind

func init() { // not an initialiser: draw leads back to kinds, which would be a cycle
	convolution := []string{"channels", "kernel", "stride", "padding", "dilation", "groups"}
	strided := []string{"channels", "stride"}
	windows := []string{"window", "stride", "padding"}
	kinds = []kind{
		{"conv", convolution, 5, 1, func(d *drawing, a []Pair) {
			d.unit(d.name+".%s", a[0][0], geometryOf(a[1:]))
		}},
		{"depthwise", convolution[1:5], 4, 1, func(d *drawing, a []Pair) {
			g, c := geometryOf(a), d.shape(d.at).c
			g.Groups = c
			d.unit(d.name+".%s", c, g)
		}},
		{"block", strided, 0, 2, func(d *drawing, a []Pair) {
			d.residual(a, d.unit, d.convolve, d.convolve)
			d.fire(d.name + ".lif2")
		}},
		{"sew", strided, 0, 2, func(d *drawing, a []Pair) {
			d.residual(a, d.unit, d.unit, d.unit)
		}},
		{"ms", strided, 0, 2, func(d *drawing, a []Pair) {
			firing := func(pattern string, channels int, g Geometry) {
				d.fire(d.name + ".lif")
				d.unit(pattern, channels, g)
			}
			d.residual(a, firing, d.convolve, d.convolve)
		}},
		{"current", convolution, 5, 1, func(d *drawing, a []Pair) {
			d.convolve(d.name+".%s", a[0][0], geometryOf(a[1:]))
		}},
		{"lif", nil, 0, 0, func(d *drawing, _ []Pair) { d.fire(d.name + ".lif") }},
		{"position", nil, 0, 1, func(d *drawing, _ []Pair) {
			in := d.at
			d.unit(d.name+".%s", d.shape(in).c, Windows(3, 1, 1))
			d.sum(in)
		}},
		{"attention", []string{"heads"}, 0, 4, func(d *drawing, a []Pair) {
			in, c := d.at, d.shape(d.at).c
			d.unit(d.name+".qkv_%s", 3*c, Windows(1, 1, 0))
			d.attend(a[0][0])
			d.fire(d.name + ".attn_lif")
			d.unit(d.name+".proj_%s", c, Windows(1, 1, 0))
			d.sum(in)
		}},
		{"mlp", []string{"ratio"}, 0, 2, func(d *drawing, a []Pair) {
			in, c := d.at, d.shape(d.at).c
			d.unit(d.name+".%s1", a[0][0]*c, Windows(1, 1, 0))
			d.unit(d.name+".%s2", c, Windows(1, 1, 0))
			d.sum(in)
		}},
		{"linear", []string{"features"}, 0, 0, func(d *drawing, a []Pair) {
			d.linear(d.name+".fc", a[0][0])
		}},
		{"avgpool", windows, 2, 0, func(d *drawing, a []Pair) { d.pool(PoolMean, windowsOf(a)) }},
		{"sumpool", windows, 2, 0, func(d *drawing, a []Pair) { d.pool(PoolSum, windowsOf(a)) }},
		{"maxpool", windows, 2, 0, func(d *drawing, a []Pair) { d.pool(PoolMax, windowsOf(a)) }},
		{"globalpool", nil, 0, 0, func(d *drawing, _ []Pair) {
			in := d.shape(d.at)
			d.pool(PoolMean, windowsOf([]Pair{{max(in.h, 1), max(in.w, 1)}}))
		}},
	}
}

// residual draws a residual block: two layers, of which the first has the stride, and the shortcut
// that is added to their output.
func (d *drawing) residual(a []Pair, first, second,
	down func(pattern string, channels int, g Geometry)) {

	in, channels, stride := d.at, a[0][0], a[1]
	g := Windows(3, 1, 1)
	g.Stride = stride
	first(d.name+".%s1", channels, g)
	second(d.name+".%s2", channels, Windows(3, 1, 1))
	d.sum(d.shortcut(in, channels, stride, down))
}

// geometryOf is the geometry of a convolution from its numbers, which begin with the kernel.
// Numbers that are left out stand for a 3x3 kernel, stride 1, and the padding that keeps the size
// of the image if the stride is 1 and the kernel odd.
func geometryOf(a []Pair) Geometry {
	g := Windows(3, 1, 0)
	for i, to := range []*Pair{&g.Kernel, &g.Stride, &g.Padding, &g.Dilation} {
		if i < len(a) {
			*to = a[i]
		}
	}
	if len(a) < 3 {
		g.Padding = Pair{g.reach(0) / 2, g.reach(1) / 2}
	}
	if len(a) == 5 {
		g.Groups = a[4][0]
	}
	return g
}

// windowsOf is the geometry of pooling from its numbers: window, stride, padding. A stride that is
// left out is the window's size.
func windowsOf(a []Pair) Geometry {
	g := Geometry{Kernel: a[0], Stride: a[0], Dilation: Square(1), Groups: 1}
	if len(a) > 1 {
		g.Stride = a[1]
	}
	if len(a) > 2 {
		g.Padding = a[2]
	}
	return g
}

func kindOf(name string) (kind, bool) {
	for _, k := range kinds {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

func kindNames() []string {
	var all []string
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return all
}

package snn

import (
	"math"

	"ssnn/internal/kernel"
)

// norm is batch norm. It never writes its output: the layer behind it reads the norm's input x with
// a scale and a shift for each channel, and hands back the sums that the norm's backward needs.
type norm struct {
	ws             *workspace
	cfg            Norm
	c              int  // channels in memory, with padding
	pixels         int  // pixels of an image
	passes         bool // the output is the input, see passing
	weight, bias   *Parameter
	mean, variance *Parameter // running statistics

	// The following belong to the last forward.
	x        []float32 // [images][pixels][c]
	count    float64   // values of a channel in the whole batch
	moments  []float32 // [images][2][c]: mean, and sum of squared distances from it
	own, all []float64 // [shards][2][c]: sums of the own shards and of all shards, see sharding
	used     []float32 // mean that x is normed with: the batch's, or the running one
	inverse  []float32 // 1/sqrt(var+eps)
	scale    []float32 // output = scale*x + shift
	shift    []float32
	folded   bool     // scale and shift are computed and will not change
	gathered gathered // see recalibrate.go

	// The following belong to the last backward.
	g       []float32   // gradient of the output
	sums    []float32   // [images][2][c], see gradientSums
	a, b, d []float32   // gradient of the input = a*g + b*(x-mean) + d
	target  *conv       // convolution before the norm, whose output gradient it writes
	factor  *activation // input of target if that is factored, else nil

	tasks struct{ moments, sums func(worker, item int) } // made once, as making them allocates
}

// normed makes the norm that reads the output of a convolution.
func (c *conv) normed(name string, cfg Norm) *norm {
	c.after = newNorm(c.ws, name, c.out.c, cfg)
	c.after.pixels = c.out.pixels()
	return c.after
}

func newNorm(ws *workspace, name string, channels int, cfg Norm) *norm {
	c := kernel.Pad(channels)
	vector := func(kind string, gradient bool) *Parameter {
		return ws.parameter(name+"."+kind, []int{channels}, c, gradient)
	}
	n := &norm{
		ws: ws, cfg: cfg, c: c,
		weight: vector("weight", true), bias: vector("bias", true),
		mean: vector("running_mean", false), variance: vector("running_var", false),
		inverse: make([]float32, c), used: make([]float32, c), scale: make([]float32, c),
		shift: make([]float32, c),
		a:     make([]float32, c), b: make([]float32, c), d: make([]float32, c),
	}
	if !ws.frozen {
		n.weight.fill(1)
		n.variance.fill(1)
	}
	n.tasks.moments, n.tasks.sums = n.imageMoments, n.imageSums
	ws.norms = append(ws.norms, n)
	return n
}

func (n *norm) parameters(yield func(*Parameter)) {
	yield(n.weight)
	yield(n.bias)
}

func (n *norm) statistics(yield func(*Parameter)) {
	yield(n.mean)
	yield(n.variance)
}

// forward prepares scale and shift for the input x of T timesteps of B samples.
func (n *norm) forward(p pass, x []float32, T, B int) {
	n.x = x
	if p.mode == inference {
		n.useRunning()
		return
	}
	at := p.start()
	n.use(n.batchStatistics(T, B, p.mode == recalibration), n.inverse)
	p.stop(at, n.weight.Name, "norm", 0, 2*len(x), 0)
}

// useRunning prepares scale and shift from the running statistics, in a frozen network only once.
func (n *norm) useRunning() {
	if !n.folded {
		n.use(n.mean.Value, n.variance.Value)
		n.folded = n.ws.frozen
	}
}

func (n *norm) use(mean, variance []float32) {
	for c := range n.c {
		n.inverse[c] = float32(1 / math.Sqrt(float64(variance[c])+n.cfg.Eps))
		n.used[c] = mean[c]
		n.scale[c] = float32(n.cfg.Scale) * n.weight.Value[c] * n.inverse[c]
		n.shift[c] = n.bias.Value[c] - float32(n.scale[c]*mean[c])
	}
}

// batchStatistics returns the mean of the batch over all its shards, and leaves the biased variance
// in n.inverse. It also moves the running statistics or, with gather, adds the batch to n.gathered.
func (n *norm) batchStatistics(T, B int, gather bool) (mean []float32) {
	n.moments = grow(n.moments, T*B*2*n.c)
	n.ws.pool.Run(T*B, n.tasks.moments)
	shards := &n.ws.shards
	n.own = grow(n.own, shards.own()*2*n.c)
	for i := range shards.own() {
		n.shardMoments(n.own[i*2*n.c:][:2*n.c], picked{shards.shard(i, B), T, B})
	}
	all := shards.gather(&n.all, n.own)
	images := 0
	for j := range shards.count {
		images += T * shards.size(j, B)
	}
	count := float64(images * n.pixels)
	n.count = count
	for c := range n.c {
		var sum, m2 float64
		for at := c; at < len(all); at += 2 * n.c {
			sum += all[at]
		}
		m := sum / float64(images)
		for j := range shards.count {
			if own := float64(T * shards.size(j, B)); own > 0 {
				at := j*2*n.c + c
				d := all[at]/own - m
				m2 += all[at+n.c] + own*float64(n.pixels)*d*d
			}
		}
		n.used[c] = float32(m)
		n.inverse[c] = float32(m2 / count)
		move := func(running *float32, to float64) {
			*running = float32((1-n.cfg.Momentum)*float64(*running) + n.cfg.Momentum*to)
		}
		if gather {
			n.gathered.add(c, count, m, m2)
			continue
		}
		move(&n.mean.Value[c], m)
		move(&n.variance.Value[c], m2/max(count-1, 1))
	}
	if gather {
		n.gathered.count += count
	}
	return n.used
}

// shardMoments writes to dst, [2][c], the sum of the means of a shard's images, and the sum of the
// squared distances of the shard's values from their mean.
func (n *norm) shardMoments(dst []float64, images picked) {
	for c := range n.c {
		var sum, m2 float64
		for i := range images.len() {
			sum += float64(n.moments[images.at(i)*2*n.c+c])
		}
		m := sum / float64(images.len())
		for i := range images.len() {
			at := images.at(i)*2*n.c + c
			d := float64(n.moments[at]) - m
			m2 += float64(n.moments[at+n.c]) + float64(n.pixels)*d*d
		}
		dst[c], dst[n.c+c] = sum, m2
	}
}

func (n *norm) imageMoments(_, i int) {
	m := n.moments[i*2*n.c : (i+1)*2*n.c]
	size := n.pixels * n.c
	kernel.Moments(m[:n.c], m[n.c:], n.x[i*size:(i+1)*size], n.pixels)
}

// gradientSums adds up parts over the batch, and computes from the sums the gradients of weight and
// bias and the factors a, b and d of backward. parts, [steps][B][of][2][c], has partial sums of g
// and of g*(x-mean), where g times inputScale is the gradient of the norm's output.
func (n *norm) gradientSums(parts []float32, steps, B, of int, inputScale float32) {
	if n.passes {
		return
	}
	shards := &n.ws.shards
	n.own = grow(n.own, shards.own()*2*n.c)
	for i := range shards.own() {
		s := shards.shard(i, B)
		own := picked{samples{s.first * of, s.count * of}, steps, B * of}
		n.shardSums(n.own[i*2*n.c:][:2*n.c], parts, own)
	}
	n.useSums(shards.gather(&n.all, n.own), inputScale)
}

// shardSums writes to dst, [2][c], the sum of the parts of a shard.
func (n *norm) shardSums(dst []float64, parts []float32, own picked) {
	for c := range n.c {
		var sum, dot float64
		for i := range own.len() {
			at := own.at(i)*2*n.c + c
			sum += float64(parts[at])
			dot += float64(parts[at+n.c])
		}
		dst[c], dst[n.c+c] = sum, dot
	}
}

// useSums computes the gradients of weight and bias, and the factors a, b and d of backward, from
// the sums of all shards.
func (n *norm) useSums(all []float64, inputScale float32) {
	for c := range n.c {
		var sum, dot float64
		for at := c; at < len(all); at += 2 * n.c {
			sum += all[at]
			dot += all[at+n.c]
		}
		k, inverse := float64(n.scale[c])*float64(inputScale), float64(n.inverse[c])
		n.bias.Gradient[c] = float32(sum * float64(inputScale))
		n.weight.Gradient[c] = float32(dot * inverse * n.cfg.Scale * float64(inputScale))
		n.a[c] = float32(k)
		n.b[c] = float32(-k * inverse * inverse * dot / n.count)
		n.d[c] = float32(-k * sum / n.count)
	}
}

// backward goes back through the norm and target, the convolution before it. g is the gradient of
// the norm's output. It returns the gradient of the convolution's input, or nil if it is not
// wanted.
func (n *norm) backward(p pass, g []float32, target *conv, wantInput bool) []float32 {
	n.g, n.target, n.factor = g, target, nil
	if target.x.scale != nil {
		n.factor = target.x
	}
	return target.backward(p, n, wantInput)
}

// writeGradient writes the gradient of an image of the norm's input, which is the output gradient
// of the convolution. With a factored input it writes the gradient of the image that the
// convolution computed, and adds the gradient of its strengths to factor.scaleGrad.
func (n *norm) writeGradient(to *gradientGroup, worker, i int) {
	to.clearAround(i)
	if n.factor != nil {
		n.writeFactored(to, worker, i)
		return
	}
	for _, o := range n.target.layout.outs {
		image, row, pixel := to.image(o, i)
		n.writeBlock(image, row, pixel, o, to.images.at(i))
	}
}

// writeFactored is writeGradient for a factored input, where one image stands for all timesteps of
// a sample.
func (n *norm) writeFactored(to *gradientGroup, worker, i int) {
	th := &n.ws.threads[worker]
	size := n.pixels * n.c
	th.scratch = grow(th.scratch, size)
	w := n.target.out.w * n.c
	sample := to.images.at(i)
	z := n.target.z[sample*size:][:size]
	for t := range n.factor.T {
		at := t*n.factor.B + sample
		n.writeBlock(th.scratch, w, n.c, outBlock{width: n.c}, at)
		n.factor.scaleGrad[at] += kernel.Dot(th.scratch, z)
		for _, o := range n.target.layout.outs {
			image, row, pixel := to.image(o, i)
			for y := range n.target.out.h {
				for x := range n.target.out.w {
					dst := image[y*row+x*pixel:][:o.width]
					src := th.scratch[y*w+x*n.c+o.from:][:o.width]
					if t == 0 {
						kernel.ScaleTo(dst, src, n.factor.scale[at])
					} else {
						kernel.AddScaled(dst, src, n.factor.scale[at])
					}
				}
			}
		}
	}
}

// writeBlock writes to dst the channels of block o of the gradient of image i of the norm's input.
func (n *norm) writeBlock(dst []float32, row, pixel int, o outBlock, i int) {
	size := n.pixels * n.c
	w := n.target.out.w
	to := o.from + o.width
	for y := range n.target.out.h {
		at := i*size + y*w*n.c + o.from
		kernel.NormBackward(dst[y*row:], pixel, n.g[at:], n.x[at:], n.c,
			n.a[o.from:to], n.b[o.from:to], n.d[o.from:to], n.used[o.from:to], w)
	}
}

// sumGradients computes the sums over g for gradientSums, and calls it. It serves norms whose
// output no neuron reads directly.
func (n *norm) sumGradients(g []float32, T, B int, inputScale float32) {
	n.g = g
	n.sums = grow(n.sums, T*B*2*n.c)
	n.ws.pool.Run(T*B, n.tasks.sums)
	n.gradientSums(n.sums, T, B, 1, inputScale)
}

func (n *norm) imageSums(_, i int) {
	s := n.sums[i*2*n.c : (i+1)*2*n.c]
	clear(s)
	size := n.pixels * n.c
	kernel.NormSums(s[:n.c], s[n.c:], n.g[i*size:(i+1)*size], n.x[i*size:(i+1)*size], n.used,
		n.pixels)
}

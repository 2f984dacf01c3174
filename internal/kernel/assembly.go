//go:build amd64 || arm64

package kernel

import (
	"math/bits"
	"unsafe"
)

// The type assembly, in the generated zvariant_*.go, holds the functions of one instruction set.
// The functions of weight rows are arrays indexed by the width 16, 32 or 64, and the functions of
// neurons are arrays indexed by the kind of neuron; _asm/variants says how each is indexed. A new
// kernel is generated in _asm, and wrapped here.

type (
	windowFunc[S, W any] func(dst *S, w *W, index *uint8, windows *uint64, classes *uint32,
		offset int, ahead *byte, lines int)
	valueFunc[S, W, V any] func(dst *S, w *W, index *uint8, value *V, windows *uint64,
		classes *uint32, offset int, ahead *byte, lines int)

	scatterFunc[S, W any]         func(dst *S, w *W, entries *uint32, n, tap, line int)
	scatterValueFunc[S, W, V any] func(dst *S, w *W, entries *uint32, value *V, n, tap, line int)

	gemmTile func(dst *float32, ldd int, a *float32, lda int, b *float32, ldb, k int, fresh bool)
)

const floatSize = 4

// byWidth is the index of a row's width in the tables of functions.
func byWidth(width int) int {
	switch width {
	case 16:
		return 0
	case 32:
		return 1
	case 64:
		return 2
	}
	panic("kernel: width is not 16, 32 or 64")
}

// ptr returns the address of the first element of s. It panics if s has fewer than n elements.
func ptr[T any](s []T, n int) *T {
	if n == 0 {
		return unsafe.SliceData(s)
	}
	_ = s[n-1]
	return &s[0]
}

// variant wraps the functions, and adds the convolutions of bytes if the architecture has them.
func (a *assembly) variant() variant {
	v := a.wrapped()
	a.addDots(&v)
	return v
}

// wrapped wraps the functions: each wrapper checks that its slices are long enough, and converts
// sizes to bytes.
func (a *assembly) wrapped() variant {
	return variant{
		name: a.name,
		listSpikes: func(index []uint8, n int, starts []uint32, s []uint16, width, pitch, count,
			base, block int) int {
			if width*count == 0 {
				return listSpikesGeneric(index, n, starts, s, width, pitch, count, base, block)
			}
			size := (width-1)*pitch + count
			return a.listSpikes(ptr(index, n+width*count*Lanes+Lanes), n, ptr(starts, width),
				ptr(s, size), width, pitch*2, count, base, block)
		},
		listReals: func(index []uint8, value []float32, n int, starts []uint32, x []float32, width,
			pitch, count, base, block int) int {
			if width*count == 0 {
				return listRealsGeneric(index, value, n, starts, x, width, pitch, count, base,
					block)
			}
			vectors := (count + Lanes - 1) / Lanes
			room := n + width*vectors*Lanes + Lanes
			return a.listReals(ptr(index, room), ptr(value, room), n, ptr(starts, width),
				ptr(x, (width-1)*pitch+vectors*Lanes), width, pitch*floatSize, vectors, base, block)
		},
		spikeConv:  spikes(a.spikeConv),
		realConv:   valued(a.realConv, func(l *RowLists) []float32 { return l.Value }),
		spikeConv8: spikes(a.spikeConv8), spikeConv16: spikes(a.spikeConv16),
		countConv8: valued(a.countConv8, counts), countConv16: valued(a.countConv16, counts),
		activeSpikes: func(entries []uint32, x []uint16, s Scatter, rows, words, pitch int) int {
			n := rows * s.Width
			if n == 0 {
				return 0
			}
			return a.activeSpikes(ptr(entries, (n*words+1)*Lanes), ptr(x, (n-1)*pitch+words),
				rows, s.Width, words, pitch*2, (s.Pitch-s.Width)*ScatterIn)
		},
		activeReals:     a.listActive,
		scatterSpikes:   scattered(a.scatterSpikes[:], 8),
		scatterReals:    scatteredValues(a.scatterReals[:], 8),
		scatterSpikes8:  scattered(a.scatterSpikes8[:], 16),
		scatterSpikes16: scattered(a.scatterSpikes16[:], 16),
		scatterCounts8:  scatteredValues(a.scatterCounts8[:], 16),
		scatterCounts16: scatteredValues(a.scatterCounts16[:], 16),
		tableConv: func(dst, tables []int16, s []uint16, rows, W, width int, fresh bool) {
			if n := rows * W; n > 0 {
				a.tableConv[byWidth(width)](ptr(dst, n*width), ptr(tables, TableRows*width),
					ptr(s, rows*(W+TablePad)+1), rows, W, TablePad*2, fresh)
			}
		},
		widen: func(dst []float32, sum []int16, scale []float32) {
			if len(sum) > 0 {
				a.widen(ptr(dst, len(sum)), &sum[0], ptr(scale, 1), len(sum)*floatSize,
					len(scale)*floatSize)
			}
		},
		sumRows: func(acc, rows []float32, positions []uint32) {
			a.sumRows[byWidth(len(acc))](ptr(acc, 1), ptr(rows, 1), ptr(positions, len(positions)),
				len(positions))
		},
		sumScaledRows: func(acc, rows []float32, positions []uint32, values []float32) {
			n := len(positions)
			a.sumScaledRows[byWidth(len(acc))](ptr(acc, 1), ptr(rows, 1), ptr(positions, n),
				ptr(values, n), n)
		},
		fetch: func(w []byte) {
			if lines := len(w) / 64; lines > 0 {
				fetch(&w[0], lines)
			}
		},
		gemm:       a.multiply,
		lifForward: a.forward, countLevels: a.levels,
		lifBackward: a.backward, leakGradient: a.leak,
		sumPixels: func(sum, x []float32, n int) {
			a.sumPixels(ptr(sum, 1), ptr(x, n*len(sum)), n, len(sum)*floatSize)
		},
		sumSquares: func(m2, mean, x []float32, n int) {
			c := len(m2)
			a.sumSquares(ptr(m2, 1), ptr(mean, c), ptr(x, n*c), n, c*floatSize)
		},
		normSums: func(sum, dot, g, x, mean []float32, n int) {
			c := len(mean)
			a.normSums(ptr(sum, c), ptr(dot, c), ptr(g, n*c), ptr(x, n*c), ptr(mean, c), n,
				c*floatSize)
		},
		normBackward: func(dst []float32, pitch int, g, x []float32, pixel int, k, b, d,
			mean []float32, n int) {
			c := len(mean)
			size := (n-1)*pixel + c
			a.normBackward(ptr(dst, (n-1)*pitch+c), pitch*floatSize, ptr(g, size), ptr(x, size),
				pixel*floatSize, ptr(k, c), ptr(b, c), ptr(d, c), ptr(mean, c), n, c*floatSize)
		},
		affine: func(dst, x, scale, shift []float32, n int) {
			c := len(scale)
			a.affine(ptr(dst, n*c), ptr(x, n*c), ptr(scale, c), ptr(shift, c), n, c*floatSize)
		},
		addScaled: func(dst, x []float32, s float32) {
			whole := len(x) &^ (Lanes - 1)
			a.addScaled(ptr(dst, whole), ptr(x, whole), whole, s)
			addScaledGeneric(dst[whole:], x[whole:], s)
		},
		addSpikes: func(dst []float32, s []uint16, v float32) {
			if len(s) > 0 {
				a.addSpikes(ptr(dst, len(s)*Lanes), &s[0], len(s), v)
			}
		},
		avgSpikes2: func(dst []float32, top, bottom []uint16, pixels, words int) {
			n := 2 * pixels * words
			a.avgSpikes2(ptr(dst, pixels*words*Lanes), ptr(top, n), ptr(bottom, n), pixels, words*2)
		},
		scaleTo: func(dst, x []float32, s float32) {
			whole := len(x) &^ (Lanes - 1)
			a.scaleTo(ptr(dst, whole), ptr(x, whole), whole, s)
			scaleToGeneric(dst[whole:], x[whole:], s)
		},
		splitFloats: func(first, second []float32, pairs []uint16) {
			whole := len(first) &^ (Lanes - 1)
			if whole > 0 {
				a.splitFloats(ptr(first, whole), ptr(second, whole), ptr(pairs, 2*whole), whole)
			}
			splitFloatsGeneric(first[whole:], second[whole:], pairs[2*whole:])
		},
		splitWords: func(first, second, pairs []uint16) {
			whole := len(first) &^ (Lanes - 1)
			if whole > 0 {
				a.splitWords(ptr(first, whole), ptr(second, whole), ptr(pairs, 2*whole), whole)
			}
			splitWordsGeneric(first[whole:], second[whole:], pairs[2*whole:])
		},
		splitBytes: func(first, second []byte, pairs []uint16) bool {
			whole, large := len(first)&^(Lanes-1), 0
			if whole > 0 {
				// splitBytes returns 0 unless a count is too large.
				large = a.splitBytes(ptr(first, whole), ptr(second, whole), ptr(pairs, 2*whole),
					whole)
			}
			return splitBytesGeneric(first[whole:], second[whole:], pairs[2*whole:]) && large == 0
		},
		splitPixels: func(dst, pairs []uint16) {
			whole := len(dst) &^ (Lanes - 1)
			if whole > 0 {
				a.splitPixels(ptr(dst, whole), ptr(pairs, whole/2), whole)
			}
			splitPixelsGeneric(dst[whole:], pairs[whole/2:])
		},
		joinPixels: func(dst, s []uint16, shift int, first bool) {
			whole := len(s) &^ (Lanes - 1)
			if whole > 0 {
				a.joinPixels(ptr(dst, 2*whole), ptr(s, whole), whole, shift, first)
			}
			joinPixelsGeneric(dst[2*whole:], s[whole:], shift, first)
		},
		finite: func(x []float32) bool {
			whole := len(x) &^ (Lanes - 1)
			// a.finite returns 0 if all values are finite.
			return (whole == 0 || a.finite(&x[0], whole) == 0) && finiteGeneric(x[whole:])
		},
		sgd: func(p, m, grad []float32, rate, momentum, decay float32) {
			whole := len(p) &^ (Lanes - 1)
			a.sgd(ptr(p, whole), ptr(m, whole), ptr(grad, whole), whole, rate, momentum, decay)
			sgdGeneric(p[whole:], m[whole:], grad[whole:], rate, momentum, decay)
		},
		adam: func(s AdamStep, p, m, v, grad []float32) {
			whole := len(p) &^ (Lanes - 1)
			kind, decay := 0, s.Decay
			if s.Decoupled {
				kind, decay = 1, s.Rate*s.Decay
			}
			a.adam[kind](ptr(p, whole), ptr(m, whole), ptr(v, whole), ptr(grad, whole), whole,
				s.Rate, s.Beta1, 1-s.Beta1, s.Beta2, 1-s.Beta2, s.Correct1, s.Correct2, s.Epsilon,
				decay)
			adamGeneric(s, p[whole:], m[whole:], v[whole:], grad[whole:])
		},
		tileInput: func(v []float32, plane int, x []float32, row, pixel, c int) {
			a.tileInput(ptr(v, (Planes-1)*plane+c), TileIn*plane*floatSize, plane*floatSize,
				ptr(x, (TileIn-1)*(row+pixel)+c), row*floatSize, pixel*floatSize, c*floatSize)
		},
		tileOutput: func(y []float32, row, pixel int, m []float32, plane, c int) {
			a.tileOutput(ptr(y, (Tile-1)*(row+pixel)+c), row*floatSize, pixel*floatSize,
				ptr(m, (Planes-1)*plane+c), TileIn*plane*floatSize, plane*floatSize, c*floatSize)
		},
		tileWeights: func(u []float32, plane int, w []float32, row, tap, n int) {
			a.tileWeights(ptr(u, (Planes-1)*plane+n), TileIn*plane*floatSize, plane*floatSize,
				ptr(w, 2*(row+tap)+n), row*floatSize, tap*floatSize, n*floatSize)
		},
	}
}

// spikes wraps the functions of SpikeConv and SpikeConv16, one for each width.
func spikes[S, W float32 | Integer](f [3]windowFunc[S, W]) func(p Pass, dst []S, w []W) {
	return func(p Pass, dst []S, w []W) {
		windows, classes, offset, ahead, lines := p.addresses()
		f[byWidth(p.Width)](ptr(dst, p.outputs()), ptr(w, p.weights()), ptr(p.Lists.Index, Lanes),
			windows, classes, offset, ahead, lines)
	}
}

// addresses returns the addresses of all windows and of the classes of the pass (a class is its two
// fields one after the other), the offset of the part, the address of the weights to prefetch, and
// the number of their cache lines to prefetch for each class.
func (p Pass) addresses() (windows *uint64, classes *uint32, offset int, ahead *byte, lines int) {
	part := p.Windows.part(p)
	if n := len(p.Ahead); n > 0 && part.count > 0 {
		ahead, lines = unsafe.SliceData(p.Ahead), n/64/part.count
	}
	return (*uint64)(unsafe.Pointer(&p.Windows.all[0])), &p.Windows.classes[part.first].entries,
		part.offset, ahead, lines
}

// valued wraps the functions of RealConv and CountConv16, one for each width. values returns the
// factors of the rows.
func valued[S, W float32 | Integer, V any](f [3]valueFunc[S, W, V],
	values func(l *RowLists) []V) func(p Pass, dst []S, w []W) {

	return func(p Pass, dst []S, w []W) {
		windows, classes, offset, ahead, lines := p.addresses()
		n := len(p.Lists.Index)
		f[byWidth(p.Width)](ptr(dst, p.outputs()), ptr(w, p.weights()), ptr(p.Lists.Index, Lanes),
			ptr(values(p.Lists), n), windows, classes, offset, ahead, lines)
	}
}

// frameLanes holds the entries of the lanes of a vector, relative to the first: for pixels of one
// channel, pixels of two channels, and the channels of a single pixel.
var frameLanes = func() (of [3][Lanes]uint32) {
	for i := range uint32(Lanes) {
		of[0][i], of[1][i], of[2][i] = i*ScatterIn, i/2*ScatterIn+i%2, i
	}
	return of
}()

func (a *assembly) listActive(entries []uint32, values, x []float32, s Scatter, rows, channels,
	pitch int) int {

	n := rows * s.Width
	if n == 0 {
		return 0
	}
	lane, groups, tail := &frameLanes[2], s.Width, 0
	vectors, step := (channels+Lanes-1)/Lanes, ScatterIn
	room, size := n*vectors*Lanes+Lanes, (n-1)*pitch+vectors*Lanes
	if pitch%Lanes != 0 { // the pixels of a frame are contiguous
		if channels != pitch || channels > 2 {
			return activeRealsGeneric(entries, values, x, s, rows, channels, pitch)
		}
		perVector := Lanes / channels
		lane, groups, tail = &frameLanes[channels-1], s.Width/perVector, s.Width%perVector*channels
		vectors, step = 1, perVector*ScatterIn
		room, size = n*channels+Lanes, n*channels
		pitch = Lanes
	}
	return a.activeReals(ptr(entries, room), ptr(values, room), ptr(x, size), &lane[0],
		rows, groups, tail, vectors, pitch*floatSize, step, s.Pitch*ScatterIn-groups*step)
}

// scattered wraps the functions of Scatter.Spikes and ScatterSpikes16, one for each width from
// least on.
func scattered[S, W float32 | Integer](f []scatterFunc[S, W],
	least int) func(s Scatter, sums []S, at int, w []W, entries []uint32) {

	return func(s Scatter, sums []S, at int, w []W, entries []uint32) {
		if n := len(entries); n > 0 {
			tap, line := checkScatter(s, sums, at, w, entries)
			f[bits.TrailingZeros(uint(s.Out/least))](&sums[at], &w[0], &entries[0], n,
				tap*int(unsafe.Sizeof(*new(W))), line*int(unsafe.Sizeof(*new(S))))
		}
	}
}

// scatteredValues wraps the functions of Scatter.Reals and ScatterCounts16.
func scatteredValues[S, W float32 | Integer, V any](f []scatterValueFunc[S, W, V],
	least int) func(s Scatter, sums []S, at int, w []W, entries []uint32, values []V) {

	return func(s Scatter, sums []S, at int, w []W, entries []uint32, values []V) {
		if n := len(entries); n > 0 {
			tap, line := checkScatter(s, sums, at, w, entries)
			f[bits.TrailingZeros(uint(s.Out/least))](&sums[at], &w[0], &entries[0], ptr(values, n),
				n,
				tap*int(unsafe.Sizeof(*new(W))), line*int(unsafe.Sizeof(*new(S))))
		}
	}
}

// checkScatter panics unless sums and w hold all elements that the entries, which are ordered, read
// and add to. It returns the number of weights of a tap and of sums of a row.
func checkScatter[S, W any](s Scatter, sums []S, at int, w []W, entries []uint32) (tap, line int) {
	tap, line = s.Channels*s.Out, s.Pitch*s.Out
	first, last := int(entries[0]/ScatterIn)*s.Out, int(entries[len(entries)-1]/ScatterIn)*s.Out
	_, _, _ = sums[at+first-line-s.Out], sums[at+last+line+2*s.Out-1], w[9*tap-1]
	return tap, line
}

func counts(l *RowLists) []int16 { return l.Count }

// multiply computes the rows of Gemm in as few tiles as possible, of about equal size.
func (a *assembly) multiply(dst []float32, ldd int, x []float32, lda int, b []float32, m, k,
	width int, fresh bool) {

	if rest := k % 4; rest != 0 {
		if k -= rest; k > 0 {
			a.multiply(dst, ldd, x, lda, b, m, k, width, fresh)
		}
		gemmGeneric(dst, ldd, x[k:], lda, b[k*width:], m, rest, width, fresh && k == 0)
		return
	}
	if k == 0 || m == 0 {
		return
	}
	_, _, _ = dst[(m-1)*ldd+width-1], x[(m-1)*lda+k-1], b[k*width-1]
	tiles, columns := a.gemm, a.gemmColumns
	if width == 16 {
		tiles, columns = a.gemm16, 16
	}
	count := (m + len(tiles) - 1) / len(tiles)
	for t := range count {
		from, to := m*t/count, m*(t+1)/count
		for c := 0; c < width; c += columns {
			tiles[to-from-1](&dst[from*ldd+c], ldd*floatSize, &x[from*lda], lda*floatSize, &b[c],
				width*floatSize, k, fresh)
		}
	}
}

// checked returns the addresses of a current's slices. It panics if they are too short.
func (in Current) checked() (x, add *float32) {
	n := (in.T-1)*in.Stride + in.N
	x = ptr(in.X, n)
	if in.Add != nil {
		add = ptr(in.Add, n)
	}
	return x, add
}

func (a *assembly) forward(n Neuron, s []uint16, in Current) {
	if in.N == 0 {
		return
	}
	x, add := in.checked()
	c := len(in.Scale)
	var w *float32
	if in.W != nil {
		w = ptr(in.W, in.N)
	}
	a.lifForward[one(n.Soft)](ptr(s, ((in.T-1)*in.Stride+in.N)/Lanes), x, add, ptr(in.Scale, c),
		ptr(in.Shift, c), w,
		in.T, in.Stride*floatSize, in.N*floatSize, c*floatSize, n.Tau, n.Threshold, n.Amount)
}

func (a *assembly) levels(n Neuron, dst []float32, pitch, apart int, in Current, thresholds,
	scratch []float32) {

	c := len(in.Scale)
	if in.N == 0 || len(thresholds) == 0 {
		countLevelsGeneric(n, dst, pitch, apart, in, thresholds, scratch)
		return
	}
	x, _ := in.checked()
	pixels := in.N / c
	a.countLevels(ptr(dst, (in.T-1)*apart+(pixels-1)*pitch+c), pitch*floatSize, apart*floatSize, x,
		in.Stride*floatSize, ptr(in.Scale, c), ptr(in.Shift, c), in.T, pixels, c*floatSize, n.Tau,
		&thresholds[0], len(thresholds), ptr(scratch, len(thresholds)*Lanes))
}

func (a *assembly) backward(n Neuron, g []float32, in Current, scratch, sum, dot, mean []float32) {
	var a1, a2 float32
	switch n.Surrogate {
	case Rectangle:
		a1, a2 = n.Alpha/2, 1/n.Alpha
	case Triangle:
		a1, a2 = n.Alpha, n.Alpha*n.Alpha
	case Arctan:
		a1, a2 = n.Alpha/2, arctanScale*n.Alpha
	}
	if n.Surrogate == Sigmoid || in.N == 0 {
		lifBackwardGeneric(n, g, in, scratch, sum, dot, mean)
		return
	}
	x, add := in.checked()
	c := len(in.Scale)
	a.lifBackward[one(n.Attached)][one(n.Soft)][n.Surrogate](ptr(g, (in.T-1)*in.Stride+in.N), x,
		add, ptr(in.Scale, c), ptr(in.Shift, c),
		ptr(scratch, in.T*Lanes), ptr(sum, c), ptr(dot, c), ptr(mean, c),
		in.T, in.Stride*floatSize, in.N*floatSize, c*floatSize, n.Tau, n.Threshold, n.Amount,
		a1, a2)
}

func (a *assembly) leak(n Neuron, sums, g []float32, in Current) {
	if in.N == 0 {
		clear(sums[:2*Lanes])
		return
	}
	x, add := in.checked()
	c := len(in.Scale)
	a.leakGradient[one(n.Soft)](ptr(sums, 2*Lanes), ptr(g, (in.T-1)*in.Stride+in.N), x, add,
		ptr(in.Scale, c), ptr(in.Shift, c),
		in.T, in.Stride*floatSize, in.N*floatSize, c*floatSize, n.Tau, n.Threshold, n.Amount)
}

// one is 1 for true and 0 for false: the index of a property in the tables of functions.
func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

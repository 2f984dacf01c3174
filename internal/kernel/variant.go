package kernel

//go:generate sh -c "cd _asm && go run . -out ../zkernel_amd64.s -stubs ../zkernel_amd64.go -pkg kernel -variants ../zvariant_amd64.go"
//go:generate sh -c "cd _asm && go run ./neon -out ../zkernel_arm64.s -stubs ../zkernel_arm64.go -variants ../zvariant_arm64.go"

// variant is one implementation of the kernels that have several. The plain Go one, generic,
// defines the results of the others.
type variant struct {
	name       string
	listSpikes func(index []uint8, n int, starts []uint32, s []uint16, width, pitch, count, base,
		block int) int
	listReals func(index []uint8, value []float32, n int, starts []uint32, x []float32, width,
		pitch, count, base, block int) int
	spikeConv   func(p Pass, dst, w []float32)
	realConv    func(p Pass, dst, w []float32)
	spikeConv8  func(p Pass, dst []int16, w []int8)
	spikeConv16 func(p Pass, dst []int16, w []int16)
	countConv8  func(p Pass, dst []int16, w []int8)
	countConv16 func(p Pass, dst []int16, w []int16)

	activeSpikes func(entries []uint32, spikes []uint16, s Scatter, rows, words, pitch int) int
	activeReals  func(entries []uint32, values, x []float32, s Scatter, rows, channels,
		pitch int) int
	scatterSpikes func(s Scatter, sums []float32, at int, w []float32, entries []uint32)
	scatterReals  func(s Scatter, sums []float32, at int, w []float32, entries []uint32,
		values []float32)
	scatterSpikes8  func(s Scatter, sums []int16, at int, w []int8, entries []uint32)
	scatterSpikes16 func(s Scatter, sums []int16, at int, w []int16, entries []uint32)
	scatterCounts8  func(s Scatter, sums []int16, at int, w []int8, entries []uint32,
		counts []int16)
	scatterCounts16 func(s Scatter, sums []int16, at int, w []int16, entries []uint32,
		counts []int16)

	countLevels func(n Neuron, dst []float32, pitch, apart int, in Current, thresholds,
		scratch []float32)

	dotsReach  int
	dots       func(d Dots, dst []float32, x []uint8, w []int8, scale []float32)
	spikeBytes func(dst []uint8, s []uint16, words, pitch int)
	countBytes func(dst []uint8, x []float32, factor float32, n, pitch int)
	wholeBytes func(dst []uint8, x []float32, rows, line int) (largest int)

	tableConv     func(dst, tables []int16, s []uint16, rows, W, width int, fresh bool)
	widen         func(dst []float32, sum []int16, scale []float32)
	sumRows       func(acc, rows []float32, positions []uint32)
	sumScaledRows func(acc, rows []float32, positions []uint32, values []float32)
	fetch         func(w []byte)
	gemm          func(dst []float32, ldd int, a []float32, lda int, b []float32, m, k, width int,
		fresh bool)
	lifForward   func(n Neuron, s []uint16, in Current)
	lifBackward  func(n Neuron, g []float32, in Current, scratch, sum, dot, mean []float32)
	leakGradient func(n Neuron, sums, g []float32, in Current)
	sumPixels    func(sum, x []float32, n int)
	sumSquares   func(m2, mean, x []float32, n int)
	normSums     func(sum, dot, g, x, mean []float32, n int)
	normBackward func(dst []float32, pitch int, g, x []float32, pixel int, a, b, d, mean []float32,
		n int)
	affine      func(dst, x, scale, shift []float32, n int)
	addScaled   func(dst, x []float32, s float32)
	avgSpikes2  func(dst []float32, top, bottom []uint16, pixels, words int)
	addSpikes   func(dst []float32, s []uint16, v float32)
	scaleTo     func(dst, x []float32, s float32)
	splitFloats func(first, second []float32, pairs []uint16)
	splitWords  func(first, second, pairs []uint16)
	splitBytes  func(first, second []byte, pairs []uint16) bool
	splitPixels func(dst, pairs []uint16)
	joinPixels  func(dst, s []uint16, shift int, first bool)
	finite      func(x []float32) bool
	sgd         func(p, m, grad []float32, rate, momentum, decay float32)
	adam        func(a AdamStep, p, m, v, grad []float32)
	tileInput   func(v []float32, plane int, x []float32, row, pixel, c int)
	tileOutput  func(y []float32, row, pixel int, m []float32, plane, c int)
	tileWeights func(u []float32, plane int, w []float32, row, tap, n int)
}

var generic = variant{
	name:       "generic",
	listSpikes: listSpikesGeneric, listReals: listRealsGeneric,
	spikeConv: spikeConvGeneric, realConv: realConvGeneric,
	spikeConv8: spikeConv16Generic[int8], spikeConv16: spikeConv16Generic[int16],
	countConv8: countConv16Generic[int8], countConv16: countConv16Generic[int16],
	widen: widenGeneric, tableConv: tableConvGeneric,
	activeSpikes: activeSpikesGeneric, activeReals: activeRealsGeneric,
	scatterSpikes: scatterSpikesGeneric, scatterReals: scatterRealsGeneric,
	scatterSpikes8: scatterSpikes16Generic[int8], scatterSpikes16: scatterSpikes16Generic[int16],
	scatterCounts8: scatterCounts16Generic[int8], scatterCounts16: scatterCounts16Generic[int16],
	countLevels: countLevelsGeneric,
	dots:        dotsGeneric, spikeBytes: spikeBytesGeneric, countBytes: countBytesGeneric,
	wholeBytes: wholeBytesGeneric, sumRows: sumRowsGeneric, sumScaledRows: sumScaledRowsGeneric,
	fetch: fetchGeneric, gemm: gemmGeneric,
	lifForward: lifForwardGeneric, lifBackward: lifBackwardGeneric,
	leakGradient: leakGradientGeneric,
	sumPixels:    sumPixelsGeneric, sumSquares: sumSquaresGeneric,
	normSums: normSumsGeneric, normBackward: normBackwardGeneric,
	affine: affineGeneric, addScaled: addScaledGeneric, sgd: sgdGeneric, adam: adamGeneric,
	avgSpikes2: avgSpikes2Generic, addSpikes: addSpikesGeneric, scaleTo: scaleToGeneric,
	splitFloats: splitFloatsGeneric, splitWords: splitWordsGeneric, splitBytes: splitBytesGeneric,
	splitPixels: splitPixelsGeneric, joinPixels: joinPixelsGeneric, finite: finiteGeneric,
	tileInput: tileInputGeneric, tileOutput: tileOutputGeneric, tileWeights: tileWeightsGeneric,
}

package kernel

//go:generate sh -c "cd _asm && go run ./neon -out ../zkernel_arm64.s -stubs ../zkernel_arm64.go"

// variants lists what this CPU can run, the fastest first: every CPU of arm64 has Advanced SIMD.
func variants() []variant { return []variant{neon.variant(), generic} }

var neon = assembly{
	name:       "neon",
	listSpikes: listSpikesNEON, listReals: listRealsNEON,
	spikeConv:    [...]windowFunc[float32, float32]{spikeConv16NEON, spikeConv32NEON, spikeConv64NEON},
	realConv:     [...]valueFunc[float32, float32, float32]{realConv16NEON, realConv32NEON, realConv64NEON},
	spikeConv8:   [...]windowFunc[int16, int8]{spikeConv8x16NEON, spikeConv8x32NEON, spikeConv8x64NEON},
	spikeConv16:  [...]windowFunc[int16, int16]{spikeConv16x16NEON, spikeConv16x32NEON, spikeConv16x64NEON},
	countConv8:   [...]valueFunc[int16, int8, int16]{countConv8x16NEON, countConv8x32NEON, countConv8x64NEON},
	countConv16:  [...]valueFunc[int16, int16, int16]{countConv16x16NEON, countConv16x32NEON, countConv16x64NEON},
	activeSpikes: activeSpikesNEON, activeReals: activeRealsNEON,
	scatterSpikes:   [...]scatterFunc[float32, float32]{scatterSpikes8NEON, scatterSpikes16NEON, scatterSpikes32NEON, scatterSpikes64NEON},
	scatterReals:    [...]scatterValueFunc[float32, float32, float32]{scatterReals8NEON, scatterReals16NEON, scatterReals32NEON, scatterReals64NEON},
	scatterSpikes8:  [...]scatterFunc[int16, int8]{scatterSpikes8x16NEON, scatterSpikes8x32NEON, scatterSpikes8x64NEON},
	scatterSpikes16: [...]scatterFunc[int16, int16]{scatterSpikes16x16NEON, scatterSpikes16x32NEON, scatterSpikes16x64NEON},
	scatterCounts8:  [...]scatterValueFunc[int16, int8, int16]{scatterCounts8x16NEON, scatterCounts8x32NEON, scatterCounts8x64NEON},
	scatterCounts16: [...]scatterValueFunc[int16, int16, int16]{scatterCounts16x16NEON, scatterCounts16x32NEON, scatterCounts16x64NEON},
	tableConv:       [...]tableFunc{tableConv16NEON, tableConv32NEON, tableConv64NEON},
	widen:           widenNEON,
	sumRows:         [...]func(acc, rows *float32, positions *uint32, n int){sumRows16NEON, sumRows32NEON, sumRows64NEON},
	sumScaledRows:   [...]func(acc, rows *float32, positions *uint32, values *float32, n int){sumScaledRows16NEON, sumScaledRows32NEON, sumScaledRows64NEON},
	gemmColumns:     16,
	gemm:            []gemmTile{gemm1x16NEON, gemm2x16NEON, gemm3x16NEON, gemm4x16NEON, gemm5x16NEON, gemm6x16NEON},
	gemm16:          []gemmTile{gemm1x16NEON, gemm2x16NEON, gemm3x16NEON, gemm4x16NEON, gemm5x16NEON, gemm6x16NEON},
	lifForward:      [...]func(s *uint16, x, add, scale, shift, w *float32, T, stride, n, c int, tau, threshold float32){lifForwardHardNEON, lifForwardSoftNEON},
	lifBackward: [...][2][3]lifBackward{{
		{lifBackwardRectangleHardNEON, lifBackwardTriangleHardNEON, lifBackwardArctanHardNEON},
		{lifBackwardRectangleSoftNEON, lifBackwardTriangleSoftNEON, lifBackwardArctanSoftNEON},
	}, {
		{lifBackwardRectangleHardAttachedNEON, lifBackwardTriangleHardAttachedNEON, lifBackwardArctanHardAttachedNEON},
		{lifBackwardRectangleSoftAttachedNEON, lifBackwardTriangleSoftAttachedNEON, lifBackwardArctanSoftAttachedNEON},
	}},
	leakGradient: [...]func(sums, grad, x, add, scale, shift *float32, T, stride, n, c int, tau, threshold float32){leakGradientHardNEON, leakGradientSoftNEON},
	sumPixels:    sumPixelsNEON, sumSquares: sumSquaresNEON, normSums: normSumsNEON, normBackward: normBackwardNEON,
	affine: affineNEON, addScaled: addScaledNEON, sgd: sgdNEON,
	adam:       [...]func(p, m, v, grad *float32, n int, rate, beta1, late1, beta2, late2, correct1, correct2, epsilon, decay float32){adamNEON, adamWNEON},
	avgSpikes2: avgSpikes2NEON, addSpikes: addSpikesNEON, scaleTo: scaleToNEON,
	splitFloats: splitFloatsNEON, splitWords: splitWordsNEON, splitBytes: splitBytesNEON,
	splitPixels: splitPixelsNEON, joinPixels: joinPixelsNEON, finite: finiteNEON,
	tileInput: tileInputNEON, tileOutput: tileOutputNEON, tileWeights: tileWeightsNEON,
}

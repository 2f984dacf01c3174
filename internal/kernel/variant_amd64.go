package kernel

import "golang.org/x/sys/cpu"

//go:generate sh -c "cd _asm && go run . -out ../zkernel_amd64.s -stubs ../zkernel_amd64.go -pkg kernel"

// variants lists what this CPU can run, the fastest first.
func variants() []variant {
	var can []variant
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		can = append(can, avx512.variant())
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		can = append(can, avx2.variant())
	}
	return append(can, generic)
}

var avx512 = assembly{
	name:       "avx512",
	listSpikes: listSpikesAVX512, listReals: listRealsAVX512,
	spikeConv:    [...]windowFunc[float32, float32]{spikeConv16AVX512, spikeConv32AVX512, spikeConv64AVX512},
	realConv:     [...]valueFunc[float32, float32, float32]{realConv16AVX512, realConv32AVX512, realConv64AVX512},
	spikeConv8:   [...]windowFunc[int16, int8]{spikeConv8x16AVX512, spikeConv8x32AVX512, spikeConv8x64AVX512},
	spikeConv16:  [...]windowFunc[int16, int16]{spikeConv16x16AVX512, spikeConv16x32AVX512, spikeConv16x64AVX512},
	countConv8:   [...]valueFunc[int16, int8, int16]{countConv8x16AVX512, countConv8x32AVX512, countConv8x64AVX512},
	countConv16:  [...]valueFunc[int16, int16, int16]{countConv16x16AVX512, countConv16x32AVX512, countConv16x64AVX512},
	activeSpikes: activeSpikesAVX512, activeReals: activeRealsAVX512,
	scatterSpikes:   [...]scatterFunc[float32, float32]{scatterSpikes8AVX512, scatterSpikes16AVX512, scatterSpikes32AVX512, scatterSpikes64AVX512},
	scatterReals:    [...]scatterValueFunc[float32, float32, float32]{scatterReals8AVX512, scatterReals16AVX512, scatterReals32AVX512, scatterReals64AVX512},
	scatterSpikes8:  [...]scatterFunc[int16, int8]{scatterSpikes8x16AVX512, scatterSpikes8x32AVX512, scatterSpikes8x64AVX512},
	scatterSpikes16: [...]scatterFunc[int16, int16]{scatterSpikes16x16AVX512, scatterSpikes16x32AVX512, scatterSpikes16x64AVX512},
	scatterCounts8:  [...]scatterValueFunc[int16, int8, int16]{scatterCounts8x16AVX512, scatterCounts8x32AVX512, scatterCounts8x64AVX512},
	scatterCounts16: [...]scatterValueFunc[int16, int16, int16]{scatterCounts16x16AVX512, scatterCounts16x32AVX512, scatterCounts16x64AVX512},
	tableConv:       [...]tableFunc{tableConv16AVX512, tableConv32AVX512, tableConv64AVX512},
	widen:           widenAVX512,
	sumRows:         [...]func(acc, rows *float32, positions *uint32, n int){sumRows16AVX512, sumRows32AVX512, sumRows64AVX512},
	sumScaledRows:   [...]func(acc, rows *float32, positions *uint32, values *float32, n int){sumScaledRows16AVX512, sumScaledRows32AVX512, sumScaledRows64AVX512},
	gemmColumns:     32,
	gemm: []gemmTile{gemm1x32AVX512, gemm2x32AVX512, gemm3x32AVX512, gemm4x32AVX512, gemm5x32AVX512, gemm6x32AVX512,
		gemm7x32AVX512, gemm8x32AVX512, gemm9x32AVX512, gemm10x32AVX512, gemm11x32AVX512, gemm12x32AVX512},
	gemm16: []gemmTile{gemm1x16AVX512, gemm2x16AVX512, gemm3x16AVX512, gemm4x16AVX512, gemm5x16AVX512, gemm6x16AVX512,
		gemm7x16AVX512, gemm8x16AVX512, gemm9x16AVX512, gemm10x16AVX512, gemm11x16AVX512, gemm12x16AVX512},
	lifForward: [...]func(s *uint16, x, add, scale, shift, w *float32, T, stride, n, c int, tau, threshold float32){lifForwardHardAVX512, lifForwardSoftAVX512},
	lifBackward: [...][2][3]lifBackward{{
		{lifBackwardRectangleHardAVX512, lifBackwardTriangleHardAVX512, lifBackwardArctanHardAVX512},
		{lifBackwardRectangleSoftAVX512, lifBackwardTriangleSoftAVX512, lifBackwardArctanSoftAVX512},
	}, {
		{lifBackwardRectangleHardAttachedAVX512, lifBackwardTriangleHardAttachedAVX512, lifBackwardArctanHardAttachedAVX512},
		{lifBackwardRectangleSoftAttachedAVX512, lifBackwardTriangleSoftAttachedAVX512, lifBackwardArctanSoftAttachedAVX512},
	}},
	leakGradient: [...]func(sums, grad, x, add, scale, shift *float32, T, stride, n, c int, tau, threshold float32){leakGradientHardAVX512, leakGradientSoftAVX512},
	sumPixels:    sumPixelsAVX512, sumSquares: sumSquaresAVX512, normSums: normSumsAVX512, normBackward: normBackwardAVX512,
	affine: affineAVX512, addScaled: addScaledAVX512, sgd: sgdAVX512,
	adam:       [...]func(p, m, v, grad *float32, n int, rate, beta1, late1, beta2, late2, correct1, correct2, epsilon, decay float32){adamAVX512, adamWAVX512},
	avgSpikes2: avgSpikes2AVX512, addSpikes: addSpikesAVX512, scaleTo: scaleToAVX512,
	splitFloats: splitFloatsAVX512, splitWords: splitWordsAVX512, splitBytes: splitBytesAVX512,
	splitPixels: splitPixelsAVX512, joinPixels: joinPixelsAVX512, finite: finiteAVX512,
	tileInput: tileInputAVX512, tileOutput: tileOutputAVX512, tileWeights: tileWeightsAVX512,
}

var avx2 = assembly{
	name:       "avx2",
	listSpikes: listSpikesAVX2, listReals: listRealsAVX2,
	spikeConv:    [...]windowFunc[float32, float32]{spikeConv16AVX2, spikeConv32AVX2, spikeConv64AVX2},
	realConv:     [...]valueFunc[float32, float32, float32]{realConv16AVX2, realConv32AVX2, realConv64AVX2},
	spikeConv8:   [...]windowFunc[int16, int8]{spikeConv8x16AVX2, spikeConv8x32AVX2, spikeConv8x64AVX2},
	spikeConv16:  [...]windowFunc[int16, int16]{spikeConv16x16AVX2, spikeConv16x32AVX2, spikeConv16x64AVX2},
	countConv8:   [...]valueFunc[int16, int8, int16]{countConv8x16AVX2, countConv8x32AVX2, countConv8x64AVX2},
	countConv16:  [...]valueFunc[int16, int16, int16]{countConv16x16AVX2, countConv16x32AVX2, countConv16x64AVX2},
	activeSpikes: activeSpikesAVX2, activeReals: activeRealsAVX2,
	scatterSpikes:   [...]scatterFunc[float32, float32]{scatterSpikes8AVX2, scatterSpikes16AVX2, scatterSpikes32AVX2, scatterSpikes64AVX2},
	scatterReals:    [...]scatterValueFunc[float32, float32, float32]{scatterReals8AVX2, scatterReals16AVX2, scatterReals32AVX2, scatterReals64AVX2},
	scatterSpikes8:  [...]scatterFunc[int16, int8]{scatterSpikes8x16AVX2, scatterSpikes8x32AVX2, scatterSpikes8x64AVX2},
	scatterSpikes16: [...]scatterFunc[int16, int16]{scatterSpikes16x16AVX2, scatterSpikes16x32AVX2, scatterSpikes16x64AVX2},
	scatterCounts8:  [...]scatterValueFunc[int16, int8, int16]{scatterCounts8x16AVX2, scatterCounts8x32AVX2, scatterCounts8x64AVX2},
	scatterCounts16: [...]scatterValueFunc[int16, int16, int16]{scatterCounts16x16AVX2, scatterCounts16x32AVX2, scatterCounts16x64AVX2},
	tableConv:       [...]tableFunc{tableConv16AVX2, tableConv32AVX2, tableConv64AVX2},
	widen:           widenAVX2,
	sumRows:         [...]func(acc, rows *float32, positions *uint32, n int){sumRows16AVX2, sumRows32AVX2, sumRows64AVX2},
	sumScaledRows:   [...]func(acc, rows *float32, positions *uint32, values *float32, n int){sumScaledRows16AVX2, sumScaledRows32AVX2, sumScaledRows64AVX2},
	gemmColumns:     16,
	gemm:            []gemmTile{gemm1x16AVX2, gemm2x16AVX2, gemm3x16AVX2, gemm4x16AVX2, gemm5x16AVX2, gemm6x16AVX2},
	gemm16:          []gemmTile{gemm1x16AVX2, gemm2x16AVX2, gemm3x16AVX2, gemm4x16AVX2, gemm5x16AVX2, gemm6x16AVX2},
	lifForward:      [...]func(s *uint16, x, add, scale, shift, w *float32, T, stride, n, c int, tau, threshold float32){lifForwardHardAVX2, lifForwardSoftAVX2},
	lifBackward: [...][2][3]lifBackward{{
		{lifBackwardRectangleHardAVX2, lifBackwardTriangleHardAVX2, lifBackwardArctanHardAVX2},
		{lifBackwardRectangleSoftAVX2, lifBackwardTriangleSoftAVX2, lifBackwardArctanSoftAVX2},
	}, {
		{lifBackwardRectangleHardAttachedAVX2, lifBackwardTriangleHardAttachedAVX2, lifBackwardArctanHardAttachedAVX2},
		{lifBackwardRectangleSoftAttachedAVX2, lifBackwardTriangleSoftAttachedAVX2, lifBackwardArctanSoftAttachedAVX2},
	}},
	leakGradient: [...]func(sums, grad, x, add, scale, shift *float32, T, stride, n, c int, tau, threshold float32){leakGradientHardAVX2, leakGradientSoftAVX2},
	sumPixels:    sumPixelsAVX2, sumSquares: sumSquaresAVX2, normSums: normSumsAVX2, normBackward: normBackwardAVX2,
	affine: affineAVX2, addScaled: addScaledAVX2, sgd: sgdAVX2,
	adam:       [...]func(p, m, v, grad *float32, n int, rate, beta1, late1, beta2, late2, correct1, correct2, epsilon, decay float32){adamAVX2, adamWAVX2},
	avgSpikes2: avgSpikes2AVX2, addSpikes: addSpikesAVX2, scaleTo: scaleToAVX2,
	splitFloats: splitFloatsAVX2, splitWords: splitWordsAVX2, splitBytes: splitBytesAVX2,
	splitPixels: splitPixelsAVX2, joinPixels: joinPixelsAVX2, finite: finiteAVX2,
	tileInput: tileInputAVX2, tileOutput: tileOutputAVX2, tileWeights: tileWeightsAVX2,
}

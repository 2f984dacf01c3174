package kernel

//go:generate sh -c "cd _asm && go run ./neon -out ../zkernel_arm64.s -stubs ../zkernel_arm64.go"

// variants lists what this CPU can run, the fastest first: every CPU of arm64 has Advanced SIMD.
func variants() []variant {
	n := neon.variant()
	v := generic
	v.name = "neon"
	v.spikeConv, v.realConv, v.widen = n.spikeConv, n.realConv, n.widen
	v.spikeConv8, v.spikeConv16, v.countConv8, v.countConv16 = n.spikeConv8, n.spikeConv16, n.countConv8, n.countConv16
	return []variant{v, generic}
}

var neon = assembly{
	name:        "neon",
	spikeConv:   [...]windowFunc[float32, float32]{spikeConv16NEON, spikeConv32NEON, spikeConv64NEON},
	realConv:    [...]valueFunc[float32, float32, float32]{realConv16NEON, realConv32NEON, realConv64NEON},
	spikeConv8:  [...]windowFunc[int16, int8]{spikeConv8x16NEON, spikeConv8x32NEON, spikeConv8x64NEON},
	spikeConv16: [...]windowFunc[int16, int16]{spikeConv16x16NEON, spikeConv16x32NEON, spikeConv16x64NEON},
	countConv8:  [...]valueFunc[int16, int8, int16]{countConv8x16NEON, countConv8x32NEON, countConv8x64NEON},
	countConv16: [...]valueFunc[int16, int16, int16]{countConv16x16NEON, countConv16x32NEON, countConv16x64NEON},
	widen:       widenNEON,
}

func fetch(*byte, int) {}

package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// layers are convolutions of the VGG-9 of full width at 48x48 pixels, and one of the default recipe
// at 34x34.
var layers = []struct{ in, out, size int }{{64, 128, 48}, {256, 256, 24}, {512, 512, 12},
	{512, 512, 6}, {32, 32, 17}}

// BenchmarkSpikeConv measures the forward pass of a 3x3 convolution of one image, lists included.
// The figure is in dense multiply-accumulates a second.
func BenchmarkSpikeConv(b *testing.B) {
	for _, v := range variants() {
		for _, l := range layers {
			for _, density := range []float64{0.05, 0.1, 0.2} {
				b.Run(fmt.Sprintf("%s/%d-%d-%d/%.0f%%", v.name, l.in, l.out, l.size, 100*density),
					func(b *testing.B) {
						g := rand.New(rand.NewPCG(1, 1))
						s := make([]uint16, l.size*l.size*Pad(l.in)/Lanes)
						for i := range s {
							for bit := range Lanes {
								if g.Float64() < density {
									s[i] |= 1 << bit
								}
							}
						}
						w, dst := random(g, l.in*9*l.out), random(g, l.size*l.size*l.out)
						var k spikeConvolution
						for b.Loop() {
							k.convolve(v, dst, w, s, l.in, l.out, l.size)
						}
						macs := float64(9*l.in*l.out*l.size*l.size) * float64(b.N)
						b.ReportMetric(macs/b.Elapsed().Seconds()/1e9, "GMAC/s")
					})
			}
		}
	}
}

// spikeConvolution is the loop over blocks of the package snn, for one image.
type spikeConvolution struct {
	lists   RowLists
	windows []Windows
	scratch Scratch
}

func (k *spikeConvolution) convolve(v variant, dst, w []float32, s []uint16, in, out, size int) {
	k.lists.Border = 1
	k.lists.Reset(1, size, size, in)
	blocks := (in + k.lists.Block - 1) / k.lists.Block
	k.windows = grow(k.windows, blocks)
	for block := range blocks {
		k.lists.AddSpikes(0, block, s)
		k.windows[block].Sort(&k.lists, block, Bands{Down: Around(3, 1), Across: Around(3, 1),
			Height: size, Width: size, Rows: size, Apart: 1}, &k.scratch)
	}
	for from := 0; from < out; from += 64 {
		width := OutBlock(from, out)
		for block := range blocks {
			for ky := range 3 {
				at := (from*blocks*9*k.lists.Block + (block*3+ky)*3*k.lists.Block*width)
				v.spikeConv(Pass{Lists: &k.lists, Windows: &k.windows[block], Ky: ky, Width: width},
					dst[from*size*size:], w[at:at+3*k.lists.Block*width])
			}
		}
	}
}

func BenchmarkGemm(b *testing.B) {
	for _, v := range variants() {
		for _, c := range []struct{ m, k, width int }{{48, 384, 32}, {24, 768, 32}, {17, 96, 32},
			{34, 48, 16}, {6, 1536, 32}} {

			b.Run(fmt.Sprintf("%s/%dx%dx%d", v.name, c.m, c.k, c.width), func(b *testing.B) {
				lda := c.k / 3
				g := rand.New(rand.NewPCG(1, 1))
				a, w, dst := random(g, (c.m+2)*lda), random(g, c.k*c.width), random(g, c.m*c.width)
				for b.Loop() {
					v.gemm(dst, c.width, a, lda, w, c.m, c.k, c.width, true)
				}
				b.ReportMetric(float64(c.m*c.k*c.width)*float64(b.N)/b.Elapsed().Seconds()/1e9,
					"GMAC/s")
			})
		}
	}
}

// BenchmarkSumRows adds up rows of one block of the output gradient of an image of 24x24 pixels.
func BenchmarkSumRows(b *testing.B) {
	for _, v := range variants() {
		b.Run(v.name, func(b *testing.B) {
			g := rand.New(rand.NewPCG(1, 1))
			rows, acc := random(g, 24*24*64), make([]float32, 64)
			var positions []uint32
			for p := range 24 * 24 {
				if g.Float64() < 0.1 {
					positions = append(positions, uint32(p))
				}
			}
			for b.Loop() {
				v.sumRows(acc, rows, positions)
			}
			b.SetBytes(int64(64 * 4 * len(positions)))
		})
	}
}

// The memory-bound kernels: bytes read and written a second, of 8 timesteps of 4096 neurons.
func BenchmarkNeuron(b *testing.B) {
	const T, n, c = 8, 4096, 64
	g := &source{rand.New(rand.NewPCG(1, 1)), nil}
	in := Current{X: g.floats(T * n), Scale: g.floats(c), Shift: g.floats(c), T: T, Stride: n, N: n}
	neuron := Neuron{Tau: 0.25, Threshold: 1, Alpha: 1}
	for _, v := range variants() {
		b.Run(v.name+"/forward", func(b *testing.B) {
			s := make([]uint16, T*n/Lanes)
			b.SetBytes(T * n * 4)
			for b.Loop() {
				v.lifForward(neuron, s, in)
			}
		})
		grad, sum, dot, mean, scratch := g.floats(T*n), g.floats(c), g.floats(c), g.floats(c),
			make([]float32, T*Lanes)
		for name, neuron := range map[string]Neuron{
			"backward": neuron, "attached": {Tau: 0.25, Threshold: 1, Alpha: 1, Attached: true}} {

			b.Run(v.name+"/"+name, func(b *testing.B) {
				b.SetBytes(3 * T * n * 4)
				for b.Loop() {
					v.lifBackward(neuron, grad, in, scratch, sum, dot, mean)
				}
			})
		}
		b.Run(v.name+"/leak", func(b *testing.B) {
			b.SetBytes(2 * T * n * 4)
			for b.Loop() {
				v.leakGradient(neuron, scratch, grad, in)
			}
		})
	}
}

// random fills memory with numbers: memory that was never written is one page of zeros, which is
// always in the cache.
func random(g *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(g.NormFloat64())
	}
	return x
}

// BenchmarkSort orders the windows of a block of spikes in five images. The time is that of one
// window.
func BenchmarkSort(b *testing.B) {
	for _, density := range []float64{0.01, 0.06, 0.1} {
		for _, size := range []int{48, 12} {
			b.Run(fmt.Sprintf("%dx%d/%.0f%%", size, size, 100*density), func(b *testing.B) {
				g := rand.New(rand.NewPCG(1, 1))
				l := RowLists{Border: 1}
				l.Reset(5, size, size, 32)
				for image := range 5 {
					s := make([]uint16, size*size*2)
					for i := range s {
						for bit := range Lanes {
							if g.Float64() < density {
								s[i] |= 1 << bit
							}
						}
					}
					l.AddSpikes(image, 0, s)
				}
				var w Windows
				var scratch Scratch
				for b.Loop() {
					w.Sort(&l, 0, Bands{Down: Around(3, 1), Across: Around(3, 1), Height: size,
						Width: size, Rows: size, Apart: 1}, &scratch)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(5*size*size),
					"ns/window")
			})
		}
	}
}

// BenchmarkDots says how many additions of groups of 64 products a nanosecond has.
func BenchmarkDots(b *testing.B) {
	for _, c := range []struct{ size, in, out int }{
		{34, 2, 16}, {34, 24, 16}, {17, 16, 32}, {17, 32, 32}, {8, 32, 64}, {4, 64, 64},
	} {
		b.Run(fmt.Sprintf("%dx%d,%d-%d", c.size, c.size, c.in, c.out), func(b *testing.B) {
			line := (c.size + 2) * c.in
			d := Dots{Rows: c.size, Width: c.size, Planes: 1, Taps: 3, Groups: (3*c.in + 3) / 4,
				Pixel: c.in, Row: line, Line: line}
			x, w := make([]uint8, d.Reads()), make([]int8, 3*d.Groups*c.out*4)
			dst, scale := make([]float32, c.size*c.size*c.out), make([]float32, c.out)
			b.ResetTimer()
			for b.Loop() {
				d.Run(dst, x, w, scale)
			}
			n := float64(c.size*c.size*3*d.Groups*c.out/16) * float64(b.N)
			b.ReportMetric(n/float64(b.Elapsed().Nanoseconds()), "groups/ns")
		})
	}
}

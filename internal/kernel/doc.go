// Package kernel holds the inner loops of the network over plain slices and sizes.
//
// # Layouts
//
// Activations are time-major and channel-last, [T][B][H][W][C]. The channels of a pixel are padded
// with zeros to a whole number of [Lanes], so every loop runs over whole vectors and a vector never
// meets two pixels; C in a signature is the padded number unless it says otherwise. Spikes are
// bits: neuron n is bit n%16 of word n/16, one word a vector.
//
// Weights of a convolution are cut into blocks of output channels (64, then 32 and 16 for what is
// left) and each of these into blocks of at most [BlockIn] input channels: [out block][in
// block][ky][kx][in][out]. What one call of a window kernel reads then lies together, and forward,
// weight gradient and optimiser all use it as it is.
//
// # Sparsity
//
// A convolution over spikes is the sum of the weight rows of its active inputs. [RowLists] lists
// these row by row, so that the taps of a kernel row, or of a [Segment] of it, are one range of the
// list: a window. [Windows] orders the windows by length, and [SpikeConv] adds up one after the
// other. The weight gradient is the sum of the output gradients at the active positions of an input
// channel: [ChannelLists]. Only the input gradient is dense: [Gemm]. Convolutions of few channels
// need no lists: frames are scattered ([Scatter]), and integer sums of one word of spikes a pixel
// looked up ([TableConv]).
//
// # Variants
//
// The plain Go of a kernel, generic, is its definition, the oracle of its tests, and the code that
// other architectures run. Most kernels have two more variants on amd64: avx512 (needs AVX-512 F,
// BW, DQ and VL; as avx512vnni also VNNI) and avx2 (needs AVX2 and FMA). On arm64 they have one,
// neon, that every CPU can run. The fastest variant that the CPU can run is chosen once at the
// start. The environment variable SSNN_CPU names another one, for tests and comparisons. The
// assembly is generated: go generate in this folder runs the programs of _asm. These have a file
// for each kernel, and also write the tables that say which function implements a kernel on an
// instruction set. The code that checks lengths and calls the functions is the same for all of
// them: assembly.go.
//
// # Rounding
//
// Every kernel adds in a fixed order, lane by lane, and multiplies and adds in two roundings (the
// conversions float32(a*b) forbid fusing them, which Go otherwise does on arm64), so all variants
// of a kernel agree in every bit. [Gemm] alone fuses where the variant is not generic, and all that
// fuse agree.
package kernel

// Lanes is the number of channels that are processed together: a vector of float32s in AVX-512, a
// word of spikes.
const Lanes = 16

// BlockIn is the largest number of input channels in a block of weights: with 3 taps and 64 output
// channels 24 KiB, less than the first-level cache.
const BlockIn = 32

// Pad is the number of channels that c channels take in memory: c rounded up to a multiple of
// [Lanes].
func Pad(c int) int { return (c + Lanes - 1) &^ (Lanes - 1) }

// OutBlock is the width of the block of output channels that begins at channel from, of c padded
// channels: 64, 32 or 16.
func OutBlock(from, c int) int {
	switch left := c - from; {
	case left >= 64:
		return 64
	case left >= 32:
		return 32
	default:
		return 16
	}
}

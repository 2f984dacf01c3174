package snn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ssnn/internal/names"
)

// models are the networks that have a name. Each has four parts, which a plan of timesteps cuts
// into stages.
var models = []struct {
	name  string
	parts func(width float64) [][]Item
}{
	{"vgg5", vgg5}, {"vgg9", vgg9}, {"vgg9-tab", vgg9TAB},
	{"resnet18", resnet18}, {"sew-resnet18", sewResNet18}, {"ms-resnet18", msResNet18},
	{"ds-resnet14", dsResNet(32, 2)}, {"ds-resnet20", dsResNet(16, 3)},
	{"spikformer", spikformer},
}

// ModelNames lists the networks that have a name.
func ModelNames() []string {
	var all []string
	for _, m := range models {
		all = append(all, m.name)
	}
	return all
}

// Model returns the configuration of a network by its name. All channel counts are multiplied by
// width, and the network is cut into one stage for each number in timesteps. One number makes a
// plain network of one stage, two cut it in halves, three into 1, 2 and 1 of its four parts, four
// into its parts. Frames and classes are those of [Default]. It is an error if the name is unknown
// or a number is out of range.
//
//   - vgg5 is 64/2-128 | 256/2-256 and the mean over the image | FC, where /2 is a stride of 2: the
//     first convolutions of vgg9, with strides in place of its averages. Each convolution is a
//     part.
//   - vgg9 is 64-128-P | 256-256-P | 512-512-P | 512-512-P | FC, where P is an average of 2x2: the
//     network of TET (Deng et al., ICLR 2022).
//   - vgg9-tab is 64-64-P | 128-128-P | 256-256 | 256-P-FC1024 | FC: the network of TAB (Jiang et
//     al., ICLR 2024; HaiyanJiang/SNN-TAB), without its dropout.
//   - resnet18 is a convolution of 64 channels, two blocks each of 64, 128, 256 and 512 channels,
//     the last three pairs at half the resolution of the pair before, the mean over the image, FC.
//   - sew-resnet18 is the same with SEW blocks with ADD (Fang et al., NeurIPS 2021).
//   - ms-resnet18 is the same with membrane shortcuts (Hu et al., arXiv 2112.08954), between a
//     convolution without neurons and neurons without a convolution. Its stages pass on membrane
//     currents.
//   - ds-resnet14 is the network of MLF for CIFAR10-DVS (Feng et al., IJCAI 2022;
//     langfengQ/MLF-DSResNet): a convolution of 32 channels, two dormant-suppressed blocks each of
//     32, 64 and 128 channels, the last two pairs at half the resolution of the pair before, the
//     mean over the image, FC. The blocks are SEW. A part ends behind the first block of a size.
//   - ds-resnet20 is the network of MLF for DVS128 Gesture: three blocks each of 16, 32 and 64
//     channels behind a convolution of 16 channels, without the norm of its input.
//   - spikformer is Spikformer-2-256 (Zhou et al., ICLR 2023): four convolutions of 32, 64, 128 and
//     256 channels, the last three with maximum pooling, so that 48x48 pixels become 36 patches;
//     position; two blocks of attention and perceptron, the mean over the patches, FC. Heads have
//     16 channels at any width.
func Model(name string, width float64, timesteps []int) (Config, error) {
	for _, m := range models {
		if m.name == name {
			return cut(m.parts, width, timesteps)
		}
	}
	return Config{}, fmt.Errorf("model %q, want %s", name, names.List(ModelNames()))
}

func vgg5(width float64) [][]Item {
	conv := func(channels, stride int) Item {
		return ConvOf(scaled(channels, width), Windows(3, stride, 1))
	}
	return [][]Item{{conv(64, 2)}, {conv(128, 1)}, {conv(256, 2)}, {conv(256, 1), GlobalPool()}}
}

func vgg9(width float64) [][]Item {
	parts := make([][]Item, 4)
	for i, channels := range [][2]int{{64, 128}, {256, 256}, {512, 512}, {512, 512}} {
		parts[i] = []Item{Conv(scaled(channels[0], width)), Conv(scaled(channels[1], width)),
			AvgPool(2)}
	}
	return parts
}

func vgg9TAB(width float64) [][]Item {
	conv := func(channels int) Item { return Conv(scaled(channels, width)) }
	return [][]Item{
		{conv(64), conv(64), AvgPool(2)},
		{conv(128), conv(128), AvgPool(2)},
		{conv(256), conv(256)},
		{conv(256), AvgPool(2), FullyConnected(scaled(1024, width))},
	}
}

func resnet18(width float64) [][]Item { return resnet(Conv, Block, width) }

func sewResNet18(width float64) [][]Item { return resnet(Conv, SEW, width) }

func msResNet18(width float64) [][]Item {
	parts := resnet(Current, MS, width)
	parts[3] = slices.Insert(parts[3], 2, Neurons())
	return parts
}

// resnet is a ResNet-18 for small images: its first convolution is 3x3 at stride 1.
func resnet(stem func(out int) Item, block func(out, stride int) Item, width float64) [][]Item {
	first := scaled(64, width)
	parts := [][]Item{{stem(first), block(first, 1), block(first, 1)}}
	for _, channels := range []int{128, 256, 512} {
		parts = append(parts, []Item{block(scaled(channels, width), 2),
			block(scaled(channels, width), 1)})
	}
	parts[3] = append(parts[3], GlobalPool())
	return parts
}

// dsResNet is a DS-ResNet with three sizes of images, the given number of blocks for each size, and
// the given channels in the first size. Its three sizes make four parts: each part but the last
// ends behind the first block of a size, so that its output is small and the parts have about as
// many units.
func dsResNet(channels, blocks int) func(width float64) [][]Item {
	return func(width float64) [][]Item {
		parts := [][]Item{{Conv(scaled(channels, width))}, nil, nil, nil}
		for i, stride := range []int{1, 2, 2} {
			out := scaled(channels<<i, width)
			parts[i] = append(parts[i], SEW(out, stride))
			for range blocks - 1 {
				parts[i+1] = append(parts[i+1], SEW(out, 1))
			}
		}
		parts[3] = append(parts[3], GlobalPool())
		return parts
	}
}

func spikformer(width float64) [][]Item {
	heads := scaled(16, width)
	patch := OverlappingMaxPool(3, 2, 1)
	return [][]Item{
		{Conv(2 * heads), Conv(4 * heads), patch},
		{Conv(8 * heads), patch, Conv(16 * heads), patch, Position()},
		{Attention(heads), MLP(4)},
		{Attention(heads), MLP(4), GlobalPool()},
	}
}

// scaled is a number of channels times width, rounded, and at least 1.
func scaled(channels int, width float64) int {
	return max(1, int(math.Round(float64(channels)*width)))
}

// maxWidth is a width at which every model has too many parameters to be valid.
const maxWidth = 1 << 10

// cut joins the four parts of a network into as many stages as there are timesteps.
func cut(model func(width float64) [][]Item, width float64, timesteps []int) (Config, error) {
	groups := map[int][]int{1: {4}, 2: {2, 2}, 3: {1, 2, 1}, 4: {1, 1, 1, 1}}[len(timesteps)]
	if groups == nil {
		return Config{}, fmt.Errorf("%d timesteps %v, want 1 to 4, one for each stage",
			len(timesteps), timesteps)
	}
	if !(width > 0 && width <= maxWidth) {
		return Config{}, fmt.Errorf("width %v, want above 0 and at most %d", width, maxWidth)
	}
	c := Default()
	c.T = timesteps
	parts := model(width)
	for _, g := range groups {
		c.Stages = append(c.Stages, slices.Concat(parts[:g]...))
		parts = parts[g:]
	}
	return c, nil
}

// Cut cuts a list of items into stages with the given numbers of convolution units; a residual
// block counts as two. Items without units, such as pooling, belong to the stage of the item before
// them. A first stage of 0 units hands on the frames unchanged. It is an error if the items cannot
// be cut so.
func Cut(items []Item, units []int) ([][]Item, error) {
	whole := 0
	for _, it := range items {
		whole += it.Units()
	}
	wrong := fmt.Errorf("units %v, want numbers above 0, the first of which may be 0, that split "+
		"no block and add up to %d", units, whole)
	for i, n := range units {
		if n < 0 || n == 0 && i > 0 {
			return nil, wrong
		}
	}
	all, stage, left := make([][]Item, len(units)), 0, units[0]
	for _, it := range items {
		if it.Units() > 0 && left == 0 && stage+1 < len(units) {
			stage++
			left = units[stage]
		}
		if left -= it.Units(); left < 0 {
			return nil, wrong
		}
		all[stage] = append(all[stage], it)
	}
	if stage+1 < len(units) || left != 0 {
		return nil, wrong
	}
	if units[0] == 0 {
		all[0] = []Item{AvgPool(1)}
	}
	return all, nil
}

// Describe returns the network in one line: "conv 16, conv 32, avgpool 2 (T 8) | ... | fc 10".
func (c Config) Describe() string {
	var b strings.Builder
	for i, items := range c.Stages {
		words := make([]string, len(items))
		for j, it := range items {
			words[j] = it.String()
		}
		fmt.Fprintf(&b, "%s (T %d) | ", strings.Join(words, ", "), c.T[i])
	}
	fmt.Fprintf(&b, "fc %d", c.Classes)
	return b.String()
}

package snn

import "fmt"

// kind is what the items of one name have in common. in is the shape of what they get, a their numbers.
type kind struct {
	name      string
	arguments []string                               // names of the numbers
	optional  int                                    // of them, the last
	convolves bool                                   // begins with a convolution, see Item.isConvolution
	units     int                                    // of convolution and neurons
	weights   func(in shape, a []int) float64        // of the convolutions; float64, as absurd numbers must not overflow
	out       func(in shape, a []int) (shape, error) // shape of what is made of an image; the error follows the item's text
}

var kinds = []kind{
	{name: "conv", arguments: []string{"channels"}, convolves: true, units: 1, weights: weights3x3, out: channels},
	{name: "block", arguments: []string{"channels", "stride"}, convolves: true, units: 2, weights: residualWeights, out: strided},
	{name: "sew", arguments: []string{"channels", "stride"}, convolves: true, units: 2, weights: residualWeights, out: strided},
	{name: "ms", arguments: []string{"channels", "stride"}, units: 2, weights: residualWeights, out: strided},
	{name: "current", arguments: []string{"channels"}, convolves: true, units: 1, weights: weights3x3, out: channels},
	{name: "lif", weights: none, out: same},
	{name: "position", convolves: true, units: 1, weights: square(9), out: same},
	{name: "attention", arguments: []string{"heads"}, convolves: true, units: 4, weights: square(4), out: inHeads},
	{name: "mlp", arguments: []string{"ratio"}, convolves: true, units: 2, weights: mlpWeights, out: same},
	{name: "linear", arguments: []string{"features"}, weights: linearWeights, out: pixel},
	{name: "avgpool", arguments: []string{"window"}, weights: none, out: pooled},
	{name: "maxpool", arguments: []string{"window", "stride", "padding"}, optional: 2, weights: none, out: pooled},
	{name: "globalpool", weights: none, out: func(in shape, _ []int) (shape, error) { return shape{in.c, 1, 1}, nil }},
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

func none(shape, []int) float64 { return 0 }

func weights3x3(in shape, a []int) float64 { return 9 * float64(in.c) * float64(a[0]) }

func residualWeights(in shape, a []int) float64 {
	c, out := float64(in.c), float64(a[0])
	return (9*c + 9*out + c) * out
}

// square is n times the square of the channels.
func square(n float64) func(shape, []int) float64 {
	return func(in shape, _ []int) float64 { return n * float64(in.c) * float64(in.c) }
}

func mlpWeights(in shape, a []int) float64 { return 2 * float64(a[0]) * float64(in.c) * float64(in.c) }

func linearWeights(in shape, a []int) float64 {
	return float64(in.c) * float64(in.pixels()) * float64(a[0])
}

func same(in shape, _ []int) (shape, error) { return in, nil }

func channels(in shape, a []int) (shape, error) { return shape{a[0], in.h, in.w}, nil }

func strided(in shape, a []int) (shape, error) {
	return shape{a[0], (in.h-1)/a[1] + 1, (in.w-1)/a[1] + 1}, nil
}

func inHeads(in shape, a []int) (shape, error) {
	if in.c%a[0] != 0 {
		return shape{}, fmt.Errorf("does not divide %d channels", in.c)
	}
	return in, nil
}

func pixel(_ shape, a []int) (shape, error) { return shape{a[0], 1, 1}, nil }

// window is the size, stride and padding of the windows of pooling.
func window(a []int) (k, stride, padding int) {
	if len(a) == 1 {
		return a[0], a[0], 0
	}
	return a[0], a[1], a[2]
}

func pooled(in shape, a []int) (shape, error) {
	k, stride, padding := window(a)
	switch {
	case k > in.h+2*padding || k > in.w+2*padding:
		return shape{}, fmt.Errorf("does not fit an image of %dx%d pixels", in.w, in.h)
	case 2*padding > k:
		return shape{}, fmt.Errorf("has padding %d, want at most half the window", padding)
	}
	return shape{in.c, (in.h+2*padding-k)/stride + 1, (in.w+2*padding-k)/stride + 1}, nil
}

package snn

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ssnn/internal/names"
)

// Item is one element of a stage. As JSON it is a list, ["conv", 64]; as text, "conv 64".
type Item struct {
	Kind string // "conv", "block" and the like
	args []int
}

// Conv is a unit of 3x3 convolution (stride 1, padding 1), norm and neurons, with out channels.
func Conv(out int) Item { return Item{"conv", []int{out}} }

// Block is a residual block of two units with out channels, the first of the given stride (see block.go).
func Block(out, stride int) Item { return Item{"block", []int{out, stride}} }

// SEW is a residual block like Block, but its shortcut is added to the spikes of the second unit, and has neurons of its own where it has a
// convolution (spike-element-wise with ADD, Fang et al., NeurIPS 2021). It hands on small whole numbers.
func SEW(out, stride int) Item { return Item{"sew", []int{out, stride}} }

// MS is a residual block of twice neurons, convolution and norm, whose shortcut is added to the currents that it hands on (Hu et al., arXiv
// 2112.08954).
func MS(out, stride int) Item { return Item{"ms", []int{out, stride}} }

// Current is a 3x3 convolution and norm without neurons: MS begins with neurons of its own.
func Current(out int) Item { return Item{"current", []int{out}} }

// Neurons are neurons without a convolution: what is behind the last MS.
func Neurons() Item { return Item{"lif", nil} }

// Position adds to the image the spikes of a unit of as many channels, from which attention knows where a pixel lies (Zhou et al., ICLR
// 2023, as are Attention and MLP).
func Position() Item { return Item{"position", nil} }

// Attention adds to the image the spikes of self-attention between its pixels, without softmax: the channels are cut into heads.
func Attention(heads int) Item { return Item{"attention", []int{heads}} }

// MLP adds to the image the spikes of two 1x1 units, the first with ratio times its channels.
func MLP(ratio int) Item { return Item{"mlp", []int{ratio}} }

// FullyConnected is a fully connected layer of out features over the whole image, without norm and neurons.
func FullyConnected(out int) Item { return Item{"linear", []int{out}} }

// AvgPool is the mean of k x k windows at stride k; incomplete windows are dropped.
func AvgPool(k int) Item { return Item{"avgpool", []int{k}} }

// MaxPool is the maximum of k x k windows at stride k; incomplete windows are dropped.
func MaxPool(k int) Item { return Item{"maxpool", []int{k}} }

// OverlappingMaxPool is the maximum of k x k windows at another stride, over an image with padding on each side.
func OverlappingMaxPool(k, stride, padding int) Item {
	return Item{"maxpool", []int{k, stride, padding}}
}

// GlobalPool is the mean over the image.
func GlobalPool() Item { return Item{"globalpool", nil} }

// maxSize is the largest number of channels, timesteps and the like; more is taken for a slip of the pen.
const maxSize = 1 << 16

func newItem(name string, args []int) (Item, error) {
	k, ok := kindOf(name)
	if !ok {
		return Item{}, fmt.Errorf("item %q, want %s", name, names.List(kindNames()))
	}
	if n := len(args); n != len(k.arguments) && n != len(k.arguments)-k.optional {
		return Item{}, fmt.Errorf("item %q has %d numbers, want %d (%s)", name, n, len(k.arguments), strings.Join(k.arguments, ", "))
	}
	for i, a := range args {
		least := 1
		if k.arguments[i] == "padding" {
			least = 0
		}
		if a < least || a > maxSize {
			return Item{}, fmt.Errorf("item %q: %s %d, want %d to %d", name, k.arguments[i], a, least, maxSize)
		}
	}
	return Item{name, args}, nil
}

// String is the item as text, "conv 64".
func (it Item) String() string {
	s := it.Kind
	for _, a := range it.args {
		s += " " + strconv.Itoa(a)
	}
	return s
}

// Numbers are those of the item's text, as 64 of "conv 64".
func (it Item) Numbers() []int { return slices.Clone(it.args) }

// MarshalText is String.
func (it Item) MarshalText() ([]byte, error) { return []byte(it.String()), nil }

// UnmarshalText reads "conv 64".
func (it *Item) UnmarshalText(b []byte) error {
	words := strings.Fields(string(b))
	if len(words) == 0 {
		return fmt.Errorf("empty item, want one like %q", "conv 64")
	}
	var args []int
	for _, w := range words[1:] {
		a, err := strconv.Atoi(w)
		if err != nil {
			return fmt.Errorf("item %q: %q is no whole number", b, w)
		}
		args = append(args, a)
	}
	var err error
	*it, err = newItem(words[0], args)
	return err
}

// MarshalJSON writes ["conv", 64].
func (it Item) MarshalJSON() ([]byte, error) {
	list := []any{it.Kind}
	for _, a := range it.args {
		list = append(list, a)
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (it *Item) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil || len(list) == 0 {
		return fmt.Errorf(`item %s, want a list like ["conv", 64]`, b)
	}
	var kind string
	if err := json.Unmarshal(list[0], &kind); err != nil {
		return fmt.Errorf(`item %s, want a list like ["conv", 64]`, b)
	}
	args := make([]int, len(list)-1)
	for i := range args {
		if err := json.Unmarshal(list[i+1], &args[i]); err != nil {
			return fmt.Errorf("item %s: %s is no whole number", b, list[i+1])
		}
	}
	var err error
	*it, err = newItem(kind, args)
	return err
}

// kind is the item's; items that were checked have one.
func (it Item) kind() kind {
	k, _ := kindOf(it.Kind)
	return k
}

// Units is the number of convolution units, for the average timestep.
func (it Item) Units() int { return it.kind().units }

// weights is the number of weights of the item's convolutions.
func (it Item) weights(in shape) float64 { return it.kind().weights(in, it.args) }

// isConvolution says that the item begins with a convolution, which can use that a transformer's output is one image
// at T strengths.
func (it Item) isConvolution() bool { return it.kind().convolves }

// isPlainConvolution says that the item is a convolution, with or without neurons, and its weights
// alone meet the item's input.
func (it Item) isPlainConvolution() bool { return it.Kind == "conv" || it.Kind == "current" }

// out is the shape of what the item makes of an image.
func (it Item) out(in shape) (shape, error) {
	if _, err := newItem(it.Kind, it.args); err != nil {
		return shape{}, err
	}
	out, err := it.kind().out(in, it.args)
	if err != nil {
		return shape{}, fmt.Errorf("%s %w", it, err)
	}
	return out, nil
}

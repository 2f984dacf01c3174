package snn

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ssnn/internal/names"
)

// Item is one element of a stage. As JSON it is a list, ["conv", 64]; as text, "conv 64". A number
// that differs for width and height is "5x3", five pixels wide and three high.
type Item struct {
	Kind string // "conv", "block" and the like
	args []Pair
}

// item makes an item whose numbers are the same for height and width.
func item(kind string, numbers ...int) Item {
	it := Item{Kind: kind}
	for _, n := range numbers {
		it.args = append(it.args, Square(n))
	}
	return it
}

// Conv is a unit of 3x3 convolution (stride 1, padding 1), norm and neurons, with out channels.
func Conv(out int) Item { return item("conv", out) }

// ConvOf is Conv with windows of another geometry.
func ConvOf(out int, g Geometry) Item { return Item{"conv", withGeometry(out, g)} }

// Depthwise is a unit whose convolution has one kernel for each channel. The groups of the geometry
// are ignored.
func Depthwise(g Geometry) Item {
	g.Groups = 1
	return Item{"depthwise", withGeometry(0, g)[1:]}
}

// Block is a residual block of two units with out channels, the first one with the given stride:
// LIF(BN(conv(LIF(BN(conv(x))))) + shortcut) (He et al. 2016, with neurons in place of rectifiers).
func Block(out, stride int) Item { return item("block", out, stride) }

// SEW is a residual block like [Block], but its shortcut is added to the spikes of the second unit;
// a shortcut with a convolution has neurons of its own. The outputs are small whole numbers
// (spike-element-wise with ADD, Fang et al., NeurIPS 2021).
func SEW(out, stride int) Item { return item("sew", out, stride) }

// MS is a residual block of neurons, convolution and norm, twice. The shortcut is added to the
// currents of the second norm, and the block passes on the sum (Hu et al., arXiv 2112.08954).
func MS(out, stride int) Item { return item("ms", out, stride) }

// Current is a 3x3 convolution and norm without neurons. It stands before [MS], which begins with
// neurons of its own.
func Current(out int) Item { return item("current", out) }

// CurrentOf is Current with windows of another geometry.
func CurrentOf(out int, g Geometry) Item { return Item{"current", withGeometry(out, g)} }

// Neurons is a layer of neurons without a convolution. It stands behind the last [MS].
func Neurons() Item { return item("lif") }

// Position adds to the image the spikes of a unit with the same number of channels. They tell
// attention where a pixel is (Zhou et al., ICLR 2023, as for [Attention] and [MLP]).
func Position() Item { return item("position") }

// Attention adds to the image the spikes of self-attention between its pixels, without softmax. The
// channels are divided into heads.
func Attention(heads int) Item { return item("attention", heads) }

// MLP adds to the image the spikes of two 1x1 units, the first with ratio times its channels.
func MLP(ratio int) Item { return item("mlp", ratio) }

// FullyConnected is a fully connected layer over the whole image with out features, without norm
// and neurons.
func FullyConnected(out int) Item { return item("linear", out) }

// AvgPool is the mean of k x k windows at stride k; incomplete windows are dropped.
func AvgPool(k int) Item { return item("avgpool", k) }

// MaxPool is the maximum of k x k windows at stride k; incomplete windows are dropped.
func MaxPool(k int) Item { return item("maxpool", k) }

// OverlappingMaxPool is the maximum of k x k windows with another stride, over an image with
// padding on each side.
func OverlappingMaxPool(k, stride, padding int) Item { return item("maxpool", k, stride, padding) }

// PoolOf is pooling over windows of any geometry without dilation and groups. A mean counts the
// zeros of the padding.
func PoolOf(p Pooling, g Geometry) Item {
	a := []Pair{g.Kernel, g.Stride, g.Padding}
	for len(a) > 1 && windowsOf(a[:len(a)-1]) == windowsOf(a) {
		a = a[:len(a)-1]
	}
	return Item{[...]string{PoolMean: "avgpool", PoolMax: "maxpool", PoolSum: "sumpool"}[p], a}
}

// GlobalPool is the mean over the image.
func GlobalPool() Item { return item("globalpool") }

// maxSize is the largest number of channels, timesteps, pixels of a side and the like.
const maxSize = 1 << 16

// withGeometry are the numbers of a convolution. Last numbers that equal their defaults are left
// out.
func withGeometry(out int, g Geometry) []Pair {
	a := []Pair{Square(out), g.Kernel, g.Stride, g.Padding, g.Dilation, Square(max(g.Groups, 1))}
	for len(a) > 1 && geometryOf(a[1:len(a)-1]) == geometryOf(a[1:]) {
		a = a[:len(a)-1]
	}
	return a
}

// forBoth has the names of the numbers that may differ for width and height.
var forBoth = map[string]bool{"kernel": true, "stride": true, "padding": true, "dilation": true,
	"window": true}

func newItem(name string, args []Pair) (Item, error) {
	it := Item{name, args}
	return it, it.check()
}

// check says what is wrong with the kind or the numbers of an item.
func (it Item) check() error {
	k, ok := kindOf(it.Kind)
	if !ok {
		return fmt.Errorf("item %q, want %s", it.Kind, names.List(kindNames()))
	}
	most, least := len(k.arguments), len(k.arguments)-k.optional
	if n := len(it.args); n < least || n > most {
		want := fmt.Sprint(most)
		if least < most {
			want = fmt.Sprintf("%d to %d", least, most)
		}
		if most > 0 {
			want += " (" + strings.Join(k.arguments, ", ") + ")"
		}
		return fmt.Errorf("item %q has %d numbers, want %s", it.Kind, n, want)
	}
	for i, pair := range it.args {
		argument, least := k.arguments[i], 1
		if argument == "padding" {
			least = 0
		}
		for _, a := range pair {
			if a < least || a > maxSize {
				return fmt.Errorf("item %q: %s %d, want %d to %d", it.Kind, argument, a, least,
					maxSize)
			}
		}
		if pair[0] != pair[1] && !forBoth[argument] {
			return fmt.Errorf("item %q: %s %s, want one number", it.Kind, argument, pair)
		}
	}
	return nil
}

// String is the pair as text: "3", or width and height, "5x3".
func (p Pair) String() string {
	if p[0] == p[1] {
		return strconv.Itoa(p[0])
	}
	return fmt.Sprintf("%dx%d", p[1], p[0])
}

// parsePair reads what String writes.
func parsePair(text string) (Pair, error) {
	width, height, both := strings.Cut(text, "x")
	w, err := strconv.Atoi(width)
	if err != nil || !both {
		return Square(w), err
	}
	h, err := strconv.Atoi(height)
	return Pair{h, w}, err
}

// String is the item as text, "conv 64".
func (it Item) String() string {
	s := it.Kind
	for _, a := range it.args {
		s += " " + a.String()
	}
	return s
}

// Numbers returns the numbers in the item's text, such as 64 for "conv 64"; for "5x3" the height
// comes first.
func (it Item) Numbers() (all []int) {
	for _, a := range it.args {
		if all = append(all, a[0]); a[0] != a[1] {
			all = append(all, a[1])
		}
	}
	return all
}

// MarshalText writes the text that String returns.
func (it Item) MarshalText() ([]byte, error) { return []byte(it.String()), nil }

// UnmarshalText reads the text of an item, such as "conv 64".
func (it *Item) UnmarshalText(b []byte) error {
	words := strings.Fields(string(b))
	if len(words) == 0 {
		return fmt.Errorf("empty item, want one like %q", "conv 64")
	}
	var args []Pair
	for _, w := range words[1:] {
		a, err := parsePair(w)
		if err != nil {
			return fmt.Errorf("item %q: %q is no whole number", b, w)
		}
		args = append(args, a)
	}
	var err error
	*it, err = newItem(words[0], args)
	return err
}

// MarshalJSON writes ["conv", 64], and ["conv", 64, "5x3"].
func (it Item) MarshalJSON() ([]byte, error) {
	list := []any{it.Kind}
	for _, a := range it.args {
		if a[0] == a[1] {
			list = append(list, a[0])
		} else {
			list = append(list, a.String())
		}
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
	args := make([]Pair, len(list)-1)
	for i := range args {
		var text string
		raw := list[i+1]
		if json.Unmarshal(raw, &text) != nil || !strings.Contains(text, "x") {
			text = string(raw)
		}
		var err error
		if args[i], err = parsePair(text); err != nil {
			return fmt.Errorf("item %s: %s is no whole number", b, raw)
		}
	}
	var err error
	*it, err = newItem(kind, args)
	return err
}

// kind is the kind of the item, which check has found to exist.
func (it Item) kind() kind {
	k, _ := kindOf(it.Kind)
	return k
}

// Units is the number of the item's convolution units, for [Config.AverageTimestep].
func (it Item) Units() int { return it.kind().units }

// isConvolution says whether the item begins with a convolution, which can read a factored input.
func (it Item) isConvolution() bool { return len(it.entrances()) > 0 }

// isPlainConvolution says whether the item is a convolution in one group, with or without neurons,
// and has no other node that reads its input.
func (it Item) isPlainConvolution() bool {
	e := it.entrances()
	return len(e) == 1 && e[0].Op == OpConvolution && e[0].Groups == 1
}

// entrances returns the nodes that read the item's input, or nil if the first of them is no
// convolution.
func (it Item) entrances() (all []Node) {
	k, d := it.kind(), drawing{cfg: &Config{}, entry: shape{2, 1, 1}, at: Frames}
	k.draw(&d, it.args) // whether it fits such a small image does not matter
	for _, n := range d.nodes {
		if slices.Contains(n.In, Frames) {
			all = append(all, n)
		}
	}
	if len(all) > 0 && all[0].Op != OpConvolution {
		return nil
	}
	return all
}

package pytorch

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/safetensors"
	"ssnn/snn"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name, to, want string
		ok                      bool
	}{
		{"fc.weight", "fc.weight", "head.weight", "head.weight", true},
		{"fc.weight", "fc.weights", "x", "", false},
		{"*", "anything.at.all", "*", "anything.at.all", true},
		{"a.*", "a.", "b.*", "b.", true},
		{"a.*.w", "a.1.2.w", "b.*.v", "b.1.2.v", true},
		{"a.*.*", "a.1.2.w", "b.*-*", "b.1-2.w", true},
		{"*.w", "w.w.w", "*", "w.w", true},
		{"*a*b", "xaybzb", "*,*", "x,ybz", true},
		{"*a*b", "xayb.", "*,*", "", false},
		{"layer*.bn.*", "layer1.bn.weight", "", "", true},
		{"", "x", "", "", false},
	} {
		if got, ok := match(c.pattern, c.name, c.to); got != c.want || ok != c.ok {
			t.Errorf("%q on %q to %q: %q, %v; want %q, %v", c.pattern, c.name, c.to, got, ok,
				c.want, c.ok)
		}
	}
}

func TestReadMapping(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.toml")
	read := func(text string) (Mapping, error) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return ReadMapping(path)
	}
	m, err := read(`state = "net"
tensors = [["a.*", "b.*"], ["c", ""]]
fill = { fc = "vote" }
[spikingjelly]
tau = 2.0
v_reset = "none"`)
	if err != nil || m.State != "net" || len(m.Tensors) != 2 || m.Fill["fc"] != "vote" ||
		*m.SpikingJelly.Tau != 2 || m.SpikingJelly.Reset != "none" {

		t.Errorf("%+v, %v", m, err)
	}
	for text, want := range map[string]string{
		"state = ":                            "line 1: ",
		"states = \"net\"":                    `unknown key "states"`,
		"[spikingjelly]\nbeta = 0.9":          `unknown key "spikingjelly.beta"`,
		"tensors = [[\"a\"]]":                 "array",
		"tensors = [[\"a.*\", \"b.*.*\"]]":    "as many * in both",
		"tensors = [[\"a.*.*\", \"b.*\"]]":    "as many * in both",
		"[spikingjelly]\ntau = \"very long\"": "is a text, want a number",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), path) || strings.Contains(err.Error(), "\n") {

			t.Errorf("%q: error %v, want one line with the path and %q", text, err, want)
		}
	}
}

// layersBy makes layers of names in which a word says which shape a weight has.
func layersBy(names string) []*layer {
	return layersOf(strings.Fields(names), func(name string) []int {
		switch {
		case strings.Contains(name, "conv") || strings.Contains(name, "downsample.0"):
			return []int{8, 8, 3, 3}
		case strings.Contains(name, "fc"):
			return []int{10, 8}
		}
		return []int{8}
	})
}

// The layers of a ResNet as torchvision names them pair with those of a block, and norms that VGG
// does not have are filled.
func TestInOrder(t *testing.T) {
	ours := layersBy(`stages.0.0.conv.weight stages.0.0.bn.weight stages.0.0.bn.bias
		stages.0.1.conv1.weight stages.0.1.bn1.weight stages.0.1.conv2.weight
		stages.0.1.bn2.weight stages.0.1.down_conv.weight stages.0.1.down_bn.weight
		fc.weight fc.bias`)
	resnet := layersBy(`conv1.weight bn1.weight bn1.bias
		layer1.0.conv1.weight layer1.0.bn1.weight layer1.0.conv2.weight layer1.0.bn2.weight
		layer1.0.downsample.0.weight layer1.0.downsample.1.weight
		fc.weight fc.bias`)
	from, filled, problems := inOrder(resnet, ours, nil)
	if len(from) != 11 || len(filled) != 0 || problems != nil ||
		from["stages.0.1.down_bn.weight"] != "layer1.0.downsample.1.weight" ||
		from["stages.0.1.conv2.weight"] != "layer1.0.conv2.weight" {

		t.Errorf("ResNet: %v, filled %v, %v", from, filled, problems)
	}
	vgg := layersBy("conv.0.weight conv.0.bias conv.2.weight conv.2.bias conv.5.weight " +
		"conv.5.bias conv.7.weight fc.weight fc.bias")
	from, filled, problems = inOrder(vgg, ours, nil)
	want := []string{"stages.0.0.bn", "stages.0.1.bn1", "stages.0.1.bn2", "stages.0.1.down_bn"}
	if problems != nil || !slices.Equal(slices.Sorted(maps.Keys(filled)), want) ||
		from["stages.0.1.conv2.bias"] != "conv.5.bias" {

		t.Errorf("VGG: %v, filled %v, %v", from, filled, problems)
	}
	for names, want := range map[string]string{
		"conv2.weight conv1.weight":          "conv1 comes after conv2",
		"a.10.conv1.weight a.9.conv2.weight": "a.9.conv2 comes after a.10.conv1",
		"conv1.weight bn1.weight fc.weight": "fc is a fully connected layer, want a convolution " +
			"for stages.0.1.conv1",
		"conv1.weight": "missing: a fully connected layer for fc",
		"conv.0.weight conv.1.weight conv.2.weight conv.3.weight fc.weight " +
			"fc2.weight": "unexpected: fc2, a fully connected layer",
	} {
		if _, _, problems := inOrder(layersBy(names), ours,
			nil); !strings.Contains(strings.Join(problems, "; "), want) {
			t.Errorf("%s: %q, want %q", names, problems, want)
		}
	}
}

// Without an order of the layers, kinds and shapes decide, then numbers; layers that differ by more
// than numbers might be either.
func TestByShape(t *testing.T) {
	shapes := map[string][]int{"conv": {8, 8, 3, 3}, "stem": {8, 2, 3, 3}, "fc": {10, 8}}
	layers := func(names string) []*layer {
		return layersOf(strings.Fields(names), func(name string) []int {
			for part, shape := range shapes {
				if strings.Contains(name, part) {
					return shape
				}
			}
			return []int{8}
		})
	}
	ours := layers(`stages.0.0.stem.weight stages.0.0.bn.weight stages.0.1.conv.weight
		stages.0.1.bn.weight stages.0.2.conv.weight stages.0.2.bn.weight fc.weight`)
	for theirs, want := range map[string]string{
		"bn2.weight bn9.weight bn10.weight conv9.weight conv10.weight fc.weight stem.weight": "",
		"conv1.weight conv2.weight fc.weight stem.weight":                                    "",
		"a.conv.weight b.conv.weight fc.weight stem.weight": "a.conv and b.conv are " +
			"alike",
		"conv1.weight fc.weight stem.weight": "missing: a convolution for stages.0.2.conv of " +
			"weights [8 8 3 3]",
		"conv1.weight conv2.weight conv3.weight fc.weight stem.weight":    "unexpected: conv3",
		"net.2.stem.weight net.0.conv.weight net.1.conv.weight fc.weight": "",
	} {
		from, _, problems := byShape(layers(theirs), ours, nil)
		if got := strings.Join(problems, "; "); !strings.Contains(got, want) ||
			want == "" && (got != "" || !strings.Contains(from["stages.0.0.stem.weight"], "stem") ||
				from["stages.0.1.conv.weight"] > from["stages.0.2.conv.weight"] &&
					!strings.Contains(theirs, "conv10")) {

			t.Errorf("%s: %v, %q, want %q", theirs, from, got, want)
		}
	}
}

// The tensors of a .safetensors read with their types, and names in the order of their numbers.
func TestSafetensors(t *testing.T) {
	var b bytes.Buffer
	half := safetensors.Tensor{DType: "F16", Shape: []int{2}, Data: []byte{0, 0x3c, 0, 0xc0}}
	err := safetensors.Write(&b, nil, []safetensors.Named{
		{Name: "a.10.w", Tensor: safetensors.FromFloat32s([]int{2, 1}, []float32{1, 2})},
		{Name: "a.9.w", Tensor: half}, {Name: "n", Tensor: safetensors.FromInt64s(nil, []int64{3})},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := open(t, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.State("")
	if err != nil || fmt.Sprint(s.Names) != "[a.9.w a.10.w n]" {
		t.Fatal(s, err)
	}
	for name, want := range map[string]string{"a.9.w": "[1 -2]", "a.10.w": "[1 2]", "n": "[3]"} {
		x, _ := s.Tensor(name)
		if v, err := x.Float32s(); err != nil || fmt.Sprint(v) != want {
			t.Errorf("%s: %v, %v, want %s", name, v, err, want)
		}
	}
	for n := range b.Len() {
		if _, err := open(t, b.Bytes()[:n]); err == nil {
			t.Fatalf("cut to %d bytes: no error", n)
		}
	}
}

// Layers of neurons that differ are told apart by the numbers in their names, or not at all.
func TestSafetensorsNeurons(t *testing.T) {
	for names, want := range map[string]string{
		"lif2 lif10":    "",
		"lifIn lifOut":  "the neurons of lifIn and lifOut may differ",
		"lifIn= lifOut": "",
	} {
		var all []safetensors.Named
		one := func(name string, v float32) {
			all = append(all, safetensors.Named{Name: name,
				Tensor: safetensors.FromFloat32s(nil, []float32{v})})
		}
		for i, name := range strings.Fields(names) {
			beta := .5 + .1*float32(i)
			if strings.Contains(names, "=") {
				beta = .5
			}
			name = strings.Trim(name, "=")
			one(name+".beta", beta)
			one(name+".threshold", 1)
			one(name+".reset_mechanism_val", 1)
		}
		slices.Reverse(all)
		var b bytes.Buffer
		if err := safetensors.Write(&b, nil, all); err != nil {
			t.Fatal(err)
		}
		f, err := open(t, b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.State("")
		if err != nil {
			t.Fatal(err)
		}
		cfg := snn.Default()
		cfg.Stages, cfg.T = [][]snn.Item{{snn.Conv(2), snn.Conv(2)}}, []int{2}
		err = SnnTorch{}.apply(&cfg, s)
		if got := fmt.Sprint(err); err != nil && want == "" || !strings.Contains(got, want) {
			t.Errorf("%s: error %v, want %q", names, err, want)
		}
		if err == nil && float32(cfg.Tau) != .5 {
			t.Errorf("%s: first tau %v, want 0.5", names, cfg.Tau)
		}
	}
}

func TestState(t *testing.T) {
	x := &Tensor{}
	two := dict("net", dict("a.w", x), "ema", dict("a.w", x), "epoch", int64(3))
	for _, c := range []struct {
		value any
		key   string
		want  string // names, or part of the error
	}{
		{dict("a.w", x, "b", x), "", "[a.w b]"},
		{dict("module.a.w", x, "module.b", x), "", "[a.w b]"},
		{dict("module.a.w", x, "b", x), "", "[module.a.w b]"},
		{dict("net", dict("a.w", x), "epoch", int64(3)), "", "[a.w]"},
		{two, "ema", "[a.w]"},
		{two, "", "2 state_dicts in the checkpoint, net, ema, want the key of one in a mapping"},
		{two, "epoch", "want the key of one of the dicts"},
		{dict("epoch", int64(3)), "", "want a dict of nothing but tensors"},
		{dict(int64(1), dict("a", x)), "1", "[a]"},
		{dict(int64(1), x), "", "want a dict of nothing but tensors"},
		{nil, "", "want a dict of tensors"},
	} {
		s, err := (&File{Value: c.value}).State(c.key)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = "[" + strings.Join(s.Names, " ") + "]"
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%v, key %q: %s, want %s", c.value, c.key, got, c.want)
		}
	}
}

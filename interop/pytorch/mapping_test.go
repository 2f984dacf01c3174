package pytorch

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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

// layersBy makes layers of names in which a capital says how many dimensions a weight has.
func layersBy(names string) []*layer {
	return layersOf(strings.Fields(names), func(name string) int {
		switch {
		case strings.Contains(name, "conv") || strings.Contains(name, "downsample.0"):
			return 4
		case strings.Contains(name, "fc"):
			return 2
		}
		return 1
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

func TestState(t *testing.T) {
	x := &Tensor{}
	dict := func(pairs ...any) *Dict {
		d := &Dict{}
		for i := 0; i < len(pairs); i += 2 {
			d.set(pairs[i], pairs[i+1])
		}
		return d
	}
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
		{two, "", "want the key of one of the dicts of tensors in the checkpoint: net, ema"},
		{two, "epoch", "want the key of one of the dicts"},
		{dict("epoch", int64(3)), "", "want a dict of nothing but tensors"},
		{dict(int64(1), dict("a", x)), "1", "want a key that is a string"},
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

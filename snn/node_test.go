package snn

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/safetensors"
)

// configs are those of the golden cases and of the models by name.
func configs(t *testing.T) map[string]Config {
	all := map[string]Config{}
	files, _ := filepath.Glob(filepath.Join("..", "testdata", "golden", "*.safetensors"))
	for _, path := range files {
		f, err := safetensors.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if all[filepath.Base(path)], err = ParseConfig(f.Metadata["config"]); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range ModelNames() {
		var err error
		if all[name], err = Model(name, 0.1, []int{3, 2}); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 30 {
		t.Fatalf("%d configurations, want those of the golden cases too", len(all))
	}
	return all
}

// The nodes of a network have its parameters: their names, their shapes, and no others but those of
// early classifiers.
func TestNodesHaveTheParameters(t *testing.T) {
	for name, c := range configs(t) {
		net, err := New(c, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		shapes := map[string][]int{}
		for _, p := range slices.Concat(net.Parameters(), net.Statistics()) {
			if !strings.HasPrefix(p.Name, "early") && !strings.HasPrefix(p.Name, "tt.") {
				shapes[p.Name] = p.Shape
			}
		}
		net.Close()
		take := func(parameter string, want ...int) {
			if got, ok := shapes[parameter]; !ok || !slices.Equal(got, want) {
				t.Errorf("%s: %s has shape %v, want %v", name, parameter, got, want)
			}
			delete(shapes, parameter)
		}
		for _, n := range net.Config().Nodes() {
			out := n.Out.Channels
			switch n.Op {
			case OpConvolution:
				take(n.Name+".weight", out, n.From.Channels/n.Groups, n.Kernel[0], n.Kernel[1])
			case OpLinear:
				take(n.Name+".weight", out, n.From.Size())
			case OpNorm:
				for _, part := range []string{"weight", "bias", "running_mean", "running_var"} {
					take(n.Name+"."+part, out)
				}
			case OpNeuron:
				if n.Dynamics.Neuron == Parametric {
					take(n.Name + ".w")
				}
			}
			if n.Bias {
				take(n.Name+".bias", out)
			}
		}
		for parameter := range shapes {
			t.Errorf("%s: no node has %s", name, parameter)
		}
	}
}

// Every node gets what the nodes before it hand on, in the shape that they say.
func TestNodesFollowEachOther(t *testing.T) {
	for name, c := range configs(t) {
		nodes := c.Nodes()
		for i, n := range nodes {
			for _, in := range n.In {
				if in >= i {
					t.Fatalf("%s: %s gets what node %d makes, which follows it", name, n.Name, in)
				}
				from := Shape{c.InChannels, c.Height, c.Width}
				if in != Frames {
					from = nodes[in].Out
				}
				if from != n.From {
					t.Errorf("%s: %s gets %v, want %v", name, n.Name, from, n.From)
				}
			}
		}
		if last := nodes[len(nodes)-1]; last.Name != "fc" || last.Out.Size() != c.Classes {
			t.Errorf("%s: ends in %s of %v, want fc of %d", name, last.Name, last.Out, c.Classes)
		}
	}
}

// Items read back from what they write, as text and as JSON, whatever their geometry.
func TestItemsOfAnyGeometry(t *testing.T) {
	wide := Geometry{Kernel: Pair{3, 5}, Stride: Pair{2, 1}, Padding: Pair{1, 0},
		Dilation: Pair{1, 2}, Groups: 2}
	for want, it := range map[string]Item{
		"conv 64": ConvOf(64, Windows(3, 1, 1)), "conv 8 5": ConvOf(8, Windows(5, 1, 2)),
		"conv 8 2 2": ConvOf(8, Windows(2, 2, 0)), "conv 8 7 2": ConvOf(8, Windows(7, 2, 3)),
		"conv 8 5 1 0":                ConvOf(8, Windows(5, 1, 0)),
		"current 8 5x3 1x2 0x1 2x1 2": CurrentOf(8, wide),
		"depthwise":                   Depthwise(Windows(3, 1, 1)),
		"depthwise 5 2":               Depthwise(Windows(5, 2, 2)),
	} {
		if it.String() != want {
			t.Errorf("item %q, want %q", it, want)
		}
		var text, list Item
		js, err := it.MarshalJSON()
		if err == nil {
			err = text.UnmarshalText([]byte(want))
		}
		if err == nil {
			err = list.UnmarshalJSON(js)
		}
		if err != nil || text.String() != want || list.String() != want {
			t.Errorf("%s: read as %q, and of %s as %q: %v", want, text, js, list, err)
		}
	}
}

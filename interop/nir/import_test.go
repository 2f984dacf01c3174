package nir

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/internal/hdf5"
	"ssnn/interop/internal/golden"
	"ssnn/snn"
)

// others is a file of testdata/make_nir.py, and what that says of it.
type others struct {
	data           []byte
	shape          []int // of the frames: T, channels, height, width
	frames, answer []float32
}

func open(tb testing.TB, name string) (o others) {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	o.data = data
	f, err := hdf5.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatal(err)
	}
	root, err := f.Root()
	if err != nil {
		tb.Fatal(err)
	}
	parts, err := (&reader{objects: 10}).parts(root, "")
	if err != nil {
		tb.Fatal(err)
	}
	for name, to := range map[string]*[]float32{"frames": &o.frames, "answer": &o.answer} {
		d, err := parts[name].Dataset()
		if err != nil {
			tb.Fatal(err)
		}
		if *to, err = d.Float32s(1 << 20); err != nil {
			tb.Fatal(err)
		}
		if name == "frames" {
			for _, size := range d.Shape {
				o.shape = append(o.shape, int(size))
			}
		}
	}
	return o
}

// Graphs that another program wrote give the answers that its equations give, whose neurons are
// near no threshold.
func TestOthers(t *testing.T) {
	for name, want := range map[string]struct {
		stage  string
		neuron snn.Neuron
		lif    snn.LIF
	}{
		"snntorch.nir": {"[conv 5 avgpool 2 linear 7 lif linear 4 lif]", snn.Plain,
			snn.LIF{Tau: 0.9, Threshold: float64(math.Nextafter32(1, 2))}},
		"spikingjelly.nir": {"[conv 6 avgpool 2 conv 9]", snn.Plain,
			snn.LIF{Tau: 0.5, DecayInput: true, Threshold: float64(math.Nextafter32(0.5, 1))}},
		"pools.nir": {"[conv 4 maxpool 3 2 1 conv 5 sumpool 2 current 6 globalpool linear 8 lif]",
			snn.Plain, snn.LIF{Tau: 1, Threshold: float64(math.Nextafter32(1.5, 2))}},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, name)
			g, err := read(o.data)
			if err != nil {
				t.Fatal(err)
			}
			cfg := snn.Default()
			cfg.T = o.shape[:1]
			net := imported(t, g, cfg)
			cfg = net.Config()
			if got := fmt.Sprint(cfg.Stages[0]); got != want.stage {
				t.Errorf("stage %s, want %s", got, want.stage)
			}
			if cfg.Neuron != want.neuron || cfg.Tau != want.lif.Tau ||
				cfg.DecayInput != want.lif.DecayInput || cfg.Threshold != want.lif.Threshold ||
				cfg.LIF.Reset != snn.Hard {

				t.Errorf("neurons %v %+v, want %v %+v", cfg.Neuron, cfg.LIF, want.neuron, want.lif)
			}
			c := golden.Case{Shape: slices.Insert(slices.Clone(o.shape), 1, 1), Frames: o.frames,
				Logits: o.answer}
			c.Compare(t, "imported", net.Forward(c.ChannelsLast(), 1, false).Logits)
			again := written(t, net)
			c.Compare(t, "written again", interpret(t, &c, again))
		})
	}
}

// Neurons come back as they were, but that they take in a share of the current that leaks, which
// the weights make up for, and the numbers of the second graph are those of the first.
func TestNeurons(t *testing.T) {
	cfg := snn.Default()
	cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T = 1, 4, 4, 2, []int{3}
	cfg.Stages = [][]snn.Item{{snn.Conv(3), snn.AvgPool(2), snn.Conv(2), snn.FullyConnected(5),
		snn.Neurons()}}
	for _, tau := range []float64{0, 0.1, 0.25, 0.5, 2. / 3, 0.9, 0.987654, 0.999, 1} {
		for _, threshold := range []float64{0.3, 0.5, 1, 1.7} {
			for _, decay := range []bool{false, true} {
				for _, reset := range []snn.Reset{snn.Hard, snn.Soft} {
					for _, dt := range []float64{1e-4, 1e-3, 1. / 3, 1} {
						c := cfg
						c.Tau, c.Threshold, c.DecayInput, c.LIF.Reset = tau, threshold, decay &&
							tau > 0 && tau < 1, reset
						net, err := snn.New(c, 1, 1)
						if err != nil {
							t.Fatal(err)
						}
						g, _, err := New(net, nil, dt)
						net.Close()
						if err != nil {
							t.Fatal(err)
						}
						n, err := NewNetwork(g, 0)
						if err != nil {
							t.Fatal(err)
						}
						got := cfg
						if err := n.Configure(&got); err != nil {
							t.Fatal(err)
						}
						if got.Tau != c.Tau && !(c.Tau == 2./3 && math.Abs(got.Tau-c.Tau) < 1e-7) ||
							float32(got.Threshold) != float32(c.Threshold) ||
							got.DecayInput != (tau > 0 && tau < 1) ||
							got.LIF.Reset != c.LIF.Reset || got.Neuron != snn.Plain {

							t.Errorf("dt %v: %+v, want %+v", dt, got.LIF, c.LIF)
						}
						if len(got.Layers) != 0 {
							t.Errorf("dt %v, %+v: layers %v, want none that differ", dt, c.LIF,
								got.Layers)
						}
					}
				}
			}
		}
	}
}

// drawn is a network with parameters and frames drawn at random, whose neurons fire.
func drawn(t *testing.T, cfg snn.Config) golden.Case {
	net, err := snn.New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	g := golden.Case{Net: net, Shape: []int{cfg.T[0], 2, cfg.InChannels, cfg.Height, cfg.Width}}
	rng := rand.New(rand.NewPCG(1, 2))
	for range product(g.Shape) {
		g.Frames = append(g.Frames, float32(rng.IntN(4)))
	}
	for _, p := range net.Parameters() {
		switch {
		case len(p.Shape) == 0:
			p.Value[0] = float32(rng.NormFloat64())
		case strings.HasPrefix(p.Name, "tt."):
			for i := range p.Value {
				p.Value[i] = float32(rng.NormFloat64())
			}
		case p.Name == "stages.0.3.fc.weight":
			for i := range p.Value {
				p.Value[i] *= 8
			}
		}
	}
	g.Fire()
	return g
}

// A network that was trained for several plans goes out with the one that it has.
func TestPlans(t *testing.T) {
	cfg := snn.Default()
	cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.TTBias = 2, 6, 6, 3, []int{3,
		2}, true
	cfg.Stages = [][]snn.Item{{snn.Conv(5), snn.AvgPool(2)}, {snn.Conv(7)}}
	cfg.Plans = [][]int{{5, 4}, {3, 2}}
	for _, cfg.Transition = range []snn.Transition{snn.Softmax, snn.Causal} {
		g := drawn(t, cfg)
		graph := written(t, g.Net)
		g.Compare(t, "interpreter", interpret(t, &g, graph))
		net := imported(t, graph, cfg)
		g.Compare(t, "imported", net.Forward(g.ChannelsLast(), 2, false).Logits)
	}
}

// Transitions that keep the order of time, and leaks of a window, come through. A weighted fold
// goes out as a plain one.
func TestOrderKept(t *testing.T) {
	for _, c := range []struct {
		kind, back snn.Transition
		T          []int
	}{
		{snn.Merge, snn.Merge, []int{5, 3}}, {snn.Fold, snn.Fold, []int{6, 2}},
		{snn.WeightedFold, snn.Fold, []int{6, 2}}, {snn.Windowed, snn.Windowed, []int{4, 2}},
		{snn.Merge, snn.Identity, []int{3, 3}}, {snn.WeightedFold, snn.Identity, []int{3, 3}},
	} {
		cfg := snn.Default()
		cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes = 2, 6, 6, 3
		cfg.T, cfg.Transition, cfg.Leak = c.T, c.kind, snn.PerWindow
		cfg.Stages = [][]snn.Item{{snn.Conv(5), snn.AvgPool(2)}, {snn.Conv(7)}}
		g := drawn(t, cfg)
		graph := written(t, g.Net)
		g.Compare(t, "interpreter", interpret(t, &g, graph))
		net := imported(t, graph, cfg)
		if got := net.Config().Transition; got != c.back {
			t.Errorf("%v came back as transition %v, want %v", c, got, c.back)
		}
		g.Compare(t, "imported", net.Forward(g.ChannelsLast(), 2, false).Logits)
	}
}

// Layers that learnt different leaks keep them.
func TestParametric(t *testing.T) {
	cfg := snn.Default()
	cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.Neuron = 2, 6, 6, 3, []int{4},
		snn.Parametric
	cfg.Stages = [][]snn.Item{{snn.Conv(5), snn.AvgPool(2), snn.Conv(7), snn.FullyConnected(6),
		snn.Neurons()}}
	for i := range 4 {
		if cfg.DecayInput = i%2 == 1; i > 1 {
			cfg.Synapse = 0.4
		}
		g := drawn(t, cfg)
		graph := written(t, g.Net)
		g.Compare(t, "interpreter", interpret(t, &g, graph))
		back := imported(t, graph, cfg)
		if c := back.Config(); c.Neuron != snn.Parametric || c.DecayInput != (i < 2) {
			t.Errorf("neurons %v, decay_input %v, want plif, %v", c.Neuron, c.DecayInput, i < 2)
		}
		g.Compare(t, "imported", back.Forward(g.ChannelsLast(), 2, false).Logits)
		tau := "tau"
		if cfg.Synapse != 0 {
			tau = "tau_mem"
		}
		last := graph.Nodes["stages_0_4_lif"].Parameters[tau].Floats[0]
		if first := graph.Nodes["stages_0_0_lif"].Parameters[tau].Floats[0]; first == last {
			t.Errorf("tau %v in both", first)
		}
	}
}

// Layers with neurons of their own, synaptic currents among them, go out and come back.
func TestLayers(t *testing.T) {
	cfg := snn.Default()
	cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T = 2, 6, 6, 3, []int{5}
	cfg.Stages = [][]snn.Item{{snn.Conv(5), snn.AvgPool(2), snn.Conv(7), snn.FullyConnected(6),
		snn.Neurons()}}
	for _, text := range []string{
		"stages.0.0.lif synapse=0.5 tau=0.75", "stages.0.2.lif tau=1 v_th=0.7",
		"stages.0.4.lif synapse=0.25 v_th=0.5 reset=soft reset_amount=0.375",
	} {
		var l snn.LayerNeurons
		if err := l.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		cfg.Layers = append(cfg.Layers, l)
	}
	for _, cfg.DecayInput = range []bool{false, true} {
		if cfg.DecayInput {
			cfg.Layers = cfg.Layers[:1]
		}
		g := drawn(t, cfg)
		graph := written(t, g.Net)
		g.Compare(t, "interpreter", interpret(t, &g, graph))
		back := imported(t, graph, snn.Config{T: cfg.T, LIF: cfg.LIF, Norm: cfg.Norm})
		g.Compare(t, "imported", back.Forward(g.ChannelsLast(), 2, false).Logits)
		if got := back.Config().Layers; len(got) == 0 || !cfg.DecayInput && len(got) != 2 {
			t.Errorf("layers %v", got)
		}
	}
}

// Currents that are smaller in all layers are a higher threshold, and need no other weights.
func TestGain(t *testing.T) {
	o := open(t, "snntorch.nir")
	g, err := read(o.data)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range g.Nodes {
		if n.Type == "LIF" {
			n.Parameters["r"], n.Parameters["v_threshold"] = reals(nil, []float32{5}), reals(nil,
				[]float32{0.5})
		}
	}
	n, err := NewNetwork(g, 0)
	if err != nil {
		t.Fatal(err)
	}
	cfg := snn.Default()
	if err := n.Configure(&cfg); err != nil {
		t.Fatal(err)
	}
	if math.Abs(cfg.Threshold-1) > 1e-6 || len(cfg.Layers) != 0 {
		t.Errorf("threshold %v, layers %v, want 1 and none", cfg.Threshold, cfg.Layers)
	}
	cfg.T = o.shape[:1]
	c := golden.Case{Shape: slices.Insert(slices.Clone(o.shape), 1, 1), Frames: o.frames,
		Logits: o.answer}
	c.Compare(t, "imported", imported(t, g, cfg).Forward(c.ChannelsLast(), 1, false).Logits)
}

// What is no network of ours is refused in a line that names the node.
func TestRefused(t *testing.T) {
	set := func(node, parameter string, a Array) func(*Graph) {
		return func(g *Graph) { g.Nodes[node].Parameters[parameter] = a }
	}
	for want, change := range map[string]func(*Graph){
		`node "0", Conv2d: stride [0 2], want 1 to 65536`: set("0", "stride",
			whole(0, 2)),
		`node "0", Conv2d: padding "wide", want numbers, same or valid`: set("0", "padding",
			text("wide")),
		`node "0", Conv2d: 3 groups of 2 channels and 5 outputs, want a number`: set("0", "groups",
			single(3)),
		`node "0", Conv2d: its kernel does not fit an image of 6x8 pixels`: set("0", "dilation",
			whole(5, 5)),
		`node "0", Conv2d: weight of shape [5 2 3], want 4 numbers from 1`: set("0", "weight",
			reals([]int{5, 2, 3}, make([]float32, 30))),
		`node "6", Affine: bias of NaN, want finite numbers`: set("6", "bias",
			reals([]int{4}, []float32{0, 1, float32(math.NaN()), 1})),
		`node "0", Conv2d: no numbers weight`: func(g *Graph) {
			delete(g.Nodes["0"].Parameters,
				"weight")
		},
		`node "5", LIF: v_leak and v_reset differ, by 0.01, want the same, or`: func(g *Graph) {
			g.Nodes["5"].Parameters["v_leak"] = reals(nil, []float32{0.1})
			g.Nodes["more"] = &Node{Type: "Flatten"}
			g.Edges[slices.IndexFunc(g.Edges,
				func(e [2]string) bool { return e[1] == "5" })][1] = "more"
			g.Edges = append(g.Edges, [2]string{"more", "5"})
		},
		`node "1", LIF: tau 5e-05 s, want at least the timestep`: set("1", "tau",
			reals(nil, []float32{5e-5})),
		`node "1", LIF: r 0 and v_threshold 1`: set("1", "r",
			reals(nil, []float32{0})),
		`node "1", LIF: v_threshold from 1 to 2, want the same for all`: set("1",
			"v_threshold", reals([]int{5, 8, 6}, append(slices.Repeat([]float32{1}, 239), 2))),
		`node "1", LIF: v_threshold of shape [2], want a value for each of 240`: set("1",
			"v_threshold", reals([]int{2}, []float32{1, 1})),
		`node "2", AvgPool2d: padding [2 0] of windows of [2 2]`: set("2",
			"padding", whole(2, 0)),
		`node "4", Linear: weight of shape [7 59], want [7 60]`: set("4", "weight",
			reals([]int{7, 59}, make([]float32, 7*59))),
		`node "5", LI: it hands on its membrane, which no layer here does; want`: func(g *Graph) {
			g.Nodes["5"].Type = "LI"
		},
		`node "5", Delay: delays up to 0.5 s, want 0: no layer here has any`: func(g *Graph) {
			g.Nodes["5"] = &Node{Type: "Delay", Parameters: Values{"delay": reals(nil,
				[]float32{0.5})}}
		},
		`node "5", Sigmoid: want Conv1d, Conv2d, LIF, IF`: func(g *Graph) {
			g.Nodes["5"].Type = "Sigmoid"
		},
		`node "5", Scale: scale of shape [2], want one number, or one for each`: func(g *Graph) {
			g.Nodes["5"] = &Node{Type: "Scale", Parameters: Values{"scale": reals([]int{2},
				[]float32{0.5, 1})}}
		},
		`node "5", Threshold: threshold 1.0000001e-07, want 1e-06 or more`: func(g *Graph) {
			g.Nodes["5"] = &Node{Type: "Threshold",
				Parameters: Values{"threshold": reals(nil, []float32{1e-7})}}
		},
		`node "4", Linear: an image of shape [5 4 3] comes in`: func(g *Graph) {
			delete(g.Nodes, "3")
			g.Edges = slices.DeleteFunc(g.Edges, func(e [2]string) bool { return e[1] == "3" })
			g.Edges[slices.IndexFunc(g.Edges,
				func(e [2]string) bool { return e[0] == "3" })][0] = "2"
		},
		`node "5", LIF: it lies on a loop of edges: recurrent`: func(g *Graph) {
			g.Edges = append(g.Edges, [2]string{"5", "5"})
		},
		`node "more", Flatten: it lies on no way from the input to the output`: func(g *Graph) {
			g.Nodes["more"] = &Node{Type: "Flatten"}
			g.Edges = append(g.Edges, [2]string{"5", "more"})
		},
		`node "6", Affine: an image comes in twice`: func(g *Graph) {
			g.Nodes["more"] = &Node{Type: "Flatten"}
			g.Edges = append(g.Edges, [2]string{"5", "more"}, [2]string{"more", "6"})
		},
		`node "6", Affine: images of shapes [7] and [60] meet there`: func(g *Graph) {
			g.Edges = append(g.Edges, [2]string{"3", "6"})
		},
		`node "4", Linear: ways part or meet there otherwise than in the`: func(g *Graph) {
			g.Nodes["more"] = g.Nodes["4"]
			g.Edges = append(g.Edges, [2]string{"3", "more"}, [2]string{"more", "6"})
		},
		`node "more", LIF: it lies on no way`: func(g *Graph) { g.Nodes["more"] = g.Nodes["1"] },
		`node "input", Input: shape [2 2 3 4], want chann`: set("input", "shape",
			whole(2, 2, 3, 4)),
		`node "5", LIF: reset "slow" in its metadata`: func(g *Graph) {
			g.Nodes["5"].Metadata = Values{"reset": text("slow")}
		},
	} {
		g, err := read(open(t, "snntorch.nir").data)
		if err != nil {
			t.Fatal(err)
		}
		change(g)
		n, err := NewNetwork(g, 0)
		if err == nil {
			cfg := snn.Default()
			err = n.Configure(&cfg)
		}
		if err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Numbers that are no int on a small machine are refused on all, by where they are.
func TestLargeNumbers(t *testing.T) {
	g, err := read(open(t, "snntorch.nir").data)
	if err != nil {
		t.Fatal(err)
	}
	g.Nodes["0"].Parameters["stride"] = Array{Shape: []int{2}, Ints: []int64{1, 1 << 40}}
	data, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(data); err == nil || !strings.HasSuffix(err.Error(),
		"nodes/0/stride: number 1 is 1099511627776, want whole numbers of 32 bits") {
		t.Errorf("error %v", err)
	}
}

// A circle beside the chain is refused as one in it.
func TestCircle(t *testing.T) {
	g, err := read(open(t, "snntorch.nir").data)
	if err != nil {
		t.Fatal(err)
	}
	g.Nodes["a"], g.Nodes["b"] = g.Nodes["1"], g.Nodes["1"]
	g.Edges = append(g.Edges, [2]string{"a", "b"}, [2]string{"b", "a"})
	if _, err := NewNetwork(g, 0); err == nil || !strings.Contains(err.Error(),
		`node "a", LIF: it lies on a loop of edges`) {
		t.Errorf("error %v", err)
	}
}

// insert puts a node between two that an edge joins.
func insert(g *Graph, name string, n *Node, from, to string) {
	g.Nodes[name] = n
	g.Edges[slices.Index(g.Edges, [2]string{from, to})][1] = name
	g.Edges = append(g.Edges, [2]string{name, to})
}

// behind is the node that the edge from a node leads to.
func behind(g *Graph, name string) string {
	return g.Edges[slices.IndexFunc(g.Edges, func(e [2]string) bool { return e[0] == name })][1]
}

// Primitives that a layer here does together with others say what the equations of NIR say.
func TestPrimitives(t *testing.T) {
	numbers := func(n int, v func(i int) float32) Array {
		a := reals([]int{n}, make([]float32, n))
		for i := range a.Floats {
			a.Floats[i] = v(i)
		}
		return a
	}
	scale := func(a Array) *Node { return &Node{Type: "Scale", Parameters: Values{"scale": a}} }
	for name, change := range map[string]func(*Graph){
		"scale of frames": func(g *Graph) {
			a := numbers(2*8*6, func(i int) float32 { return 0.5 + float32(i/48) })
			insert(g, "more", scale(a), "input", "0")
		},
		"scale behind a convolution": func(g *Graph) {
			a := numbers(5*8*6, func(i int) float32 { return 0.75 + float32(i/48)/4 })
			insert(g, "more", scale(a), "0", "1")
		},
		"scale of features": func(g *Graph) {
			a := numbers(60, func(i int) float32 { return 0.5 + float32(i%7)/8 })
			insert(g, "more", scale(a), "3", "4")
		},
		"one scale, behind the classifier": func(g *Graph) {
			insert(g, "more", scale(reals(nil, []float32{0.75})), "6", behind(g, "6"))
		},
		"threshold": func(g *Graph) {
			g.Nodes["5"] = &Node{Type: "Threshold", Parameters: Values{
				"threshold": numbers(7, func(int) float32 { return 0.3 })}}
		},
		"a leak to elsewhere": func(g *Graph) {
			g.Nodes["1"].Parameters["v_leak"] = reals(nil, []float32{0.4})
			g.Nodes["5"].Parameters["v_leak"] = reals(nil, []float32{-0.3})
		},
		"no delay": func(g *Graph) {
			insert(g, "more", &Node{Type: "Delay",
				Parameters: Values{"delay": reals(nil, []float32{0})}}, "4", "5")
		},
		"a graph in the graph": func(g *Graph) {
			inner := &Graph{Nodes: map[string]*Node{
				"in": {Type: "Input"}, "a": g.Nodes["4"], "b": g.Nodes["5"],
				"out": {Type: "Output"},
			}, Edges: [][2]string{{"in", "a"}, {"a", "b"}, {"b", "out"}}}
			next := behind(g, "5")
			delete(g.Nodes, "5")
			g.Nodes["4"] = &Node{Type: graphType, Graph: inner}
			g.Edges = slices.DeleteFunc(g.Edges, func(e [2]string) bool {
				return e[1] == "5" ||
					e[0] == "5"
			})
			g.Edges = append(g.Edges, [2]string{"4", next})
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, "snntorch.nir")
			g, err := read(o.data)
			if err != nil {
				t.Fatal(err)
			}
			change(g)
			cfg := snn.Default()
			cfg.T = o.shape[:1]
			net := imported(t, g, cfg)
			c := golden.Case{Shape: slices.Insert(slices.Clone(o.shape), 1, 1), Frames: o.frames,
				Logits: o.answer}
			if g.Nodes["4"].Graph == nil {
				c.Logits = interpret(t, &c, g)
			}
			if slices.Max(c.Logits) == 0 {
				t.Error("nothing fires")
			}
			c.Compare(t, "imported", net.Forward(c.ChannelsLast(), 1, false).Logits)
		})
	}
}

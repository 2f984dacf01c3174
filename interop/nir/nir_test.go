package nir

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"ssnn/interop/internal/golden"
	"ssnn/snn"
)

// interpret runs a graph, or its stages and what is between them, and returns the mean of the
// outputs over time.
func interpret(t *testing.T, g *golden.Case, graph *Graph) (logits []float32) {
	dt := DefaultTimestep
	if said := graph.Metadata["dt"].Floats; said != nil {
		dt = float64(said[0])
	}
	T, B, size := g.Shape[0], g.Shape[1], product(g.Shape[2:])
	for b := range B {
		var x []image
		for t := range T {
			f := newImage(g.Shape[2:]...)
			for i := range f.v {
				f.v[i] = float64(g.Frames[(t*B+b)*size+i])
			}
			x = append(x, f)
		}
		if graph.Nodes[stageName(0)] == nil {
			x = run(t, graph, dt, x)
		} else {
			for i := range len(graph.Nodes) - 2 {
				stage := graph.Nodes[stageName(i)].Graph
				if i > 0 {
					x = between(t, graph.Nodes[stageName(i-1)].Graph.Metadata, x,
						int(stage.Metadata["timesteps"].Ints[0]))
				}
				x = run(t, stage, dt, x)
			}
		}
		mean := make([]float64, len(x[0].v))
		for _, y := range x {
			for i, v := range y.v {
				mean[i] += v / float64(len(x))
			}
		}
		for _, v := range mean {
			logits = append(logits, float32(v))
		}
	}
	return logits
}

func read(data []byte) (*Graph, error) { return Read(bytes.NewReader(data), int64(len(data))) }

// written is the graph of a network that went through the bytes of a file.
func written(t *testing.T, net *snn.Network) *Graph {
	g, _, err := New(net, map[string]string{"recipe": "a text"}, DefaultTimestep)
	if err != nil {
		t.Fatal(err)
	}
	data, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if g, err = read(data); err != nil {
		t.Fatal(err)
	}
	return g
}

// imported is the network of a graph.
func imported(t *testing.T, g *Graph, cfg snn.Config) *snn.Network {
	n, err := NewNetwork(g, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Configure(&cfg); err != nil {
		t.Fatal(err)
	}
	net, err := snn.New(cfg, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	if err := n.Load(net); err != nil {
		t.Fatal(err)
	}
	return net
}

// kinds are those of the network's items.
func kindsOf(g *golden.Case) map[string]bool {
	all := map[string]bool{}
	for _, items := range g.Net.Config().Stages {
		for _, it := range items {
			all[it.Kind] = true
		}
	}
	return all
}

// The graphs say what PyTorch says, of every golden case that NIR has words for, and what our
// network says where more neurons fire: run by the interpreter beside this file, and as a network
// that is made of them. The second time around the same numbers come out.
func TestGolden(t *testing.T) {
	exported, returned := 0, 0
	for _, g := range golden.Cases(t) {
		t.Run(g.Name, func(t *testing.T) {
			kinds, cfg := kindsOf(&g), g.Net.Config()
			if _, _, err := New(g.Net, nil, DefaultTimestep); err != nil {
				if !kinds["attention"] && !kinds["maxpool"] ||
					!strings.Contains(err.Error(), "for which NIR has no primitive") {

					t.Error(err)
				}
				return
			}
			exported++
			for _, fired := range []bool{false, true} {
				if fired {
					g.Fire()
				}
				graph := written(t, g.Net)
				g.Compare(t, "interpreter", interpret(t, &g, graph))
				returned++
				net := imported(t, graph, cfg)
				g.Compare(t, "imported", net.Forward(g.ChannelsLast(), g.Shape[1], false).Logits)
				again := written(t, net)
				if a, b := parameters(again), parameters(written(t,
					imported(t, again, cfg))); a != b {
					t.Errorf("after another round trip %.200s, before %.200s", b, a)
				}
			}
		})
	}
	if exported < 53 || returned != 2*exported {
		t.Errorf("%d cases went out and %d of two each came back, want 53 at least, and all",
			exported, returned)
	}
}

// Convolutions and pooling of other geometries go out and come back as they are.
func TestGeometries(t *testing.T) {
	for _, g := range golden.Geometries(t) {
		graph := written(t, g.Net)
		g.Compare(t, g.Name+", interpreter", interpret(t, &g, graph))
		net := imported(t, graph, g.Net.Config())
		g.Compare(t, g.Name+", imported", net.Forward(g.ChannelsLast(), g.Shape[1], false).Logits)
	}
}

// parameters are all numbers of a graph.
func parameters(g *Graph) string {
	s := ""
	for _, name := range slices.Sorted(maps.Keys(g.Nodes)) {
		n := g.Nodes[name]
		if n.Graph != nil {
			s += parameters(n.Graph)
			continue
		}
		s += fmt.Sprint(name, n.Type, n.Parameters)
	}
	return s
}

// Neurons whose dynamics Dynamics does not say are refused, as other neurons would be written.
func TestOtherNeuronsAreRefused(t *testing.T) {
	n := snn.Node{Op: snn.OpNeuron, Name: "lif", Dynamics: snn.Dynamics{Neuron: -1, Levels: 1}}
	_, err := new(export).layer(&n, value{}, value{})
	if err == nil || !strings.Contains(err.Error(), "more dynamics") {
		t.Errorf("error %v, want one that says that there are more dynamics", err)
	}
}

// The network for N-MNIST of NIR's paper answers as NIR's equations do, run by the interpreter, and
// as these do with neurons that lose their threshold, which is sinabs' way.
func TestPaper(t *testing.T) {
	data, err := os.ReadFile("../../testdata/interop/cnn_sinabs.nir")
	if err != nil {
		t.Fatal(err)
	}
	const T, size = 12, 2 * 34 * 34
	rng := rand.New(rand.NewPCG(7, 2))
	var frames []image
	last := make([]float32, T*size) // channels last
	for step := range T {
		f := newImage(2, 34, 34)
		for i := range f.v {
			if rng.IntN(10) == 0 {
				f.v[i] = float64(1 + rng.IntN(3))
			}
			last[step*size+i%(34*34)*2+i/(34*34)] = float32(f.v[i])
		}
		frames = append(frames, f)
	}
	for _, reset := range []string{"hard", "soft"} {
		g, err := read(data)
		if err != nil {
			t.Fatal(err)
		}
		if reset == "soft" {
			g.eachNeuron(func(n named) { n.Metadata["reset"] = text(reset) })
		}
		cfg := snn.Default()
		cfg.T = []int{T}
		got := imported(t, g, cfg).Forward(last, 1, false).Logits
		want := make([]float64, len(got))
		for _, y := range run(t, g, 1, frames) {
			for i, v := range y.v {
				want[i] += v / T
			}
		}
		spikes := 0.0
		for i, v := range got {
			if spikes += want[i]; math.Abs(float64(v)-want[i]) > 1e-5 {
				t.Errorf("reset %s: logit %d is %v, want %v", reset, i, v, want[i])
			}
		}
		if spikes == 0 {
			t.Errorf("reset %s: nothing fires", reset)
		}
	}
}

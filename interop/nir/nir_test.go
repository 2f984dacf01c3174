package nir

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/safetensors"
	"ssnn/snn"
)

// golden is a case of testdata/golden: a network, frames [T][B][C][H][W] and what PyTorch says of them.
type golden struct {
	name   string
	net    *snn.Network
	shape  []int
	frames []float32
	logits []float32
}

func goldens(t *testing.T) (all []golden) {
	files, err := filepath.Glob("../../testdata/golden/*.safetensors")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d golden cases (%v), want 40 at least", len(files), err)
	}
	for _, path := range files {
		f, err := safetensors.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := snn.ParseConfig(f.Metadata["config"])
		if err != nil {
			t.Fatal(err)
		}
		cfg.Momentum = 1 // for the sake of fire
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(net.Close)
		load := func(prefix string, all []*snn.Parameter) {
			for _, p := range all {
				if err := snn.ImportTensor(f, prefix+p.Name, p, p.Value); err != nil {
					t.Fatal(err)
				}
			}
		}
		load("param/", net.Parameters())
		load("buffer/", net.Statistics())
		g := golden{name: strings.TrimSuffix(filepath.Base(path), ".safetensors"), net: net}
		x, _ := f.Get("input/0")
		y, _ := f.Get("eval/logits")
		g.shape = x.Shape
		if g.frames, err = x.Float32s(); err != nil {
			t.Fatal(err)
		}
		if g.logits, err = y.Float32s(); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// channelsLast are the frames as a network takes them.
func (g *golden) channelsLast() []float32 {
	images, C, pixels := g.shape[0]*g.shape[1], g.shape[2], g.shape[3]*g.shape[4]
	last := make([]float32, len(g.frames))
	for n := range images {
		for c := range C {
			for p := range pixels {
				last[(n*pixels+p)*C+c] = g.frames[(n*C+c)*pixels+p]
			}
		}
	}
	return last
}

// fire gives the norms the statistics of the frames, with which more neurons fire than as the case is, and the logits that our network then has.
func (g *golden) fire() {
	x := g.channelsLast()
	g.net.Forward(x, g.shape[1], true)
	g.logits = slices.Clone(g.net.Forward(x, g.shape[1], false).Logits)
}

// tolerance is that of testdata/golden/README.md: the cases' membranes keep away from the threshold by more than what the order of additions changes.
const tolerance = 5e-6

// compare wants the logits.
func (g *golden) compare(t *testing.T, what string, got []float32) {
	t.Helper()
	if len(got) != len(g.logits) {
		t.Fatalf("%s: %d logits, want %d", what, len(got), len(g.logits))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - g.logits[i])); !(d <= tolerance) {
			t.Fatalf("%s: logit %d: got %v, want %v", what, i, got[i], g.logits[i])
		}
	}
}

// interpret runs a graph, or its stages and what is between them, and returns the mean of the outputs over time.
func (g *golden) interpret(t *testing.T, graph *Graph) (logits []float32) {
	dt := float64(graph.Metadata["dt"].Floats[0])
	T, B, size := g.shape[0], g.shape[1], product(g.shape[2:])
	for b := range B {
		var x []image
		for t := range T {
			f := newImage(g.shape[2:]...)
			for i := range f.v {
				f.v[i] = float64(g.frames[(t*B+b)*size+i])
			}
			x = append(x, f)
		}
		if graph.Nodes[stageName(0)] == nil {
			x = run(t, graph, dt, x)
		} else {
			for i := range len(graph.Nodes) - 2 {
				stage := graph.Nodes[stageName(i)].Graph
				if i > 0 {
					x = between(t, graph.Nodes[stageName(i-1)].Graph.Metadata, x, int(stage.Metadata["timesteps"].Ints[0]))
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
func (g *golden) kinds() map[string]bool {
	all := map[string]bool{}
	for _, items := range g.net.Config().Stages {
		for _, it := range items {
			all[it.Kind] = true
		}
	}
	return all
}

// The graphs say what PyTorch says, of every golden case that NIR has words for, and what our network says where more neurons fire: run by the interpreter beside this file,
// and as a network that is made of them. The second time around the same numbers come out.
func TestGolden(t *testing.T) {
	exported, chains := 0, 0
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			kinds, cfg := g.kinds(), g.net.Config()
			if _, _, err := New(g.net, nil, DefaultTimestep); err != nil {
				if !kinds["attention"] && !kinds["maxpool"] || !strings.Contains(err.Error(), "for which NIR has no primitive") {
					t.Error(err)
				}
				return
			}
			exported++
			branches := cfg.Neuron == snn.MultiLevel
			for _, kind := range []string{"block", "sew", "ms", "position", "mlp"} {
				branches = branches || kinds[kind]
			}
			for _, fired := range []bool{false, true} {
				if fired {
					g.fire()
				}
				graph := written(t, g.net)
				g.compare(t, "interpreter", g.interpret(t, graph))
				if branches {
					if _, err := NewNetwork(graph, 0); err == nil || !strings.Contains(err.Error(), "networks are read that are a chain") {
						t.Errorf("error %v, want that it is no chain", err)
					}
					continue
				}
				chains++
				net := imported(t, graph, cfg)
				g.compare(t, "imported", net.Forward(g.channelsLast(), g.shape[1], false).Logits)
				again := written(t, net)
				if a, b := parameters(again), parameters(written(t, imported(t, again, cfg))); a != b {
					t.Errorf("after another round trip %.200s, before %.200s", b, a)
				}
			}
		})
	}
	if exported < 53 || chains < 2*36 {
		t.Errorf("%d cases went out and %d came back, want 53, and 36 both ways, at least", exported, chains)
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

package snn

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
)

var configsFile = flag.String("configs", "",
	"write the configurations that bench/pytorch/modules.py takes to this file, and test nothing")

// module is a module of the PyTorch reference, or a node, said alike.
type module struct {
	Name       string    `json:"name"`
	Op         string    `json:"op"`
	X          [3]int    `json:"x"`
	Y          [3]int    `json:"y"`
	Kernel     Pair      `json:"kernel"`
	Stride     Pair      `json:"stride"`
	Padding    Pair      `json:"padding"`
	Dilation   Pair      `json:"dilation"`
	Groups     int       `json:"groups"`
	Bias       bool      `json:"bias"`
	Heads      int       `json:"heads"`
	Pooling    string    `json:"pooling"`
	Thresholds []float32 `json:"thresholds"`
	Tau        float64   `json:"tau"`
	Learned    bool      `json:"learned"`
}

// said is a node as the reference says its module.
func (n Node) said() module {
	m := module{Name: n.Name, Op: n.Op.String(), Bias: n.Bias, Heads: n.Heads}
	m.X = [3]int{n.From.Channels, n.From.Height, n.From.Width}
	m.Y = [3]int{n.Out.Channels, n.Out.Height, n.Out.Width}
	switch n.Op {
	case OpConvolution:
		m.Kernel, m.Stride, m.Padding, m.Dilation = n.Kernel, n.Stride, n.Padding, n.Dilation
		m.Groups = n.Groups
	case OpPool:
		m.Kernel, m.Stride, m.Padding = n.Kernel, n.Stride, n.Padding
		m.Pooling = [...]string{PoolMean: "mean", PoolMax: "max", PoolSum: "sum"}[n.Pooling]
	case OpNeuron:
		m.Thresholds, m.Tau = n.Dynamics.Thresholds(), n.Dynamics.Share()
		m.Learned = n.Dynamics.Neuron == Parametric
	case OpLinear: // of features
		m.X = [3]int{n.From.Size(), 1, 1}
	}
	return m
}

// referenceConfigs are networks of all items and of the models by name.
func referenceConfigs(t *testing.T) map[string]Config {
	all := map[string]Config{}
	for _, name := range ModelNames() {
		c, err := Model(name, 0.125, []int{3, 2})
		if err != nil {
			t.Fatal(err)
		}
		all[name] = c
	}
	items := func(name string, change func(*Config), T []int, stages ...string) {
		c := Default()
		c.Height, c.Width, c.Classes, c.T = 13, 11, 3, T
		for _, text := range stages {
			var stage []Item
			if err := json.Unmarshal([]byte(text), &stage); err != nil {
				t.Fatal(err)
			}
			c.Stages = append(c.Stages, stage)
		}
		if change != nil {
			change(&c)
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = c
	}
	items("convolutions", func(c *Config) { c.ConvBias, c.FCBias = true, false }, []int{2},
		`[["conv",8,5],["conv",6,"5x3","1x2"],["current",9,3,1,0,2,3],["lif"],["conv",4,2,2,1]]`)
	items("depthwise", nil, []int{2}, `[["conv",6],["depthwise"],["depthwise",5,2,1],["conv",7,1]]`)
	items("pooling", nil, []int{2},
		`[["maxpool",3,2,1],["conv",5],["avgpool",2,1],["sumpool","3x2",2,"1x0"],
		["linear",9],["lif"]]`)
	items("residual", func(c *Config) { c.Neuron, c.Levels = MultiLevel, 2 }, []int{3, 2},
		`[["conv",4],["block",6,2],["sew",6,1]]`,
		`[["current",8],["ms",8,1],["ms",10,2],["lif"],["globalpool"]]`)
	items("attention", func(c *Config) { c.Neuron = Parametric }, []int{2, 2},
		`[["conv",8],["maxpool",3,2,1],["position"]]`, `[["attention",2],["mlp",3],["globalpool"]]`)
	items("fold", func(c *Config) { c.Transition = Fold }, []int{4, 2, 2},
		`[["conv",4]]`, `[["conv",5],["avgpool",2]]`, `[["conv",6]]`)
	items("merge", func(c *Config) { c.Transition, c.Leak = Merge, PerWindow }, []int{4, 2},
		`[["conv",4]]`, `[["conv",5]]`)
	items("identity", func(c *Config) { c.Transition = Identity }, []int{2, 2},
		`[["conv",4]]`, `[["conv",5]]`)
	return all
}

// The nodes of a network are the modules of the PyTorch reference, as testdata/reference.json says
// them: their names, what they do, and the shapes of what they get and make.
func TestNodesAreTheReferences(t *testing.T) {
	configs := referenceConfigs(t)
	if *configsFile != "" {
		text, err := json.Marshal(configs)
		if err == nil {
			err = os.WriteFile(*configsFile, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Skip("wrote the configurations to ", *configsFile)
	}
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference map[string]struct {
		Config  json.RawMessage
		Modules []module
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	if got, want := len(reference), len(configs); got != want {
		t.Errorf("the reference has %d networks, want %d: run bench/pytorch/modules.py", got, want)
	}
	for _, name := range slices.Sorted(maps.Keys(configs)) {
		c := configs[name]
		theirs, err := ParseConfig(string(reference[name].Config))
		if err != nil || fmt.Sprintf("%+v", theirs) != fmt.Sprintf("%+v", c) {
			t.Errorf("%s: another network than the reference's (%v): run bench/pytorch/modules.py",
				name, err)
			continue
		}
		modules := map[string]module{}
		for _, m := range reference[name].Modules {
			modules[m.Name] = m
		}
		for _, n := range c.Nodes() {
			want, ok := modules[n.Name]
			if got := n.said(); !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: node %+v, want as in the reference %+v", name, got, want)
			}
			delete(modules, n.Name)
		}
		for _, m := range modules {
			t.Errorf("%s: the reference has %s %s, which no node is", name, m.Op, m.Name)
		}
	}
}

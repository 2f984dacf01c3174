package onnx

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/interop/internal/golden"
	"ssnn/snn"
)

// The interpreter beside this file runs the graphs: they give PyTorch's logits for every golden
// case, and those of our network where more neurons fire.
func TestGolden(t *testing.T) {
	for _, g := range golden.Cases(t) {
		t.Run(g.Name, func(t *testing.T) {
			data, err := Encode(g.Net, nil)
			if err != nil {
				t.Fatal(err)
			}
			g.Compare(t, "interpreter", interpret(t, data, g.Shape, g.Frames))
			g.Fire()
			if data, err = Encode(g.Net, nil); err != nil {
				t.Fatal(err)
			}
			g.Compare(t, "interpreter", interpret(t, data, g.Shape, g.Frames))
		})
	}
}

// A network that was trained for several plans goes out with the one that it has.
func TestPlans(t *testing.T) {
	cfg := snn.Default()
	cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.TTBias, cfg.Momentum = 1, 4, 4,
		3, []int{3, 2}, true, 1
	cfg.Stages = [][]snn.Item{{snn.Conv(5)}, {snn.Conv(7)}}
	cfg.Plans = [][]int{{5, 4}, {3, 2}}
	for _, cfg.Transition = range []snn.Transition{snn.Softmax, snn.Causal} {
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		g := golden.Case{Net: net, Shape: []int{3, 2, 1, 4, 4}}
		for i := range 3 * 2 * 16 {
			g.Frames = append(g.Frames, float32(i*i%5))
		}
		g.Fire()
		data, err := Encode(net, nil)
		if err != nil {
			t.Fatal(err)
		}
		g.Compare(t, "interpreter", interpret(t, data, g.Shape, g.Frames))
	}
}

// ordered are networks whose transitions keep the order of time, with parameters that are drawn.
func ordered(t *testing.T) (all []golden.Case) {
	for name, c := range map[string]struct {
		kind snn.Transition
		T    []int
	}{
		"merge": {snn.Merge, []int{4, 2}}, "merge thirds": {snn.Merge, []int{5, 3}},
		"fold":          {snn.Fold, []int{6, 2}},
		"weighted fold": {snn.WeightedFold, []int{6, 2}}, "windowed": {snn.Windowed, []int{6, 3}},
	} {
		cfg := snn.Default()
		cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes = 2, 6, 6, 3
		cfg.T, cfg.Transition, cfg.Leak, cfg.Momentum = c.T, c.kind, snn.PerWindow, 1
		cfg.Stages = [][]snn.Item{{snn.Conv(5), snn.AvgPool(2)}, {snn.Conv(7)}}
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(net.Close)
		for _, p := range net.Parameters() {
			for i := range p.Value {
				if strings.HasPrefix(p.Name, "tt.") {
					p.Value[i] += float32(i%3) - 1
				}
			}
		}
		g := golden.Case{Name: name, Net: net, Shape: []int{c.T[0], 2, 2, 6, 6}}
		for i := range c.T[0] * 2 * 2 * 36 {
			g.Frames = append(g.Frames, float32(i*i%5))
		}
		g.Fire()
		all = append(all, g)
	}
	return all
}

// Transitions that keep the order of time, and leaks of a window, are written as they are.
func TestOrderKept(t *testing.T) {
	for _, g := range ordered(t) {
		data, err := Encode(g.Net, nil)
		if err != nil {
			t.Fatal(err)
		}
		g.Compare(t, g.Name, interpret(t, data, g.Shape, g.Frames))
	}
}

// Convolutions and pooling of other geometries are written as they are.
func TestGeometries(t *testing.T) {
	for _, g := range golden.Geometries(t) {
		data, err := Encode(g.Net, nil)
		if err != nil {
			t.Fatal(err)
		}
		g.Compare(t, g.Name, interpret(t, data, g.Shape, g.Frames))
	}
}

// Neurons with synaptic currents, and those of layers that differ, are written as they are.
func TestLayers(t *testing.T) {
	cfg := snn.Default()
	cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.Momentum = 6, 6, 3, []int{5}, 1
	cfg.Stages = [][]snn.Item{{snn.Conv(5), snn.AvgPool(2), snn.Conv(7)}}
	cfg.Synapse, cfg.Reset, cfg.ResetAmount = 0.5, snn.Soft, 0.75
	own := cfg.LIF
	own.Tau, own.Threshold, own.Synapse = 0.9, 0.6, 0
	l, _ := snn.NeuronsOf("stages.0.2.lif", own, cfg.LIF)
	cfg.Layers = []snn.LayerNeurons{l}
	for _, cfg.Neuron = range []snn.Neuron{snn.Plain, snn.Parametric, snn.MultiLevel} {
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		g := golden.Case{Net: net, Shape: []int{5, 2, 2, 6, 6}}
		for i := range 5 * 2 * 2 * 36 {
			g.Frames = append(g.Frames, float32(i*i%7/3))
		}
		g.Fire()
		data, err := Encode(net, nil)
		if err != nil {
			t.Fatal(err)
		}
		g.Compare(t, fmt.Sprint("neuron ", cfg.Neuron), interpret(t, data, g.Shape, g.Frames))
		net.Close()
	}
}

// If SSNN_ONNXRUNTIME names a folder in which npm has installed onnxruntime-node, that runtime
// gives PyTorch's logits for every golden case. Without it only TestGolden runs them.
func TestRuntime(t *testing.T) {
	dir := os.Getenv("SSNN_ONNXRUNTIME")
	if dir == "" {
		t.Skip("SSNN_ONNXRUNTIME is not set")
	}
	fired := golden.Cases(t)
	for i := range fired {
		fired[i].Fire()
	}
	cases := slices.Concat(golden.Cases(t), fired, ordered(t), golden.Geometries(t))
	tmp := t.TempDir()
	type job struct {
		Model  string `json:"model"`
		Input  string `json:"input"`
		Shape  []int  `json:"shape"`
		Output string `json:"output"`
	}
	var jobs []job
	for i := range cases {
		g := cases[i]
		file := func(kind string) string { return filepath.Join(tmp, fmt.Sprint(i, ".", kind)) }
		data, err := Encode(g.Net, nil)
		if err != nil {
			t.Fatal(err)
		}
		j := job{file("onnx"), file("in"), g.Shape, file("out")}
		for path, data := range map[string][]byte{j.Model: data, j.Input: floats(g.Frames)} {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		jobs = append(jobs, j)
	}
	list, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(tmp, "cases.json")
	if err := os.WriteFile(path, list, 0o644); err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "../../bench/onnx/run.js", path)
	node.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(dir, "node_modules"))
	if out, err := node.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, g := range cases {
		t.Run(g.Name, func(t *testing.T) {
			data, err := os.ReadFile(jobs[i].Output)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, len(data)/4)
			for i := range got {
				got[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
			}
			g.Compare(t, "onnxruntime", got)
		})
	}
}

// Neurons whose dynamics Dynamics does not say are refused, as other neurons would be written.
func TestOtherNeuronsAreRefused(t *testing.T) {
	n := snn.Node{Op: snn.OpNeuron, Name: "lif", Dynamics: snn.Dynamics{Neuron: -1, Levels: 1}}
	_, err := new(graph).layer(&n, value{}, value{}, 0)
	if err == nil || !strings.Contains(err.Error(), "more dynamics") {
		t.Errorf("error %v, want one that says that there are more dynamics", err)
	}
}

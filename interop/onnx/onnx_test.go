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

// fire gives the norms the statistics of the frames, with which more neurons fire than as the case is, and the logits that our network then
// has.
func (g *golden) fire() {
	T, B, C, pixels := g.shape[0], g.shape[1], g.shape[2], g.shape[3]*g.shape[4]
	last := make([]float32, len(g.frames))
	for n := range T * B {
		for c := range C {
			for p := range pixels {
				last[(n*pixels+p)*C+c] = g.frames[(n*C+c)*pixels+p]
			}
		}
	}
	g.net.Forward(last, B, true)
	g.logits = slices.Clone(g.net.Forward(last, B, false).Logits)
}

// compare wants the logits, within the tolerance of testdata/golden/README.md.
func (g golden) compare(t *testing.T, got []float32) {
	if len(got) != len(g.logits) {
		t.Fatalf("%d logits, want %d", len(got), len(g.logits))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - g.logits[i])); !(d <= 5e-6) {
			t.Fatalf("logit %d: got %v, want %v", i, got[i], g.logits[i])
		}
	}
}

// The graphs say what PyTorch says, of every golden case, and what our network says where more neurons fire: run by the interpreter beside this
// file.
func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			data, err := Encode(g.net, nil)
			if err != nil {
				t.Fatal(err)
			}
			g.compare(t, interpret(t, data, g.shape, g.frames))
			g.fire()
			if data, err = Encode(g.net, nil); err != nil {
				t.Fatal(err)
			}
			g.compare(t, interpret(t, data, g.shape, g.frames))
		})
	}
}

// A network that was trained for several plans goes out with the one that it has.
func TestPlans(t *testing.T) {
	cfg := snn.Default()
	cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.TTBias, cfg.Momentum = 1, 4, 4, 3, []int{3, 2}, true, 1
	cfg.Stages = [][]snn.Item{{snn.Conv(5)}, {snn.Conv(7)}}
	cfg.Plans = [][]int{{5, 4}, {3, 2}}
	for _, cfg.Transition = range []snn.Transition{snn.Softmax, snn.Causal} {
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		g := golden{net: net, shape: []int{3, 2, 1, 4, 4}}
		for i := range 3 * 2 * 16 {
			g.frames = append(g.frames, float32(i*i%5))
		}
		g.fire()
		data, err := Encode(net, nil)
		if err != nil {
			t.Fatal(err)
		}
		g.compare(t, interpret(t, data, g.shape, g.frames))
	}
}

// With SSNN_ONNXRUNTIME, a folder in which npm has installed onnxruntime-node, that runtime says what PyTorch says, of every golden case.
// Without it TestGolden alone runs them.
func TestRuntime(t *testing.T) {
	dir := os.Getenv("SSNN_ONNXRUNTIME")
	if dir == "" {
		t.Skip("SSNN_ONNXRUNTIME is not set")
	}
	cases := append(goldens(t), goldens(t)...)
	tmp := t.TempDir()
	type job struct {
		Model  string `json:"model"`
		Input  string `json:"input"`
		Shape  []int  `json:"shape"`
		Output string `json:"output"`
	}
	var jobs []job
	for i := range cases {
		if i >= len(cases)/2 {
			cases[i].fire()
		}
		g := cases[i]
		file := func(kind string) string { return filepath.Join(tmp, fmt.Sprint(i, ".", kind)) }
		data, err := Encode(g.net, nil)
		if err != nil {
			t.Fatal(err)
		}
		j := job{file("onnx"), file("in"), g.shape, file("out")}
		for path, data := range map[string][]byte{j.Model: data, j.Input: floats(g.frames)} {
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
		t.Run(g.name, func(t *testing.T) {
			data, err := os.ReadFile(jobs[i].Output)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, len(data)/4)
			for i := range got {
				got[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
			}
			g.compare(t, got)
		})
	}
}

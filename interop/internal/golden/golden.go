// Package golden gives the tests of interop the cases of testdata/golden to translate.
package golden

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/safetensors"
	"ssnn/snn"
)

// Case is a case of testdata/golden: a network, frames of shape [T][B][C][H][W] and the logits [B][classes] that PyTorch says of them.
type Case struct {
	Name   string
	Net    *snn.Network
	Shape  []int
	Frames []float32
	Logits []float32
}

// Cases are all there are, for the tests of a package in interop. They end with the test.
func Cases(t *testing.T) (all []Case) {
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
		g := Case{Name: strings.TrimSuffix(filepath.Base(path), ".safetensors"), Net: net}
		x, _ := f.Get("input/0")
		y, _ := f.Get("eval/logits")
		g.Shape = x.Shape
		if g.Frames, err = x.Float32s(); err != nil {
			t.Fatal(err)
		}
		if g.Logits, err = y.Float32s(); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// ChannelsLast are the frames as a network takes them.
func (g *Case) ChannelsLast() []float32 {
	images, C, pixels := g.Shape[0]*g.Shape[1], g.Shape[2], g.Shape[3]*g.Shape[4]
	last := make([]float32, len(g.Frames))
	for n := range images {
		for c := range C {
			for p := range pixels {
				last[(n*pixels+p)*C+c] = g.Frames[(n*C+c)*pixels+p]
			}
		}
	}
	return last
}

// Fire gives the norms the statistics of the frames, with which more neurons fire than as the case is, and the logits that our network then has.
func (g *Case) Fire() {
	x := g.ChannelsLast()
	g.Net.Forward(x, g.Shape[1], true)
	g.Logits = slices.Clone(g.Net.Forward(x, g.Shape[1], false).Logits)
}

// tolerance is that of testdata/golden/README.md: the cases' membranes keep away from the threshold by more than what the order of additions changes.
const tolerance = 5e-6

// Compare wants the logits; what says whose they are.
func (g *Case) Compare(t *testing.T, what string, got []float32) {
	t.Helper()
	if len(got) != len(g.Logits) {
		t.Fatalf("%s: %d logits, want %d", what, len(got), len(g.Logits))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - g.Logits[i])); !(d <= tolerance) {
			t.Fatalf("%s: logit %d: got %v, want %v", what, i, got[i], g.Logits[i])
		}
	}
}

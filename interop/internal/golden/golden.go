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

// Case is a case of testdata/golden: a network, frames of shape [T][B][C][H][W], and the logits
// [B][classes] that PyTorch computes from them.
type Case struct {
	Name   string
	Net    *snn.Network
	Shape  []int
	Frames []float32
	Logits []float32
}

// Cases returns all cases, for the tests of a package in interop. Their networks are closed at the
// end of the test.
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

// Geometries returns networks of convolutions and pooling of many geometries, with parameters drawn
// at random. Their logits are those that package snn computes.
func Geometries(t *testing.T) (all []Case) {
	wide := snn.Geometry{Kernel: snn.Pair{3, 5}, Stride: snn.Pair{1, 2}, Padding: snn.Pair{0, 1},
		Dilation: snn.Pair{2, 1}, Groups: 2}
	for name, items := range map[string][]snn.Item{
		"LeNet": {snn.ConvOf(6, snn.Windows(5, 1, 0)), snn.AvgPool(2),
			snn.ConvOf(8, snn.Windows(4, 1, 0))},
		"stem": {snn.ConvOf(6, snn.Windows(7, 2, 3)), snn.MaxPool(2),
			snn.ConvOf(7, snn.Windows(2, 2, 0))},
		"mobile": {snn.ConvOf(8, snn.Windows(3, 2, 1)), snn.Depthwise(snn.Windows(3, 1, 1)),
			snn.ConvOf(12, snn.Windows(1, 1, 0))},
		"groups": {snn.Conv(4), snn.ConvOf(6, wide), snn.PoolOf(snn.PoolSum, snn.Windows(2, 2, 0)),
			snn.Conv(5)},
		"overlaps":   {snn.Conv(4), snn.PoolOf(snn.PoolMean, snn.Windows(3, 2, 1)), snn.Conv(5)},
		"perceptron": {snn.FullyConnected(12), snn.Neurons()},
	} {
		cfg := snn.Default()
		cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.Momentum = 2, 13, 15, 3,
			[]int{4}, 1
		cfg.Stages, cfg.Threshold = [][]snn.Item{items}, 0.8
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(net.Close)
		g := Case{Name: name, Net: net, Shape: []int{4, 2, 2, 13, 15}}
		for i := range 4 * 2 * 2 * 13 * 15 {
			g.Frames = append(g.Frames, float32(i*i%11/8))
		}
		g.Fire()
		all = append(all, g)
	}
	return all
}

// ChannelsLast returns the frames as [T][B][H][W][C], the order that a network takes.
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

// Fire sets the statistics of the norms to those of the frames, so that more neurons fire, and sets
// the logits to those that the network then computes.
func (g *Case) Fire() {
	x := g.ChannelsLast()
	g.Net.Forward(x, g.Shape[1], true)
	g.Logits = slices.Clone(g.Net.Forward(x, g.Shape[1], false).Logits)
}

// tolerance is the largest difference of logits that testdata/golden/README.md allows. In the cases
// the membranes keep farther from the threshold than another order of additions would move them.
const tolerance = 5e-6

// Compare fails the test unless got are the logits of the case. what names their source in errors.
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

package nir

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ssnn/snn"
)

// FuzzRead: no file makes the reader panic or hang, a graph that is read is the same when it is
// written and read again, and what becomes a network becomes a graph.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"snntorch.nir", "pools.nir"} {
		f.Add(open(f, name).data)
	}
	cfg := snn.Default()
	cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, cfg.T = 1, 4, 4, 2, []int{3, 2}
	cfg.Stages = [][]snn.Item{{snn.Conv(2), snn.MaxPool(2)}, {snn.FullyConnected(2), snn.Neurons()}}
	net, err := snn.New(cfg, 1, 1)
	if err != nil {
		f.Fatal(err)
	}
	defer net.Close()
	g, _, err := New(net, map[string]string{"recipe": ""}, DefaultTimestep)
	if err != nil {
		f.Fatal(err)
	}
	data, err := g.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := read(data)
		if err != nil {
			return
		}
		if again, err := g.Encode(); err == nil {
			same, err := read(again)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := parameters(g), parameters(same); a != b {
				t.Errorf("%.200s was written and read as %.200s", a, b)
			}
		}
		n, err := NewNetwork(g, 0)
		if err != nil {
			return
		}
		cfg := snn.Default()
		cfg.T = []int{1}
		if err := n.Configure(&cfg); err != nil || cfg.Validate() != nil {
			return
		}
		size := 1
		for _, l := range n.layers {
			size += len(l.weight)
		}
		if size > 1<<16 || cfg.InChannels*cfg.Height*cfg.Width > 1<<12 {
			return
		}
		net, err := snn.New(cfg, 0, 1)
		if err != nil {
			t.Fatalf("%v: %v", cfg, err)
		}
		defer net.Close()
		if n.Load(net) == nil {
			if _, _, err := New(net, nil, DefaultTimestep); err != nil {
				t.Error(err)
			}
		}
	})
}

// Graphs whose parameters are anything become networks or a line that says why not.
func TestAnything(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	numbers := []float32{0, 1, -1, 0.5, 1e-4, 1e-3, 1e30, -1e30, float32(math.NaN()),
		float32(math.Inf(1)), 1e-45}
	whole := []int64{0, 1, 2, 3, -1, 5, 60, 1 << 16, 1 << 40, math.MinInt64, math.MaxInt64}
	types := []string{"LIF", "IF", "Conv2d", "Linear", "Affine", "Flatten", "AvgPool2d",
		"SumPool2d", "Threshold", "Input", "Output", ""}
	array := func() (a Array) {
		for range rng.IntN(5) {
			a.Shape = append(a.Shape, rng.IntN(4))
		}
		for range product(a.Shape) {
			switch len(a.Shape) % 3 {
			case 0:
				a.Floats = append(a.Floats, numbers[rng.IntN(len(numbers))])
			case 1:
				a.Ints = append(a.Ints, whole[rng.IntN(len(whole))])
			default:
				a.Texts = append(a.Texts, "same")
			}
		}
		return a
	}
	made := 0
	for i := range 2000 {
		g, err := read(open(t, []string{"snntorch.nir", "pools.nir", "spikingjelly.nir"}[i%3]).data)
		if err != nil {
			t.Fatal(err)
		}
		names := slices.Sorted(maps.Keys(g.Nodes))
		for range 1 + rng.IntN(2) {
			n := g.Nodes[names[rng.IntN(len(names))]]
			keys := slices.Sorted(maps.Keys(n.Parameters))
			if len(keys) == 0 {
				continue
			}
			switch key := keys[rng.IntN(len(keys))]; rng.IntN(8) {
			case 0:
				n.Type = types[rng.IntN(len(types))]
			case 1:
				delete(n.Parameters, key)
			case 2:
				g.Edges[rng.IntN(len(g.Edges))][rng.IntN(2)] = names[rng.IntN(len(names))]
			case 3, 4: // the same shape
				a := n.Parameters[key]
				for i := range a.Floats {
					a.Floats[i] = numbers[(i/7+len(key))%len(numbers)]
				}
				if len(a.Ints) > 0 {
					a.Ints[rng.IntN(len(a.Ints))] = whole[rng.IntN(len(whole))]
				}
			default:
				n.Parameters[key] = array()
			}
		}
		n, err := NewNetwork(g, 0)
		cfg := snn.Default()
		cfg.T = []int{1}
		if err == nil {
			if err = n.Configure(&cfg); err == nil {
				err = cfg.Validate()
			}
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than a line: %v", err)
			}
			continue
		}
		net, err := snn.New(cfg, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Load(net); err != nil {
			t.Fatal(err)
		}
		net.Close()
		made++
	}
	if made < 50 {
		t.Errorf("%d networks", made)
	}
}

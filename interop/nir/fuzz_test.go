package nir

import (
	"testing"

	"ssnn/snn"
)

// FuzzRead: no file makes the reader panic or hang, a graph that is read is the same when it is written and read again, and what becomes a network becomes a graph.
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

package snn

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// What a network says it did is what one counts by going over all outputs and their taps.
func TestSynapses(t *testing.T) {
	cfg := Default()
	cfg.Height, cfg.Width, cfg.Classes = 7, 10, 3
	cfg.T = []int{3, 2}
	cfg.Stages = [][]Item{{Conv(5), Block(18, 2)}, {Conv(4), AvgPool(2), Conv(6)}}
	net, err := New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	const B = 2
	r := rand.New(rand.NewPCG(1, 2))
	frames := make([]float32, 3*B*7*10*2)
	for i := range frames {
		if r.IntN(3) == 0 {
			frames[i] = 1 + r.Float32()
		}
	}
	net.Forward(frames, B, true)
	all := net.Synapses()
	var names []string
	for _, s := range all {
		names = append(names, s.Layer)
	}
	if want := []string{"stages.0.0.conv", "stages.0.1.conv1", "stages.0.1.conv2", "stages.0.1.down_conv", "stages.1.0.conv", "stages.1.2.conv", "fc"}; !slices.Equal(names, want) {
		t.Fatalf("layers %v, want %v", names, want)
	}
	i := 0
	check := func(c *conv) {
		x, in, out := c.x.channelsFirst(), c.in, c.out
		images := c.x.T * c.x.B
		if c.x.scale != nil {
			images = c.x.B
		}
		features := c.weight.Shape[1]
		want := Synapses{Layer: names[i], Spikes: c.x.spikes != nil}
		for n := range images {
			for y := range out.h {
				for x0 := range out.w {
					for tap := range c.k * c.k {
						v, u := y*c.stride+tap/c.k-c.k/2, x0*c.stride+tap%c.k-c.k/2
						if v < 0 || v >= in.h || u < 0 || u >= in.w {
							continue
						}
						want.All += features * c.weight.Shape[0]
						for f := range in.c {
							if x[((n*in.c+f)*in.h+v)*in.w+u] != 0 {
								want.Active += c.weight.Shape[0]
							}
						}
					}
				}
			}
		}
		if all[i] != want {
			t.Errorf("%s: got %+v, want %+v", names[i], all[i], want)
		}
		if want.Active == 0 || want.Active >= want.All {
			t.Errorf("%s: %d of %d active, which tests little", names[i], want.Active, want.All)
		}
		i++
	}
	for _, s := range net.stages {
		for _, l := range s.layers {
			convolutions(l, check)
		}
	}
	check(net.fc.conv)
}

// A map of rates is the mean over the channels of the spikes.
func TestRateMap(t *testing.T) {
	cfg := Default()
	cfg.Height, cfg.Width, cfg.T = 6, 5, []int{3}
	cfg.Stages = [][]Item{{Conv(20)}}
	net, err := New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	frames := make([]float32, 3*2*6*5*2)
	for i := range frames {
		frames[i] = float32(i%7) / 2
	}
	net.Forward(frames, 2, true)
	s := net.Spiking()[0]
	got, spikes, pixels := s.RateMap(), s.Spikes(), 6*5
	for n := range 3 * 2 {
		for p := range pixels {
			want := float32(0)
			for c := range 20 {
				want += spikes[(n*20+c)*pixels+p] / 20
			}
			if d := got[n*pixels+p] - want; d > 1e-6 || d < -1e-6 {
				t.Fatalf("image %d, pixel %d: got %v, want %v", n, p, got[n*pixels+p], want)
			}
		}
	}
	if s.Rate() == 0 {
		t.Error("no spikes, which tests nothing")
	}
}

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
	if want := []string{"stages.0.0.conv", "stages.0.1.conv1", "stages.0.1.conv2",
		"stages.0.1.down_conv", "stages.1.0.conv", "stages.1.2.conv", "fc"}; !slices.Equal(
		names, want) {

		t.Fatalf("layers %v, want %v", names, want)
	}
	i := 0
	check := func(c *conv) {
		of, in, out := *c.x, c.in, c.out
		strengths := 1
		if of.scale != nil { // the image that the timesteps share
			strengths, of.scale, of.T = of.T, nil, 1
		}
		x, images := of.channelsFirst(), of.T*of.B
		features := c.weight.Shape[1]
		// The frames are no whole numbers.
		want := Synapses{Layer: names[i], Spikes: c.x.spikes != nil, Sums: i > 0,
			Strengths: strengths, Ternary: strengths == 1}
		for n := range images {
			for y := range out.h {
				for x0 := range out.w {
					for tap := range c.taps() {
						v := y*c.Stride[0] + tap/c.Kernel[1] - c.Padding[0]
						u := x0*c.Stride[1] + tap%c.Kernel[1] - c.Padding[1]
						if v < 0 || v >= in.h || u < 0 || u >= in.w {
							continue
						}
						want.All += features * c.weight.Shape[0]
						for f := range in.c {
							value := x[((n*in.c+f)*in.h+v)*in.w+u]
							if value != 0 && value != 1 && value != -1 {
								want.Ternary = false
							}
							if value != 0 {
								want.Active += c.weight.Shape[0]
							}
							if i > 0 {
								want.Sent += int(value/c.x.unit+0.5) * c.weight.Shape[0]
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

// An adding device adds a weight for each spike that a merged timestep is made of, and for each
// event of a frame.
func TestSentSpikes(t *testing.T) {
	ws := newWorkspace(1)
	defer ws.close()
	g := maker{rand.New(rand.NewPCG(3, 3))}
	in := shape{18, 4, 5}
	one := newConv(ws, "one", in, 7, Windows(3, 1, 1), false)
	two := newConv(ws, "two", in.folded(2), 7, Windows(3, 1, 1), false)
	x := g.spikes(in, 3, 2)
	step := len(x.spikes) / 3
	twice := *x // the timestep that two windows share
	twice.T, twice.spikes = 4, slices.Concat(x.spikes[:2*step], x.spikes[step:])
	one.forward(pass{}, newMerge(ws, "tt.0", 3, 2).forward(pass{}, x), nil)
	two.forward(pass{}, newFold(ws, "tt.0", 4, 2).forward(pass{}, &twice), nil)
	if got, want := one.withSums(), two.withSums(); !got.Sums || got.Sent != want.Active ||
		got.Spikes || got.Active >= want.Active {
		t.Errorf("merged %+v, want %d spikes, of which some are summed", got, want.Active)
	}
	frames := &activation{shape: shape{2, 1, 1}, T: 1, B: 1, stride: 2, reals: []float32{3, 1}}
	c := newConv(ws, "frames", frames.shape, 7, Windows(1, 1, 0), false)
	for value, sent := range map[float32]int{3: 4 * 7, 0.5: 0} {
		frames.reals[0] = value
		c.forward(pass{}, frames, nil)
		if s := c.withSums(); s.Sums != (sent > 0) || s.Sent != sent {
			t.Errorf("frames of %v and 1: %+v, want %d events", value, s, sent)
		}
	}
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

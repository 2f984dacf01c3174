package nir

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"ssnn/snn"
)

// A graph of IF with r = 1, as sinabs 3.1 wrote it of a convolution, an IAF and a fully connected
// layer with random weights, fires, and says what its equations say.
func TestUnitTimestep(t *testing.T) {
	data, err := os.ReadFile("testdata/sinabs_if_r1.nir")
	if err != nil {
		t.Fatal(err)
	}
	g, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	if g.SaysReset() {
		t.Error("it says how its neurons are reset, which sinabs does not write")
	}
	const T, side = 12, 34
	rng := rand.New(rand.NewPCG(1, 2))
	frames := make([]float32, T*side*side*2)
	for i := range frames {
		if rng.IntN(4) == 0 {
			frames[i] = float32(1 + rng.IntN(3))
		}
	}
	for _, reset := range []snn.Reset{snn.Hard, snn.Soft} {
		n, err := NewNetwork(g, 0)
		if err != nil {
			t.Fatal(err)
		}
		cfg := snn.Default()
		cfg.T = []int{T}
		if err := n.Configure(&cfg); err != nil {
			t.Fatal(err)
		}
		if want := float64(math.Nextafter32(1, 2)); cfg.Tau != 1 || cfg.Threshold != want ||
			cfg.DecayInput {

			t.Errorf("neurons %+v, want tau 1 and threshold %v", cfg.LIF, want)
		}
		cfg.LIF.Reset = reset
		net, err := snn.New(cfg, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Load(net); err != nil {
			t.Fatal(err)
		}
		got := net.Forward(frames, 1, false).Logits
		want, spikes := simulate(g, frames, T, side, reset == snn.Soft)
		if fired := net.Firing()[0].Spikes; fired != spikes || fired < 100 {
			t.Errorf("reset %v: %d spikes, want %d, and many", reset, fired, spikes)
		}
		for k := range want {
			if d := math.Abs(float64(got[k]) - want[k]); !(d <= 5e-6*max(1, math.Abs(want[k]))) {
				t.Errorf("reset %v: logits %v, want %v", reset, got, want)
			}
		}
		net.Close()
	}
}

// simulate runs the graph's three layers in float64 as its arrays stand in the file, a timestep
// after the other, and returns the mean of what the last says, and the number of spikes.
func simulate(g *Graph, frames []float32, T, side int, subtract bool) (
	logits []float64, spikes int64) {

	weight, threshold := g.Nodes["0"].Parameters["weight"].Floats,
		g.Nodes["1"].Parameters["v_threshold"].Floats
	out, bias := g.Nodes["3"].Parameters["weight"].Floats, g.Nodes["3"].Parameters["bias"].Floats
	pixels := side * side
	v := make([]float64, 2*pixels)
	logits = make([]float64, len(bias))
	for t := range T {
		for k, b := range bias {
			logits[k] += float64(b)
		}
		for c := range 2 {
			for y := range side {
				for x := range side {
					i := c*pixels + y*side + x
					for in := range 2 {
						for ky := range 3 {
							for kx := range 3 {
								yy, xx := y+ky-1, x+kx-1
								if yy >= 0 && yy < side && xx >= 0 && xx < side {
									v[i] += float64(weight[((c*2+in)*3+ky)*3+
										kx]) * float64(frames[(t*pixels+yy*side+xx)*2+in])
								}
							}
						}
					}
					if v[i] <= float64(threshold[i]) {
						continue
					}
					spikes++
					for k := range logits {
						logits[k] += float64(out[k*2*pixels+i])
					}
					if subtract {
						v[i] -= float64(threshold[i])
					} else {
						v[i] = 0
					}
				}
			}
		}
	}
	for k := range logits {
		logits[k] /= float64(T)
	}
	return logits, spikes
}

// What nobody says of a timestep is found, or asked for in a line.
func TestTimestep(t *testing.T) {
	neuron := func(kind string, r, tau, threshold float32) *Node {
		p := Values{"r": Array{Floats: []float32{r}},
			"v_threshold": Array{Floats: []float32{threshold}}}
		if kind == "LIF" {
			p["tau"] = Array{Floats: []float32{tau}}
		}
		return &Node{Type: kind, Parameters: p}
	}
	for _, c := range []struct {
		nodes []*Node
		said  float64
		dt    float64
		wrong string
	}{
		{[]*Node{neuron("IF", 1, 0, 1)}, 0, 1, ""},
		{[]*Node{neuron("IF", 1, 0, 1), neuron("IF", 1, 0, 20)}, 0, 1, ""},
		{[]*Node{neuron("IF", 1, 0, 1e-4)}, 0, 1e-4, ""},
		{[]*Node{neuron("IF", 1, 0, 1)}, 1e-3, 1e-3, ""},
		{[]*Node{neuron("IF", 1e4, 0, 1)}, 0, 1e-4, ""},
		{[]*Node{neuron("IF", 10, 0, 1)}, 0, 0,
			`node "0", IF: in a timestep of 0.0001 s, which nobody said, its membrane moves by ` +
				`0.001 of a current`},
		{[]*Node{neuron("IF", 1, 0, 1), neuron("IF", 2, 0, 1)}, 0, 0, "want --dt"},
		{[]*Node{neuron("LIF", 1, 2e-4, 1)}, 0, 1e-4, ""},
		{[]*Node{neuron("LIF", 1, 20, 1)}, 0, 0, `node "0", LIF: in a timestep of 0.0001 s`},
		{[]*Node{neuron("LIF", 1, 20, 1)}, 1, 1, ""},
		{[]*Node{neuron("IF", 1, 0, 1), neuron("LIF", 1, 2e-4, 1)}, 0, 0, "want --dt"},
		{nil, 0, 1e-4, ""},
		{nil, -1, 0, "timestep -1 s, want above 0"},
		{nil, math.NaN(), 0, "timestep NaN s, want above 0"},
		{nil, math.Inf(1), 0, "timestep +Inf s, want above 0"},
	} {
		g := &Graph{Nodes: map[string]*Node{}}
		for i, n := range c.nodes {
			g.Nodes[fmt.Sprint(i)] = n
		}
		dt, err := g.timestep(c.said)
		if dt != c.dt || (err == nil) != (c.wrong == "") ||
			err != nil && !strings.Contains(err.Error(), c.wrong) {

			t.Errorf("%+v: timestep %v, error %v", c, dt, err)
		}
	}
}

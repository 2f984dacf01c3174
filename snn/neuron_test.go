package snn

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// One level is a LIF neuron.
func TestOneLevelIsLIF(t *testing.T) {
	c := smallConfigs(t)["res"]
	frames := randomFrames(c, 3, 7)
	logits, want := gradients(t, c, 2, 3, frames)
	c.Neuron, c.Levels = MultiLevel, 1
	got, all := gradients(t, c, 2, 3, frames)
	if !slices.Equal(got, logits) {
		t.Errorf("logits %v, of LIF %v", got, logits)
	}
	for name := range want {
		if !slices.Equal(all[name], want[name]) {
			t.Errorf("another %s than LIF", name)
		}
	}
}

// The parametric neuron begins with the tau of the configuration.
func TestParametricBeginsAsConfigured(t *testing.T) {
	c := smallConfigs(t)["res plif"]
	c.Tau = 0.9
	net, err := New(c, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	for _, s := range net.Spiking() {
		s.layer.update()
		if got := s.layer.levels[0].(*fused).Tau; got < 0.8999999 || got > 0.9000001 {
			t.Errorf("%s begins with tau %v, want 0.9", s.Name(), got)
		}
	}
}

// Layers have neurons of their own, also where timesteps are run one by one, on frozen networks and
// under another plan; what files say of them reads back.
func TestLayerNeurons(t *testing.T) {
	cfg := Default()
	cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.Threshold = 8, 8, 3, []int{4}, 0.5
	cfg.Stages = [][]Item{{Conv(20), AvgPool(2), Conv(6), FullyConnected(9), Neurons()}}
	for _, text := range []string{
		"stages.0.0.lif tau=0.9 v_th=0.7", "stages.0.2.lif synapse=0.6 reset=soft reset_amount=0.4",
		"stages.0.4.lif tau=1 reset=soft synapse=0.3",
	} {
		var l LayerNeurons
		if err := l.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if again, _ := l.MarshalText(); string(again) != text {
			t.Errorf("%q written as %q", text, again)
		}
		cfg.Layers = append(cfg.Layers, l)
	}
	net, err := New(cfg, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if c, err := ParseConfig(net.Metadata()[configKey]); err != nil ||
		!reflect.DeepEqual(c.Layers, cfg.Layers) {

		t.Errorf("layers %v read back as %v (%v)", cfg.Layers, c.Layers, err)
	}
	for _, n := range net.Config().Nodes() {
		if n.Name == "stages.0.2.lif" && (n.Dynamics.Synapse != 0.6 ||
			n.Dynamics.ResetAmount != 0.4 || n.Dynamics.Threshold != 0.5) {

			t.Errorf("%s has %+v", n.Name, n.Dynamics)
		}
	}
	const B = 2
	g := maker{rand.New(rand.NewPCG(1, 1))}
	frames := g.vector(4 * B * 8 * 8 * 2)
	net.Forward(frames, B, true)
	net.Backward(g.vector(B*3), nil)
	want := append([]float32(nil), net.Forward(frames, B, false).Logits...)
	frozen, err := net.Freeze(32)
	if err != nil {
		t.Fatal(err)
	}
	defer frozen.Close()
	expectSame(t, "frozen", frozen.Forward(frames, B, false).Logits, want)
	frozen.Begin(B)
	for step := range 4 {
		size := len(frames) / 4
		frozen.feed(frames[step*size : (step+1)*size])
	}
	expectSame(t, "step by step", frozen.Classify(0), want)

	cfg.Layers = nil
	other, err := New(cfg, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	same := true
	for i, v := range other.Forward(frames, B, false).Logits {
		same = same && v == want[i]
	}
	if same {
		t.Error("neurons of their own change nothing")
	}
	for text, want := range map[string]string{
		"stages.0.0.lif":          `want a layer and its values`,
		"stages.0.0.lif tau":      `"tau" of "stages.0.0.lif tau", want KEY=VALUE`,
		"stages.0.0.lif tua=1":    `key "tua", want synapse`,
		"stages.0.0.lif tau=much": `tau=much, want a value like 0.25`,
		"stages.0.0.lif tau=2":    `layers: stages.0.0.lif: tau 2, want 0 to 1`,
		"stages.0.1.lif tau=1": `layers: no layer of neurons "stages.0.1.lif", want one ` +
			`of stages.0.0.lif`,
		"stages.0.0.lif synapse=1":       `synapse 1, want 0 to below 1`,
		"stages.0.0.lif reset_amount=.1": `reset_amount 0.1 with reset hard, want reset soft`,
	} {
		var l LayerNeurons
		err := l.UnmarshalText([]byte(text))
		if err == nil {
			c := cfg
			c.Layers = []LayerNeurons{l}
			err = c.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

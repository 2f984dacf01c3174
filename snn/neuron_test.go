package snn

import (
	"slices"
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
		if got := s.layer.levels[0].Tau; got < 0.8999999 || got > 0.9000001 {
			t.Errorf("%s begins with tau %v, want 0.9", s.Name(), got)
		}
	}
}

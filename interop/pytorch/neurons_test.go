package pytorch_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/interop/pytorch"
	"ssnn/safetensors"
	"ssnn/snn"
)

// small is what a checkpoint of testdata/neurons becomes; neuron is said of it.
func small(t *testing.T, name, neuron string) (*snn.Network, error) {
	f, err := pytorch.Open(filepath.Join("testdata", "neurons", name+".pth"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := pytorch.Mapping{Fill: map[string]string{"fc": "vote"}}
	if neuron != "" {
		if err := m.Set(neuron); err != nil {
			t.Fatal(err)
		}
	}
	state, err := f.State("")
	if err != nil {
		t.Fatal(err)
	}
	cfg := snn.Default()
	cfg.Height, cfg.Width, cfg.Classes, cfg.T, cfg.ConvBias = 16, 16, 5, []int{6}, true
	cfg.Stages = [][]snn.Item{{
		snn.ConvOf(6, snn.Windows(5, 1, 0)), snn.MaxPool(2), snn.ConvOf(8, snn.Windows(2, 2, 0)),
		snn.FullyConnected(10), snn.Neurons(),
	}}
	if err := m.Configure(&cfg, state); err != nil {
		return nil, err
	}
	net, err := snn.New(cfg, 1, 1)
	if err != nil {
		return nil, err
	}
	t.Cleanup(net.Close)
	_, _, err = m.Load(net, state)
	return net, err
}

// Neurons of snnTorch and sinabs, layer by layer, say what the formulas of the two libraries say,
// of convolutions without padding and with strides (bench/pytorch/neurons.py).
func TestLayersOfLibraries(t *testing.T) {
	expected, err := safetensors.ReadFile("testdata/neurons/frames.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	x, _ := expected.Get("frames")
	first, last := floats(t, expected, "frames"), make([]float32, x.Len())
	const C, pixels = 2, 16 * 16
	for i, v := range first { // [T][B][C][H][W] to [T][B][H][W][C]
		n, c, p := i/(C*pixels), i/pixels%C, i%pixels
		last[(n*pixels+p)*C+c] = v
	}
	for name, neuron := range map[string]string{
		"snntorch_subtract": "", "snntorch_layers": "", "snntorch_subtract_layers": "",
		"snntorch_synaptic": "", "sinabs_iaf": "sinabs.spike_fn=single",
		"sinabs_lif": "sinabs.spike_fn=single", "sinabs_lif_syn": "sinabs.spike_fn=single",
		"sinabs_iaf_syn": "sinabs.spike_fn=single",
	} {
		net, err := small(t, name, neuron)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, spread := floats(t, expected, name), 0.0
		for i, got := range net.Forward(last, x.Shape[1], false).Logits {
			if math.Abs(float64(got-want[i])) > 1e-5 {
				t.Errorf("%s: logit %d is %v, want %v", name, i, got, want[i])
			}
			spread = max(spread, math.Abs(float64(got-want[0])))
		}
		if spread < 0.1 {
			t.Errorf("%s: logits all near %v, which tests little", name, want[0])
		}
	}
}

// What the checkpoint does not say, and what no neuron here does, is asked for by its name.
func TestSinabsRefused(t *testing.T) {
	for neuron, want := range map[string]string{
		"":                      "want --neuron sinabs.spike_fn=single where it is",
		"sinabs.spike_fn=multi": `sinabs.spike_fn "multi", want single`,
		"snntorch.beta=0.5":     "snntorch.reset_mechanism",
	} {
		_, err := small(t, "sinabs_iaf", neuron)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", neuron, err, want)
		}
	}
}

package snn

import (
	"slices"
	"testing"
)

// What the named networks are made of.
func TestModels(t *testing.T) {
	want := map[string]string{
		"vgg5": "conv 16 3 2 (T 8) | conv 32 (T 6) | conv 64 3 2 (T 4) | conv 64, globalpool (T " +
			"2) | fc 10",
		"vgg9": "conv 16, conv 32, avgpool 2 (T 8) | conv 64, conv 64, avgpool 2 (T 6) | conv " +
			"128, conv 128, avgpool 2 (T 4) | conv 128, conv 128, avgpool 2 (T 2) | fc 10",
		"vgg9-tab": "conv 16, conv 16, avgpool 2 (T 8) | conv 32, conv 32, avgpool 2 (T 6) | " +
			"conv 64, conv 64 (T 4) | conv 64, avgpool 2, linear 256 (T 2) | fc 10",
		"resnet18": "conv 16, block 16 1, block 16 1 (T 8) | block 32 2, block 32 1 (T 6) | " +
			"block 64 2, block 64 1 (T 4) | block 128 2, block 128 1, globalpool (T 2) | fc 10",
		"sew-resnet18": "conv 16, sew 16 1, sew 16 1 (T 8) | sew 32 2, sew 32 1 (T 6) | sew 64 " +
			"2, sew 64 1 (T 4) | sew 128 2, sew 128 1, globalpool (T 2) | fc 10",
		"ms-resnet18": "current 16, ms 16 1, ms 16 1 (T 8) | ms 32 2, ms 32 1 (T 6) | ms 64 2, " +
			"ms 64 1 (T 4) | ms 128 2, ms 128 1, lif, globalpool (T 2) | fc 10",
		"ds-resnet14": "conv 8, sew 8 1 (T 8) | sew 8 1, sew 16 2 (T 6) | sew 16 1, sew 32 2 (T " +
			"4) | sew 32 1, globalpool (T 2) | fc 10",
		"ds-resnet20": "conv 4, sew 4 1 (T 8) | sew 4 1, sew 4 1, sew 8 2 (T 6) | sew 8 1, sew 8 " +
			"1, sew 16 2 (T 4) | sew 16 1, sew 16 1, globalpool (T 2) | fc 10",
		"spikformer": "conv 8, conv 16, maxpool 3 2 1 (T 8) | conv 32, maxpool 3 2 1, conv 64, " +
			"maxpool 3 2 1, position (T 6) | attention 4, mlp 4 (T 4) | attention 4, mlp 4, " +
			"globalpool (T 2) | fc 10",
	}
	if len(want) != len(ModelNames()) {
		t.Errorf("models %v, want %d", ModelNames(), len(want))
	}
	for _, name := range ModelNames() {
		c, err := Model(name, 0.25, []int{8, 6, 4, 2})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Describe(); got != want[name] {
			t.Errorf("%s is\n%s, want\n%s", name, got, want[name])
		}
		// At the size of the embedded recordings, where the images of the last stages are smallest.
		c.Height, c.Width, c.T = 34, 34, []int{2, 1, 1, 1}
		net, err := New(c, 1, 2)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if out := net.Forward(randomFrames(c, 1, 1), 1, true); slices.Max(out.Logits) ==
			slices.Min(out.Logits) {

			t.Errorf("%s says %v", name, out.Logits)
		}
		net.Backward(make([]float32, 10), nil)
		net.Close()
	}
}

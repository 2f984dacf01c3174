package train_test

import (
	"math"
	"testing"

	"ssnn/snn"
	"ssnn/train"
)

// TestOptimisers compares three steps with PyTorch 1.13, for cls of Adam, AdamW and
// SGD(momentum=0.9):
//
//	p = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5]))
//	o = cls([p], lr=0.05, weight_decay=0.1)
//	for g in ([0.3, -0.1, 0.0], [0.2, 0.4, -1.0], [-0.5, 0.0, 2.0]):
//	    p.grad = torch.tensor(g); o.step()
func TestOptimisers(t *testing.T) {
	for kind, want := range map[train.OptimiserKind][]float64{
		train.Adam:  {0.892042041, -1.92373049, 0.46803236},
		train.AdamW: {0.891289532, -1.97010887, 0.513843954},
		train.SGD:   {0.937754571, -1.96858466, 0.480784953},
	} {
		net, err := snn.New(stripesConfig(), 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		cfg := train.Default().Optimiser
		cfg.Kind, cfg.WeightDecay = kind, 0.1
		updates := train.NewUpdates(net, cfg, train.Tuning{})
		p := net.Parameters()[0]
		copy(p.Value, []float32{1, -2, 0.5})
		for _, g := range [][]float32{{0.3, -0.1, 0}, {0.2, 0.4, -1}, {-0.5, 0, 2}} {
			copy(p.Gradient, g)
			updates.Apply(0.05)
		}
		for i, w := range want {
			if got := float64(p.Value[i]); math.Abs(got-w) > 1e-6 {
				t.Errorf("%v, element %d: %.9g, want %.9g", kind, i, got, w)
			}
		}
	}
}

package train_test

import (
	"context"
	"slices"
	"testing"

	"ssnn/snn"
	"ssnn/train"
)

// Frozen stages keep every bit, of statistics and under weight decay too, and so does one whose
// rate is 0, but for its statistics; all others learn.
func TestFrozenStages(t *testing.T) {
	for _, early := range []bool{false, true} {
		cfg := snn.Default()
		cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes = 2, 8, 8, 3
		cfg.Stages = [][]snn.Item{{snn.Conv(16), snn.AvgPool(2)}, {snn.Conv(16)}, {snn.Conv(16)},
			{snn.Conv(16)}}
		cfg.T, cfg.Early.On = []int{4, 3, 2, 2}, early
		net, err := snn.New(cfg, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		c := train.Default()
		c.Epochs, c.Batch, c.WeightDecay = 2, 5, 0.01
		learn := func() {
			trainer, err := train.New(c, net, stripes{cfg, 23}, nil, 7)
			if err != nil {
				t.Fatal(err)
			}
			for !trainer.Done() {
				if _, err := trainer.RunEpoch(context.Background(), nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		learn() // so that there is something to keep
		all := slices.Concat(net.Parameters(), net.Statistics())
		var was [][]float32
		for _, p := range all {
			was = append(was, slices.Clone(p.Value))
		}
		c.Freeze, c.StageRates = 2, []float64{1, 1, 0, 1}
		learn()
		for i, p := range all {
			stage := p.Stage()
			statistic := i >= len(net.Parameters())
			held := stage >= 0 && (stage < 2 || stage == 2 && !statistic)
			if same := slices.Equal(p.Value, was[i]); same != held {
				t.Errorf("early %v: %s of stage %d: unchanged %v, want %v", early, p.Name, stage,
					same, held)
			}
		}
	}
}

// A configuration that speaks of stages that there are not is refused.
func TestTuningFits(t *testing.T) {
	cfg := snn.Config{T: []int{3, 2}}
	for _, c := range []train.Tuning{{Freeze: 3}, {StageRates: []float64{1}}} {
		if err := c.Fits(cfg); err == nil {
			t.Errorf("%+v fits two stages", c)
		}
	}
	if err := (train.Tuning{Freeze: 2, StageRates: []float64{0, 1}}).Fits(cfg); err != nil {
		t.Error(err)
	}
}

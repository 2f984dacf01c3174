package train_test

import (
	"bytes"
	"slices"
	"testing"

	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

func plansTrainer(t *testing.T, threads int) *train.Trainer {
	t.Helper()
	c := stripesConfig()
	c.Plans = [][]int{{6, 2}, {4, 2}, {2, 1}}
	net, err := snn.New(c, 1, threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	cfg := train.Default()
	cfg.Epochs, cfg.Batch, cfg.Warmup = 10, 5, 0.5
	tr, err := train.New(cfg, net, stripes{c, 43}, stripes{c, 20}, 9)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// A network that is trained for many plans recognises under each of them, once its statistics are
// of that plan; the whole run depends neither on threads nor on an interruption.
func TestPlans(t *testing.T) {
	tr := plansTrainer(t, 2)
	want := saved(t, tr)
	if got := saved(t, plansTrainer(t, 1)); !bytes.Equal(got, want) {
		t.Error("another number of threads makes another checkpoint")
	}
	fresh, trained := plansTrainer(t, 1).Net, tr.Net
	for i, p := range trained.Parameters() {
		// Value 5 belongs to the sixth timestep, which only one plan has.
		if p.Name == "tt.0.linear.weight" && p.Value[5] == fresh.Parameters()[i].Value[5] {
			t.Error("no step was under the first plan")
		}
	}
	for _, T := range [][]int{{6, 2}, {4, 2}, {2, 1}, {5, 1}} {
		net, err := tr.Net.WithTimesteps(T, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		c := net.Config()
		if err := train.Recalibrate(t.Context(), net, stripes{c, 43}, 5); err != nil {
			t.Fatal(err)
		}
		e, err := train.Evaluate(t.Context(), net, stripes{c, 40}, 5)
		if err != nil || e.Accuracy < 0.85 {
			t.Errorf("%v: accuracy %v, error %v, want at least 0.85", T, e.Accuracy, err)
		}
		if !slices.Equal(T, c.T) {
			t.Errorf("timesteps %v, want %v", c.T, T)
		}
	}

	tr = plansTrainer(t, 2)
	path := interrupt(t, tr, 13)
	f, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again := plansTrainer(t, 1)
	if err := resumeInto(again, f); err != nil {
		t.Fatal(err)
	}
	if got := saved(t, again); !bytes.Equal(got, want) {
		t.Error("interrupted, the run ends elsewhere")
	}
}

// resumeInto gives a trainer's network the values of a checkpoint, and the trainer its state.
func resumeInto(tr *train.Trainer, f *safetensors.File) error {
	for _, p := range slices.Concat(tr.Net.Parameters(), tr.Net.Statistics()) {
		if err := snn.ImportTensor(f, p.Name, p, p.Value); err != nil {
			return err
		}
	}
	return tr.Resume(f)
}

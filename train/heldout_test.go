package train_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// rare are stripes of which only every fifth is a column; samples come again beyond n.
type rare struct{ stripes }

func (r rare) stripe(i int) int {
	if i %= r.n; i%5 == 1 {
		return 2*i + 1
	}
	return 2 * i
}

func (r rare) Label(i int, draw *dataset.Draw) dataset.Label {
	return r.stripes.Label(r.stripe(i), draw)
}

func (r rare) Fill(dst []float32, batch []int, draw *dataset.Draw) error {
	which := slices.Clone(batch)
	for b, i := range batch {
		which[b] = r.stripe(i)
	}
	return r.stripes.Fill(dst, which, draw)
}

// judged trains rare stripes to the end, measured by others, and says what the trainer says.
func judged(t *testing.T, threads int, change func(*train.Config)) (
	*train.Trainer, []train.Metrics) {

	t.Helper()
	c := stripesConfig()
	net, err := snn.New(c, 1, threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	cfg := train.Default()
	cfg.Epochs, cfg.Batch, cfg.Schedule.Kind = 6, 5, train.ConstantSchedule
	if change != nil {
		change(&cfg)
	}
	tr, err := train.New(cfg, net, rare{stripes{c, 43}}, stripes{c, 20}, 9)
	if err != nil {
		t.Fatal(err)
	}
	tr.HoldOut(stripes{c, 30})
	var all []train.Metrics
	for !tr.Done() {
		m, err := tr.RunEpoch(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return tr, all
}

// The best epoch is the first of the highest accuracy and, among these, of the lowest loss, on the
// samples held out.
func TestBestEpoch(t *testing.T) {
	tr, all := judged(t, 2, func(c *train.Config) { c.LR = 0.5 })
	best := 0
	for i, m := range all {
		h, b := m.HeldOut, all[best].HeldOut
		if h.Samples != 30 {
			t.Fatalf("epoch %d: %+v, want 30 samples held out", i+1, h)
		}
		if h.Accuracy > b.Accuracy || h.Accuracy == b.Accuracy && h.Loss < b.Loss {
			best = i
		}
		if h.Best != best+1 {
			t.Errorf("after epoch %d the best is %d, want %d", i+1, h.Best, best+1)
		}
	}
	want := train.Best{Epoch: best + 1, Accuracy: all[best].HeldOut.Accuracy,
		Loss: all[best].HeldOut.Loss}
	if tr.Best == nil || *tr.Best != want {
		t.Errorf("the best is %+v, want %+v", tr.Best, want)
	}
	if tr.Stopped() != "" {
		t.Errorf("without patience: %q", tr.Stopped())
	}
	e, err := train.Evaluate(t.Context(), tr.Net, stripes{stripesConfig(), 30}, 5)
	last := all[len(all)-1].HeldOut
	if got := (train.HeldOut{
		Samples: e.Samples, Loss: e.Loss, Accuracy: e.Accuracy, Balanced: e.Balanced,
		Best: best + 1,
	}); err != nil || got != *last {
		t.Errorf("measured again: %+v, error %v, want %+v", got, err, *last)
	}
}

// A run of some patience ends so many epochs after its best one, and says so.
func TestPatience(t *testing.T) {
	for patience := 1; patience <= 3; patience++ {
		tr, all := judged(t, 1,
			func(c *train.Config) { c.LR, c.Epochs, c.Patience = 1e-9, 40, patience })
		if len(all) == 40 || len(all) != tr.Best.Epoch+patience || !tr.Done() {
			t.Errorf("patience %d: %d epochs, the best is %d", patience, len(all), tr.Best.Epoch)
		}
		if said := tr.Stopped(); !strings.HasPrefix(said, "stopped after epoch") ||
			strings.Contains(said, "\n") {

			t.Errorf("patience %d: it says %q", patience, said)
		}
	}
}

// What is measured changes nothing of the training, and is the same on any number of threads.
func TestMeasuringChangesNothing(t *testing.T) {
	without := newTrainer(t, 1, nil)
	want := saved(t, without)
	with := newTrainer(t, 3, nil)
	with.HoldOut(stripes{stripesConfig(), 30})
	saved(t, with)
	path := filepath.Join(t.TempDir(), "last")
	with.Best = nil
	if err := with.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the network is another when it is measured by samples held out")
	}
}

// Balanced samples, class weights, smooth labels, patience and all: on other threads, and stopped
// after any step and resumed, a run ends with the same bytes.
func TestTargetsDeterministic(t *testing.T) {
	for name, change := range map[string]func(*train.Config){
		"balanced sampling": func(c *train.Config) {
			c.Sampling, c.LabelSmoothing = train.BalancedSampling, 0.1
		},
		"class weights": func(c *train.Config) {
			c.ClassWeights.Balanced, c.LabelSmoothing = true, 0.1
		},
		"a list": func(c *train.Config) { c.ClassWeights.ByClass = []float64{1, 3} },
	} {
		how := func(c *train.Config) {
			change(c)
			c.Epochs, c.Patience = 3, 2
		}
		one, _ := judged(t, 1, how)
		want := saved(t, one)
		three, _ := judged(t, 3, how)
		if !bytes.Equal(saved(t, three), want) {
			t.Errorf("%s: 3 threads end elsewhere than 1", name)
		}
		if !bytes.Equal(interruptedAndResumed(t, how), want) {
			t.Errorf("%s: interrupted after every step it ends elsewhere", name)
		}
		plain, _ := judged(t, 1, func(c *train.Config) { c.Epochs, c.Patience = 3, 2 })
		if bytes.Equal(saved(t, plain), want) {
			t.Errorf("%s: it changes nothing", name)
		}
	}
}

// interruptedAndResumed trains rare stripes with a new trainer for every step.
func interruptedAndResumed(t *testing.T, change func(*train.Config)) []byte {
	t.Helper()
	c := stripesConfig()
	path := filepath.Join(t.TempDir(), "last")
	for {
		net, err := snn.New(c, 1, 2)
		if f, missing := safetensors.ReadFile(path); missing == nil {
			net.Close()
			net, err = snn.FromFile(f, 2)
		}
		if err != nil {
			t.Fatal(err)
		}
		cfg := train.Default()
		cfg.Batch, cfg.Schedule.Kind = 5, train.ConstantSchedule
		change(&cfg)
		tr, err := train.New(cfg, net, rare{stripes{c, 43}}, stripes{c, 20}, 9)
		if err != nil {
			t.Fatal(err)
		}
		tr.HoldOut(stripes{c, 30})
		if f, missing := safetensors.ReadFile(path); missing == nil {
			if err := tr.Resume(f); err != nil {
				t.Fatal(err)
			}
		}
		if tr.Done() {
			net.Close()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		ctx, cancel := context.WithCancel(context.Background())
		if _, err := tr.RunEpoch(ctx, func(train.Status) { cancel() }); err != nil &&
			err != context.Canceled {

			t.Fatal(err)
		}
		cancel()
		if err := tr.Save(path, nil); err != nil {
			t.Fatal(err)
		}
		net.Close()
	}
}

// The rates of the epochs that both have are the same with other epochs, or it is said why not.
func TestOtherWith(t *testing.T) {
	const steps = 7
	for _, kind := range []train.ScheduleKind{
		train.CosineSchedule, train.StepSchedule, train.ConstantSchedule,
	} {
		for _, warm := range []float64{0, 0.5, 1, 1.5, 2, 3} {
			for _, per := range []bool{false, true} {
				s := train.Default().Schedule
				s.Kind, s.Warmup, s.PerEpoch, s.Every = kind, warm, per, 2
				for were := 1; were < 7; were++ {
					for epochs := 1; epochs < 7; epochs++ {
						same := true
						for step := range steps * min(were, epochs) {
							same = same && s.Rate(step, steps, were) == s.Rate(step, steps, epochs)
						}
						if why := s.OtherWith(epochs, were); why == "" && !same {
							t.Errorf("%+v: %d epochs for %d are said to have the same rates", s,
								epochs, were)
						} else if why != "" && same && kind != train.CosineSchedule &&
							warm < 0.5*float64(min(were, epochs)) {

							t.Errorf("%+v: %d epochs for %d: %s", s, epochs, were, why)
						}
					}
				}
			}
		}
	}
}

package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
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

// stripes are samples that a network can learn: frames with a row or a column of events, in noise.
type stripes struct {
	cfg snn.Config
	n   int
}

func (s stripes) Len() int { return s.n }

func (s stripes) Label(i int, _ *dataset.Draw) dataset.Label { return dataset.Label{Class: i % 2} }

func (s stripes) Fill(dst []float32, batch []int, draw *dataset.Draw) error {
	clear(dst)
	c := s.cfg
	for b, i := range batch {
		seed := uint64(i)
		if draw != nil {
			seed += 1000 * (draw.Seed + 100*uint64(draw.Epoch))
		}
		var pcg rand.PCG
		pcg.Seed(seed, 1)
		line := int(pcg.Uint64() % uint64(c.Height))
		for t := range len(dst) / (len(batch) * c.Height * c.Width * 2) {
			frame := dst[((t*len(batch))+b)*c.Height*c.Width*2:][:c.Height*c.Width*2]
			for j := range c.Width {
				y, x := line, j
				if i%2 == 1 {
					y, x = j, line
				}
				frame[(y*c.Width+x)*2+t%2] = 1
			}
			frame[pcg.Uint64()%uint64(len(frame))] = 1
		}
	}
	return nil
}

func stripesConfig() snn.Config {
	c := snn.Default()
	c.Height, c.Width, c.Classes = 8, 8, 2
	c.Stages = [][]snn.Item{{snn.Conv(6), snn.AvgPool(2)}, {snn.Conv(18), snn.Block(8, 2)}}
	c.T = []int{4, 2}
	c.Early.On = true
	return c
}

func newTrainer(t testing.TB, threads int, change func(*train.Config)) *train.Trainer {
	t.Helper()
	c := stripesConfig()
	net, err := snn.New(c, 1, threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	cfg := train.Default()
	cfg.Epochs, cfg.Batch, cfg.Warmup = 4, 5, 0.5
	if change != nil {
		change(&cfg)
	}
	tr, err := train.New(cfg, net, stripes{c, 43}, stripes{c, 20}, 9)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// saved trains to the end and returns the bytes of the checkpoint.
func saved(t *testing.T, tr *train.Trainer) []byte {
	t.Helper()
	for !tr.Done() {
		if _, err := tr.RunEpoch(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "last")
	if err := tr.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestItLearns(t *testing.T) {
	for _, kind := range []train.OptimiserKind{train.SGD, train.Adam, train.AdamW} {
		tr := newTrainer(t, 2, func(c *train.Config) {
			c.Epochs = 8
			if c.Optimiser.Kind = kind; kind != train.SGD {
				c.LR = 0.01
			}
		})
		var m train.Metrics
		for !tr.Done() {
			var err error
			if m, err = tr.RunEpoch(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if m.TestAccuracy < 0.9 || m.Epoch != 8 || len(m.Losses) != 2 {
			t.Errorf("%v: %+v, want a test accuracy of at least 0.9", kind, m)
		}
		e, err := tr.Test(context.Background())
		if err != nil || e.Accuracy != m.TestAccuracy || e.Samples != 20 {
			t.Errorf("%v: tested again %+v, want %v", kind, e, m.TestAccuracy)
		}
	}
}

// The same seed gives the same bytes, optimiser included, whatever the number of threads.
func TestThreadsDoNotChangeTheRun(t *testing.T) {
	want := saved(t, newTrainer(t, 1, nil))
	for _, threads := range []int{2, 3, 7} {
		if got := saved(t, newTrainer(t, threads, nil)); !bytes.Equal(got, want) {
			t.Errorf("%d threads make another checkpoint than 1", threads)
		}
	}
}

// interrupt trains until a step is over, and returns the checkpoint.
func interrupt(t *testing.T, tr *train.Trainer, stop int) (path string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	for {
		_, err := tr.RunEpoch(ctx, func(train.Status) {
			if steps++; steps == stop {
				cancel()
			}
		})
		if errors.Is(err, context.Canceled) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(t.TempDir(), "last")
	if err := tr.Save(path, map[string]string{"more": "metadata"}); err != nil {
		t.Fatal(err)
	}
	return path
}

// cancelling are samples whose reading ends a context.
type cancelling struct {
	stripes
	cancel context.CancelFunc
}

func (c cancelling) Fill(dst []float32, batch []int, draw *dataset.Draw) error {
	c.cancel()
	return c.stripes.Fill(dst, batch, draw)
}

// A run that is interrupted while its epoch is tested goes on to the bytes of one that was not.
func TestATestIsInterrupted(t *testing.T) {
	same := func(*train.Config) {}
	want := saved(t, newTrainer(t, 2, same))
	c := stripesConfig()
	ctx, cancel := context.WithCancel(context.Background())
	tr := newTrainer(t, 2, nil)
	tr.HoldOut(cancelling{stripes{c, 20}, cancel})
	if _, err := tr.RunEpoch(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want that it was cancelled", err)
	}
	path := filepath.Join(t.TempDir(), "last")
	if err := tr.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	if got := saved(t, resumed(t, path, same)); !bytes.Equal(got, want) {
		t.Error("interrupted while it was tested, the run ends elsewhere")
	}
}

// A run that is interrupted after any step and goes on from its checkpoint gives the bytes of one
// that was not.
func TestResumeIsTheRunThatWasNotInterrupted(t *testing.T) {
	for _, kind := range []train.OptimiserKind{train.SGD, train.AdamW} {
		change := func(c *train.Config) { c.Optimiser.Kind = kind }
		want := saved(t, newTrainer(t, 2, change))
		for _, stop := range []int{1, 8, 9, 10, 25} { // 9 steps an epoch
			tr := newTrainer(t, 2, change)
			path := interrupt(t, tr, stop)
			if got := saved(t, resumed(t, path, change)); !bytes.Equal(got, want) {
				t.Errorf("%v: interrupted after %d steps, the run ends elsewhere", kind, stop)
			}
		}
	}
}

// resumed goes on from a checkpoint in a new network with another number of threads.
func resumed(t *testing.T, path string, change func(*train.Config)) *train.Trainer {
	t.Helper()
	f, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	net, err := snn.FromFile(f, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	cfg := train.Default()
	cfg.Epochs, cfg.Batch, cfg.Warmup = 4, 5, 0.5
	change(&cfg)
	c := net.Config()
	tr, err := train.New(cfg, net, stripes{c, 43}, stripes{c, 20}, 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Resume(f); err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestResumeRefuses(t *testing.T) {
	tr := newTrainer(t, 1, nil)
	var file bytes.Buffer
	if err := safetensors.Write(&file, tr.Net.Metadata(), tr.Net.Tensors()); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Resume(f); err == nil ||
		err.Error() != `no checkpoint of a run: want "training" in its metadata` {

		t.Errorf("error %v for a model without training state", err)
	}
	f.Metadata["training"] = `{"steps":1,"epoch":0,"seen":5}`
	if err := tr.Resume(f); err == nil ||
		err.Error() != `no tensor "optimiser/momentum/stages.0.0.conv.weight", want one of shape `+
			`[6 2 3 3]` {

		t.Errorf("error %v for a model without optimiser tensors", err)
	}
}

// In steady state a step of training allocates nothing.
func TestStepDoesNotAllocate(t *testing.T) {
	for name, change := range map[string]func(c *snn.Config, t *train.Config){
		"default": func(c *snn.Config, t *train.Config) {},
		"mean":    func(c *snn.Config, t *train.Config) { c.Transition = snn.Mean },
		"repeat":  func(c *snn.Config, t *train.Config) { c.Transition = snn.Repeat },
		"linear":  func(c *snn.Config, t *train.Config) { c.Transition = snn.Linear },
		"causal":  func(c *snn.Config, t *train.Config) { c.Transition = snn.Causal },
		"merge":   func(c *snn.Config, t *train.Config) { c.Transition = snn.Merge },
		"fold":    func(c *snn.Config, t *train.Config) { c.Transition = snn.Fold },
		"tet": func(c *snn.Config, t *train.Config) {
			t.Loss.Kind, t.TETLambda = train.TETLoss, 0.1
		},
		"plif":  func(c *snn.Config, t *train.Config) { c.Neuron = snn.Parametric },
		"mlf":   func(c *snn.Config, t *train.Config) { c.Neuron = snn.MultiLevel },
		"plain": func(c *snn.Config, t *train.Config) { c.Early.Form = snn.NoUnit },
		"s2w":   func(c *snn.Config, t *train.Config) { t.Distill = train.StrongToWeak },
	} {
		c, cfg := stripesConfig(), train.Default()
		change(&c, &cfg)
		net, err := snn.New(c, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		samples := stripes{c, 8}
		frames := make([]float32, c.T[0]*8*c.Height*c.Width*2)
		samples.Fill(frames, []int{0, 1, 2, 3, 4, 5, 6, 7}, nil)
		labels := make([]dataset.Label, 8)
		for i := range labels {
			labels[i] = samples.Label(i, nil)
		}
		step, updates := train.NewStep(net, cfg.Loss), train.NewUpdates(net, cfg.Optimiser,
			cfg.Tuning)
		one := func() {
			step.Run(frames, labels)
			updates.Apply(0.01)
		}
		one()
		if n := testing.AllocsPerRun(20, one); n != 0 {
			t.Errorf("%s: a step allocates %v times, want 0", name, n)
		}
		net.Close()
	}
}

func TestConfigRefuses(t *testing.T) {
	for want, change := range map[string]func(c *train.Config){
		"train.batch 0, want 1 to 65536":     func(c *train.Config) { c.Batch = 0 },
		"train.epochs -1, want 0 to 1048576": func(c *train.Config) { c.Epochs = -1 },
		"train.optimiser 3, want 0 to 2":     func(c *train.Config) { c.Optimiser.Kind = 3 },
		"train.schedule 3, want 0 to 2":      func(c *train.Config) { c.Schedule.Kind = 3 },
		"train.lr 0, want 1e-12 to 1e+06":    func(c *train.Config) { c.LR = 0 },
		"train.loss -1, want 0 to 1":         func(c *train.Config) { c.Loss.Kind = -1 },
		"train.tet_lambda 2, want 0 to 1":    func(c *train.Config) { c.TETLambda = 2 },
		"train.distill 3, want 0 to 2":       func(c *train.Config) { c.Distill = 3 },
		"train.distill_temperature 0, want 0.001 to 1000": func(c *train.Config) {
			c.Distill, c.DistillTemperature = train.StrongToWeak, 0
		},
		"train.momentum 1, want 0 to below 1": func(c *train.Config) { c.Momentum = 1 },
	} {
		c := train.Default()
		change(&c)
		if err := c.Validate(); err == nil || !bytes.HasPrefix([]byte(err.Error()), []byte(want)) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		schedule train.Schedule
		want     []float64 // of 8 steps, 2 an epoch
	}{
		{train.Schedule{Kind: train.ConstantSchedule, LR: 1}, []float64{1, 1, 1, 1, 1, 1, 1, 1}},
		{train.Schedule{Kind: train.StepSchedule, LR: 1, Every: 2, Factor: 0.1},
			[]float64{1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1}},
		{train.Schedule{Kind: train.CosineSchedule, LR: 1},
			[]float64{1, 0.9619, 0.8536, 0.6913, 0.5, 0.3087,
				0.1464, 0.0381}},
		{train.Schedule{Kind: train.CosineSchedule, LR: 1, PerEpoch: true},
			[]float64{1, 1, 0.8536, 0.8536, 0.5, 0.5, 0.1464, 0.1464}},
		{train.Schedule{Kind: train.CosineSchedule, LR: 3, MinLR: 1, Warmup: 1},
			[]float64{1, 2, 3, 2.8660, 2.5, 2, 1.5, 1.1340}},
		{train.Schedule{Kind: train.ConstantSchedule, LR: 1, Warmup: 100},
			[]float64{0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1}},
	} {
		var got []float64
		for step := range 8 {
			got = append(got, float64(int(c.schedule.Rate(step, 2, 4)*1e4+0.5))/1e4)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.schedule, got, c.want)
		}
	}
}

func ExampleCrossEntropy() {
	logits := []float32{2, 0, 0, 3} // two samples of two classes
	grad := make([]float32, 4)
	fmt.Printf("%.4f\n", train.CrossEntropy(grad, logits, []dataset.Label{{Class: 0}, {Class: 1}},
		1))
	fmt.Printf("%.4f\n", grad)
	// Output:
	// 0.0878
	// [-0.0596 0.0596 0.0237 -0.0237]
}

// Layers that never fire, or always, are named in the warnings of the epoch, and so is a loss far
// above that of a guess. Numbers that are none end the run.
func TestWarnings(t *testing.T) {
	run := func(change func(*snn.Config, *train.Config)) (m train.Metrics, last train.Status,
		err error) {
		c, cfg := stripesConfig(), train.Default()
		cfg.Epochs, cfg.Batch = 1, 5
		change(&c, &cfg)
		net, err := snn.New(c, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		tr, err := train.New(cfg, net, stripes{c, 43}, stripes{c, 20}, 9)
		if err != nil {
			t.Fatal(err)
		}
		m, err = tr.RunEpoch(context.Background(), func(s train.Status) { last = s })
		return m, last, err
	}
	m, last, err := run(func(*snn.Config, *train.Config) {})
	if err != nil || len(m.Warnings) > 0 || len(m.Firing) != 5 {
		t.Errorf("usual: error %v, warnings %q, %v", err, m.Warnings, m.Firing)
	}
	for _, r := range m.Firing {
		if !(r.Rate > 0.01 && r.Rate < 0.9) {
			t.Errorf("usual: %+v", r)
		}
	}
	m, last, err = run(func(c *snn.Config, _ *train.Config) { c.Threshold = 1e3 })
	want := []string{"stage 1 is silent", "stage 2 is silent", "early classifier 1 is silent"}
	if err != nil || !slices.Equal(m.Warnings, want) || !slices.Equal(last.Warnings, want) {
		t.Errorf("threshold 1000: error %v, warnings %q and %q, want %q", err, m.Warnings,
			last.Warnings, want)
	}
	m, _, err = run(func(c *snn.Config, cfg *train.Config) { c.Threshold, cfg.LR = 1e-9, 1e-9 })
	if err != nil || len(m.Warnings) > 0 { // norms make half of the currents negative
		t.Errorf("threshold 1e-9: error %v, warnings %q", err, m.Warnings)
	}
	m, _, err = run(func(_ *snn.Config, cfg *train.Config) { cfg.LR = 300 })
	if err != nil || len(m.Warnings) == 0 || m.Warnings[0] != "the loss is far above 1.386, that "+
		"of a guess: a lower train.lr may help" {
		t.Errorf("rate 300: error %v, warnings %q", err, m.Warnings)
	}
	var diverged *train.DivergedError
	_, _, err = run(func(_ *snn.Config, cfg *train.Config) { cfg.LR, cfg.WeightDecay = 1e6, 1e3 })
	if !errors.As(err, &diverged) || diverged.Epoch != 1 {
		t.Errorf("rate 1e6: error %v, want that it diverged", err)
	}
}

// A parameter that is NaN is an error even where the loss does not show it.
func TestNoNumberDoesNotHide(t *testing.T) {
	tr := newTrainer(t, 1, nil)
	p := tr.Net.Statistics()[0]
	p.Value[0] = float32(math.Inf(1))
	_, err := tr.RunEpoch(context.Background(), nil)
	if err == nil || !strings.Contains(err.Error(), p.Name+" has the value +Inf in epoch 1 after "+
		"43 samples: training has diverged") {
		t.Errorf("error %v, want one that names %s", err, p.Name)
	}
}

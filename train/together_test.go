package train_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"ssnn/dataset"
	"ssnn/internal/collective"
	"ssnn/internal/kernel"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// joint is a training that any number of members make together.
type joint struct {
	net     func(c *snn.Config)
	cfg     func(c *train.Config)
	teacher func() *train.Teacher // of each member; nil: none
	from    string                // path of a checkpoint to go on from; empty: from the start
}

// member makes the trainer of a member of a group.
func (j joint) member(g collective.Group, threads int) (*train.Trainer, error) {
	c := stripesConfig()
	if j.net != nil {
		j.net(&c)
	}
	cfg := train.Default()
	cfg.Epochs, cfg.Batch, cfg.Warmup, cfg.Shards = 2, 7, 0.5, 4
	if j.cfg != nil {
		j.cfg(&cfg)
	}
	var file *safetensors.File
	net, err := snn.New(c, 1, threads)
	if err == nil && j.from != "" {
		net.Close()
		if file, err = safetensors.ReadFile(j.from); err == nil {
			net, err = snn.FromFile(file, threads)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := net.Join(g); err != nil {
		return nil, err
	}
	tr, err := train.New(cfg, net, rare{stripes{c, 29}}, stripes{c, 20}, 9)
	if err == nil && j.teacher != nil {
		err = tr.LearnFrom(j.teacher())
	}
	if err == nil && file != nil {
		err = tr.Resume(file)
	}
	if err != nil {
		return nil, err
	}
	tr.HoldOut(stripes{c, 10})
	return tr, nil
}

// members runs f as each member of a group.
func members(size int, f func(g collective.Group)) {
	var all sync.WaitGroup
	for _, g := range collective.Local(size) {
		all.Go(func() { f(g) })
	}
	all.Wait()
}

// result is what a training of so many members comes to, in each of them: the checkpoint, and the
// metrics without times.
func (j joint) result(t *testing.T, size int) []byte {
	t.Helper()
	all := make([][]byte, size)
	members(size, func(g collective.Group) {
		tr, err := j.member(g, 1+(size+g.Rank())%3)
		if err != nil {
			t.Error(err)
			return
		}
		defer tr.Net.Close()
		var metrics bytes.Buffer
		for !tr.Done() {
			m, err := tr.RunEpoch(context.Background(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			m.Seconds, m.SamplesPerSecond = 0, 0
			json.NewEncoder(&metrics).Encode(m)
		}
		e, err := tr.Test(context.Background())
		if err != nil {
			t.Error(err)
		}
		json.NewEncoder(&metrics).Encode(e)
		all[g.Rank()] = append(checkpoint(t, tr), metrics.Bytes()...)
	})
	for rank, got := range all {
		if !bytes.Equal(got, all[0]) {
			t.Errorf("member %d of %d ends elsewhere than member 0", rank, size)
		}
	}
	return all[0]
}

func checkpoint(t *testing.T, tr *train.Trainer) []byte {
	path := filepath.Join(t.TempDir(), "last")
	if err := tr.Save(path, nil); err != nil {
		t.Error(err)
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return b
}

// One member or four: the same checkpoint and the same metrics, to the byte, whatever the training
// is made of. An epoch of 29 samples ends with one of which most members see nothing.
func TestMembersDoNotChangeTheRun(t *testing.T) {
	teacher := func(steady bool) func() *train.Teacher {
		return func() *train.Teacher {
			c := stripesConfig()
			c.T, c.Early.On = []int{3, 2}, false
			net, err := snn.New(c, 3, 1)
			if err != nil {
				t.Error(err)
			}
			t.Cleanup(net.Close)
			all := train.Teacher{Net: net, Samples: stripes{c, 29}, Steady: steady}
			if steady {
				all.Samples = unaugmented{stripes{c, 29}}
			}
			return &all
		}
	}
	kinds := map[string]joint{
		"mean": {},
		"tet": {cfg: func(c *train.Config) {
			c.Loss.Kind, c.TETLambda, c.Optimiser.Kind, c.LR = train.TETLoss, 0.1, train.AdamW, 0.01
		}},
		"s2w": {cfg: func(c *train.Config) { c.Distill = train.StrongToWeak }},
		"w2s": {cfg: func(c *train.Config) { c.Distill = train.WeakToStrong }},
		"weights": {cfg: func(c *train.Config) {
			c.ClassWeights.Balanced, c.LabelSmoothing = true, 0.1
		}},
		"balanced": {cfg: func(c *train.Config) { c.Sampling = train.BalancedSampling }},
		"teacher":  {teacher: teacher(false)},
		"steady":   {teacher: teacher(true)},
		"tuned": {cfg: func(c *train.Config) {
			c.Freeze, c.StageRates, c.WeightDecay = 1, []float64{1, 0.5}, 0.01
		}},
		"best": {cfg: func(c *train.Config) { c.Keep, c.Patience = train.KeepBest, 1 }},
		"plans": {net: func(c *snn.Config) {
			c.Plans = [][]int{{6, 2}, {4, 2}, {2, 1}}
		}},
		"parametric":    {net: func(c *snn.Config) { c.Neuron = snn.Parametric }},
		"shards of one": {cfg: func(c *train.Config) { c.Batch, c.Shards = 4, 4 }},
	}
	for name, j := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := j.result(t, 1)
			for _, size := range []int{2, 4} {
				if !bytes.Equal(j.result(t, size), want) {
					t.Errorf("%d members end elsewhere than one", size)
				}
			}
		})
	}
}

// Whoever is asked to stop, all stop after the same step; and another number of members goes on to
// the bytes of a run that was not interrupted.
func TestMembersStopTogether(t *testing.T) {
	want := joint{}.result(t, 1)
	want = want[bytes.LastIndex(want, []byte(`{"epoch":2`)):]
	whole := joint{}
	for _, stop := range []int{1, 4, 5, 7} { // 5 steps an epoch
		paths := make([]string, 4)
		members(4, func(g collective.Group) {
			tr, err := whole.member(g, 1)
			if err != nil {
				t.Error(err)
				return
			}
			defer tr.Net.Close()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			steps := 0
			for err == nil {
				_, err = tr.RunEpoch(ctx, func(train.Status) {
					if steps++; steps == stop && g.Rank() == 2 {
						cancel()
					}
				})
			}
			if err != context.Canceled || steps != stop {
				t.Errorf("member %d: error %v after %d steps, want it after %d", g.Rank(), err,
					steps, stop)
			}
			paths[g.Rank()] = filepath.Join(t.TempDir(), "last")
			if err := tr.Save(paths[g.Rank()], nil); err != nil {
				t.Error(err)
			}
		})
		for _, size := range []int{1, 2} {
			got := joint{from: paths[3]}.result(t, size)
			if !bytes.Contains(got, want) {
				t.Errorf("stopped after %d steps, %d members end elsewhere", stop, size)
			}
		}
	}
}

// unreadable are samples one of which cannot be read by one member.
type unreadable struct {
	stripes
	sample int
}

func (u unreadable) Fill(dst []float32, batch []int, draw *dataset.Draw) error {
	if slices.Contains(batch, u.sample) {
		return errors.New("b/17.bin is damaged")
	}
	return u.stripes.Fill(dst, batch, draw)
}

// What one member cannot do ends all with an error that says whose it is.
func TestMembersFailTogether(t *testing.T) {
	c := stripesConfig()
	members(4, func(g collective.Group) {
		net, err := snn.New(c, 1, 1)
		if err != nil {
			t.Error(err)
			return
		}
		defer net.Close()
		if err := net.Join(g); err != nil {
			t.Error(err)
		}
		if g.Rank() == 2 {
			net.Parameters()[0].Value[0] += 1e-7
		}
		cfg := train.Default()
		cfg.Epochs, cfg.Batch, cfg.Shards = 2, 8, 4
		samples := unreadable{stripes{c, 24}, 99}
		tr, err := train.New(cfg, net, samples, nil, 9)
		if err == nil {
			_, err = tr.RunEpoch(context.Background(), nil)
		}
		want := "the parameters after epoch 1: process 2 has another than process 0"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("member %d: error %v, want %q", g.Rank(), err, want)
		}
		samples.sample = 17
		if tr, err = train.New(cfg, net, samples, nil, 9); err == nil {
			_, err = tr.RunEpoch(context.Background(), nil)
		}
		if err == nil || !strings.HasPrefix(err.Error(), "process ") ||
			!strings.HasSuffix(err.Error(), ": b/17.bin is damaged") {

			t.Errorf("member %d: error %v", g.Rank(), err)
		}
	})
}

// One shard is the arithmetic that there was before there were shards: these are the digests of
// that. Those of the plain kernels are others than those of the ones with fused additions.
func TestOneShardIsAsBefore(t *testing.T) {
	cpu, err := kernel.CPU()
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string][]string{
		"generic": {"9b7707109223d8dd69828c94cff3b74aa80364cd175ad30ef18f5920a88f0465",
			"afdda0c0867a6923426fc14a8908c0850d5687dcb04aa71a28292c7a90769826"},
		"avx2": {"d6a377dd6a0584a9bacb1ad82f416a8ff35f354b68b9fb215c50cff838ef597e",
			"65b556a6e20450f907c38b7bca11402548f9679913f2723571f7bf00a9b848cd"},
	}
	digests["avx512"] = digests["avx2"]
	if runtime.GOARCH != "amd64" || digests[cpu] == nil {
		t.Skipf("there are digests of amd64 alone: exponentials may be rounded otherwise elsewhere")
	}
	for i, kind := range []snn.Neuron{snn.Plain, snn.Parametric} {
		want := digests[cpu][i]
		tr, err := joint{
			net: func(c *snn.Config) { c.Neuron = kind },
			cfg: func(c *train.Config) { c.Shards = 1 },
		}.member(collective.Alone(), 2)
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Net.Close()
		for !tr.Done() {
			if _, err := tr.RunEpoch(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
		}
		digest := sha256.New()
		for _, p := range slices.Concat(tr.Net.Parameters(), tr.Net.Statistics()) {
			fmt.Fprintf(digest, "%s %v\n", p.Name, p.Export(p.Value))
		}
		if got := hex.EncodeToString(digest.Sum(nil)); got != want {
			t.Errorf("neurons %v: digest %s, want %s", kind, got, want)
		}
	}
}

func TestShardsAreRefused(t *testing.T) {
	for shards, want := range map[int]string{
		0: "train.shards 0, want a power of two, at most train.batch, which is 16",
		3: "train.shards 3, want a power of two", 32: "at most train.batch, which is 16",
	} {
		cfg := train.Default()
		cfg.Shards = shards
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d shards: error %v, want %q", shards, err, want)
		}
	}
}

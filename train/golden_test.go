package train_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// goldenFolder holds the cases of testdata/golden/README.md, or of the same kind from elsewhere:
// SSNN_GOLDEN may be relative to the module's folder, where go test is called, as well as to this
// one.
func goldenFolder() string {
	dir := os.Getenv("SSNN_GOLDEN")
	if dir == "" {
		dir = filepath.Join("testdata", "golden")
	}
	if above := filepath.Join("..", dir); !filepath.IsAbs(dir) {
		if _, err := os.Stat(above); err == nil {
			return above
		}
	}
	return dir
}

// TestGolden compares evaluation, one training step and two more with the numbers of the PyTorch
// reference.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(goldenFolder(), "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no *.safetensors in %s (%v)", goldenFolder(), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".safetensors")
		t.Run(name, func(t *testing.T) {
			for _, threads := range []int{1, 2} {
				runGolden(t, path, threads)
			}
		})
	}
}

// golden is one case: a network beside the numbers that it has to reproduce.
type golden struct {
	*testing.T
	file *safetensors.File
	net  *snn.Network
	seen map[string]bool // tensors that were compared or used
}

func runGolden(t *testing.T, path string, threads int) {
	file, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := snn.ParseConfig(file.Metadata["config"])
	if err != nil {
		t.Fatal(err)
	}
	net, err := snn.New(cfg, 1, threads)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	g := golden{t, file, net, map[string]bool{}}
	for _, p := range net.Parameters() {
		g.load(p, "param/"+p.Name)
	}
	for _, p := range net.Statistics() {
		g.load(p, "buffer/"+p.Name)
	}
	g.evaluation()
	g.training()
	g.allSeen()
}

// Tolerances of the README: float32 convolutions in any order of sums.
const (
	absolute = 5e-6 // of numbers up to 1; of larger ones relative, as float32 is
	relative = 5e-5 // of gradients, to the larger of 1e-3 and the largest entry
)

func (g golden) evaluation() {
	x, labels := g.batch(0)
	for _, keep := range []bool{false, true} {
		g.net.KeepMembranes(keep)
		g.pass("eval", g.net.Forward(x, len(labels), false))
	}
}

func (g golden) training() {
	var opt struct {
		Momentum      float64 `json:"momentum"`
		WeightDecay   float64 `json:"weight_decay"`
		LR            float64 `json:"lr"`
		LRMin         float64 `json:"lr_min"`
		ScheduleTotal int     `json:"schedule_total"`
		Steps         int     `json:"steps"`
	}
	if err := json.Unmarshal([]byte(g.file.Metadata["optimiser"]), &opt); err != nil {
		g.Fatal(err)
	}
	l := struct {
		Kind               train.LossKind     `json:"loss"`
		TETLambda          float64            `json:"tet_lambda"`
		TETMean            float64            `json:"tet_mean"`
		Distill            train.Distillation `json:"distill"`
		DistillWeight      float64            `json:"distill_weight"`
		DistillTemperature float64            `json:"distill_temperature"`
		TeacherWeight      float64            `json:"teacher_weight"`
		TeacherTemperature float64            `json:"teacher_temperature"`
	}{}
	if text, ok := g.file.Metadata["loss"]; ok {
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			g.Fatal(err)
		}
	}
	updates := train.NewUpdates(g.net, train.Optimiser{Kind: train.SGD, Momentum: opt.Momentum,
		WeightDecay: opt.WeightDecay}, train.Tuning{})
	step := train.NewStep(g.net, train.Loss{
		Kind: l.Kind, TETLambda: l.TETLambda, TETMean: l.TETMean,
		Distill: l.Distill, DistillWeight: l.DistillWeight,
		DistillTemperature: l.DistillTemperature,
		Teaching: train.Teaching{
			TeacherWeight: l.TeacherWeight, TeacherTemperature: l.TeacherTemperature,
		},
	})
	g.net.KeepMembranes(true)
	var rates, losses []float32
	for i := range opt.Steps {
		x, labels := g.batch(i)
		if name := fmt.Sprintf("teacher/%d", i); l.TeacherWeight > 0 {
			step.Teacher = g.want(name)
		}
		var loss float64
		if i > 0 {
			loss, _ = step.Run(x, labels)
		} else {
			var out *snn.Output
			var gradient []float32
			loss, out, gradient = step.RunInput(x, labels)
			g.pass("train", out)
			g.equal("train/loss", []float32{float32(loss)}, absolute)
			g.equal("train/losses", float32s(step.Losses), absolute)
			for _, p := range g.net.Statistics() {
				g.equal("train/buffer/"+p.Name, p.Export(p.Value), absolute)
			}
			for _, p := range g.net.Parameters() {
				g.gradient(p)
			}
			cfg := g.net.Config()
			g.scaled("grad_input", channelsFirst(gradient, cfg), relative, 1e-3)
			g.net.KeepMembranes(false)
		}
		rate := train.Cosine(opt.LR, opt.LRMin, i, opt.ScheduleTotal)
		updates.Apply(rate)
		rates, losses = append(rates, float32(rate)), append(losses, float32(loss))
	}
	g.equal("lr", rates, absolute)
	g.equal("step_losses", losses, absolute)
	for _, p := range g.net.Parameters() {
		g.equal("after/param/"+p.Name, p.Export(p.Value), absolute)
	}
	for _, s := range updates.Slots() {
		g.scaled("after/momentum/"+s.Parameter.Name, s.Parameter.Export(s.Value), 2e-5, 1)
	}
	for _, p := range g.net.Statistics() {
		g.equal("after/buffer/"+p.Name, p.Export(p.Value), absolute)
	}
	x, labels := g.batch(0)
	g.equal("after/logits", g.net.Forward(x, len(labels), false).Logits, absolute)
}

// pass compares what one forward pass left behind, in the order of the network, so that the first
// failure is the one to look at.
func (g golden) pass(phase string, out *snn.Output) {
	for _, l := range g.net.Spiking() {
		name := phase + "/" + l.Name()
		if phase == "eval" && strings.Contains(name, "/early.") {
			continue
		}
		if u := l.Membranes(); u != nil {
			g.equal(name+".u", u, absolute)
		}
		g.equal(name+".s", l.Spikes(), 0)
	}
	stages := len(g.net.Config().T)
	for i := range stages {
		g.equal(fmt.Sprintf("%s/stage%d.out", phase, i), g.net.StageOutput(i), absolute)
		if i+1 < stages {
			if d := g.net.TransformerWeights(i); d != nil {
				g.equal(fmt.Sprintf("%s/tt.%d.d", phase, i), d, absolute)
			}
		}
	}
	for i, logits := range out.Early {
		g.equal(fmt.Sprintf("%s/early%d.logits", phase, i), logits, absolute)
	}
	var steps []float32
	for _, s := range out.Steps {
		steps = append(steps, s...)
	}
	g.equal(phase+"/steps", steps, absolute)
	g.equal(phase+"/logits", out.Logits, absolute)
}

func (g golden) gradient(p *snn.Parameter) {
	name := "grad/" + p.Name
	if strings.Contains(p.Name, "conv") && strings.HasSuffix(p.Name, ".bias") {
		// Zero in exact arithmetic, as the norm after it takes the mean away: noise on both sides.
		g.equal(name, p.Export(p.Gradient), 1e-5)
		return
	}
	g.scaled(name, p.Export(p.Gradient), relative, 1e-3)
}

// scaled compares within a tolerance relative to the larger of least and the largest entry.
func (g golden) scaled(name string, got []float32, tolerance, least float64) {
	g.Helper()
	for _, v := range g.want(name) {
		least = max(least, math.Abs(float64(v)))
	}
	g.compare(name, got, g.want(name), func(float32) float64 { return tolerance * least })
}

// equal compares within an absolute tolerance, of large numbers within one that grows with them.
func (g golden) equal(name string, got []float32, tolerance float64) {
	g.Helper()
	want := g.want(name)
	g.compare(name, got, want, allowed(want, tolerance))
}

// allowed is by how much an element of a tensor may be off: by the tolerance, of elements above 1
// by that share of them, and where others are large by eight roundings to float32 of the largest,
// as a sum of large terms that comes out small carries the rounding of the terms. Nothing where the
// tolerance is 0.
func allowed(want []float32, tolerance float64) func(want float32) float64 {
	var largest float64
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	return func(want float32) float64 {
		if tolerance == 0 {
			return 0
		}
		return max(tolerance*max(1, math.Abs(float64(want))), 8*largest/(1<<24))
	}
}

// compare reports the first element that is off by more than is allowed, with its index in the
// tensor's shape.
func (g golden) compare(name string, got, want []float32, allowed func(want float32) float64) {
	g.Helper()
	if len(got) != len(want) {
		g.Fatalf("%s: %d elements, want %d", name, len(got), len(want))
	}
	for i := range want {
		if most := allowed(want[i]); !(math.Abs(float64(got[i])-float64(want[i])) <= most) {
			g.Fatalf("%s%s: got %v, want %v (tolerance %.2g)", name, g.index(name, i), got[i],
				want[i], most)
		}
	}
}

func (g golden) index(name string, i int) string {
	t, _ := g.file.Get(name)
	at := make([]string, len(t.Shape))
	for d := len(t.Shape) - 1; d >= 0; d-- {
		at[d] = strconv.Itoa(i % t.Shape[d])
		i /= t.Shape[d]
	}
	return "[" + strings.Join(at, " ") + "]"
}

func (g golden) want(name string) []float32 {
	g.Helper()
	t, ok := g.file.Get(name)
	if !ok {
		g.Fatalf("no tensor %s in the case", name)
	}
	g.seen[name] = true
	if t.DType == safetensors.U8 {
		v := make([]float32, len(t.Data))
		for i, b := range t.Data {
			v[i] = float32(b)
		}
		return v
	}
	v, err := t.Float32s()
	if err != nil {
		g.Fatalf("%s: %v", name, err)
	}
	return v
}

// allSeen makes sure that no tensor of the case went without a comparison.
func (g golden) allSeen() {
	for _, name := range g.file.Names() {
		if !g.seen[name] {
			g.Errorf("tensor %s was not compared", name)
		}
	}
}

func (g golden) load(p *snn.Parameter, name string) {
	g.Helper()
	if err := p.Import(p.Value, g.want(name)); err != nil {
		g.Fatal(err)
	}
}

// batch is that of step i, its frames [T][B][H][W][C].
func (g golden) batch(i int) (frames []float32, labels []dataset.Label) {
	name := fmt.Sprintf("input/%d", i)
	frames = channelsLast(g.want(name), g.net.Config())
	l, ok := g.file.Get(fmt.Sprintf("labels/%d", i))
	if !ok {
		g.Fatalf("no labels/%d", i)
	}
	g.seen[fmt.Sprintf("labels/%d", i)] = true
	values, err := l.Int64s()
	if err != nil {
		g.Fatal(err)
	}
	for _, v := range values {
		labels = append(labels, dataset.Label{Class: int(v)})
	}
	return frames, labels
}

// channelsLast turns [...][C][H][W] into [...][H][W][C]; channelsFirst turns it back.
func channelsLast(x []float32, cfg snn.Config) []float32 {
	return transpose(x, cfg.InChannels, cfg.Height*cfg.Width)
}

func channelsFirst(x []float32, cfg snn.Config) []float32 {
	return transpose(x, cfg.Height*cfg.Width, cfg.InChannels)
}

// transpose turns [...][rows][columns] into [...][columns][rows].
func transpose(x []float32, rows, columns int) []float32 {
	out := make([]float32, len(x))
	size := rows * columns
	for n := 0; n < len(x); n += size {
		for r := range rows {
			for c := range columns {
				out[n+c*rows+r] = x[n+r*columns+c]
			}
		}
	}
	return out
}

func float32s(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

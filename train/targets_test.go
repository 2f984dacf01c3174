package train

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ssnn/dataset"
)

// byFormula is the cross-entropy to targets as their definition says it, in float64.
func byFormula(t Targets, counts []int, o [][]float64, labels []dataset.Label) (sum float64) {
	K, n, occur := len(counts), 0, 0
	for _, m := range counts {
		n += m
		occur += min(m, 1)
	}
	for b, label := range labels {
		y := make([]float64, K)
		y[label.Class] += 1 - label.Share
		y[label.Other] += label.Share
		z := 0.
		for _, v := range o[b] {
			z += math.Exp(v)
		}
		for c := range y {
			w := 1.
			switch {
			case t.ClassWeights.Balanced && counts[c] == 0:
				w = 0
			case t.ClassWeights.Balanced:
				w = float64(n) / float64(occur*counts[c])
			case t.ClassWeights.ByClass != nil:
				w = t.ClassWeights.ByClass[c]
			}
			share := (1-t.LabelSmoothing)*y[c] + t.LabelSmoothing/float64(K)
			sum -= w * share * math.Log(math.Exp(o[b][c])/z)
		}
	}
	return sum / float64(len(labels))
}

// drawTargets draws targets for K classes, and how many samples each class has.
func drawTargets(t *rapid.T, K int) (Targets, []int) {
	var of Targets
	of.LabelSmoothing = rapid.SampledFrom([]float64{0, 0.1, 0.7}).Draw(t, "smoothing")
	counts := rapid.SliceOfN(rapid.IntRange(0, 20), K, K).Draw(t, "counts")
	counts[0]++
	switch rapid.IntRange(0, 2).Draw(t, "weights") {
	case 1:
		of.ClassWeights.Balanced = true
	case 2:
		of.ClassWeights.ByClass = rapid.SliceOfN(rapid.Float64Range(0, 4), K, K).Draw(t, "list")
	}
	return of.Weigh(counts), counts
}

// The loss is that of the formula, and its gradient that of finite differences.
func TestCrossEntropyToTargets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		K := rapid.IntRange(2, 6).Draw(t, "classes")
		of, counts := drawTargets(t, K)
		class := rapid.IntRange(0, K-1)
		var labels []dataset.Label
		var wide [][]float64
		var logits []float32
		for range rapid.IntRange(1, 4).Draw(t, "batch") {
			labels = append(labels, dataset.Label{
				Class: class.Draw(t, "class"), Other: class.Draw(t, "other"),
				Share: rapid.Float64Range(0, 0.5).Draw(t, "share"),
			})
			row := rapid.SliceOfN(rapid.Float32Range(-8, 8), K, K).Draw(t, "logits")
			var o []float64
			for _, v := range row {
				o = append(o, float64(v))
			}
			wide, logits = append(wide, o), append(logits, row...)
		}
		const weight = 0.3
		grad := make([]float32, len(logits))
		got, want := of.crossEntropy(grad, logits, labels, weight), byFormula(of, counts, wide,
			labels)
		if math.Abs(got-want) > 1e-5*(1+want) {
			t.Fatalf("loss %v, want %v", got, want)
		}
		for i := range grad {
			at := &wide[i/K][i%K]
			const h = 1e-5
			x := *at
			*at = x + h
			above := byFormula(of, counts, wide, labels)
			*at = x - h
			slope := weight * (above - byFormula(of, counts, wide, labels)) / (2 * h)
			*at = x
			if math.Abs(float64(grad[i])-slope) > 1e-5*(1+math.Abs(slope)) {
				t.Fatalf("gradient %d is %v, want %v", i, grad[i], slope)
			}
		}
	})
}

// The gradient of every kind of loss to such targets, a teacher and mixtures included, is that of
// finite differences in what the classifier says at each timestep.
func TestGradientsToTargets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const T, B, K = 3, 2, 4
		l := Default().Loss
		l.Kind = rapid.SampledFrom([]LossKind{MeanLoss, TETLoss}).Draw(t, "kind")
		directions := []Distillation{NoDistillation, StrongToWeak}
		l.Distill = rapid.SampledFrom(directions).Draw(t, "distill")
		l.TETLambda = 0.2
		l.Targets, _ = drawTargets(t, K)
		var teacher []float32
		if rapid.Bool().Draw(t, "teacher") {
			teacher = rapid.SliceOfN(rapid.Float32Range(-3, 3), B*K, B*K).Draw(t,
				"teacher's logits")
		}
		labels := []dataset.Label{{Class: 1, Other: 2, Share: 0.3}, {Class: 3}}
		steps := make([][]float32, T)
		for i := range steps {
			steps[i] = rapid.SliceOfN(rapid.Float32Range(-2, 2), B*K, B*K).Draw(t, "step")
		}
		var grad []float32
		loss := func() float64 {
			mean := make([]float32, B*K)
			for i := range mean {
				for _, s := range steps {
					mean[i] += s[i] / T
				}
			}
			return l.of(&grad, mean, steps, labels, teacher, 1)
		}
		strongest, weakest := extremes(steps, B)
		loss()
		g := append([]float32(nil), grad...)
		for at := range T * B * K {
			if l.distils() && at/(B*K) == strongest {
				continue // the teacher of a distillation is a constant for the gradient
			}
			const h = 1.0 / 64
			x := &steps[at/(B*K)][at%(B*K)]
			was := *x
			*x = was + h
			above := loss()
			s1, w1 := extremes(steps, B)
			*x = was - h
			slope := (above - loss()) / (2 * h)
			s2, w2 := extremes(steps, B)
			*x = was
			if l.distils() && (s1 != strongest || s2 != strongest || w1 != weakest ||
				w2 != weakest) {

				continue
			}
			got := float64(g[at%len(g)])
			if len(g) == B*K {
				got /= T // the mean's gradient
			}
			if math.Abs(got-slope) > 2e-3*(1+math.Abs(slope)) {
				t.Fatalf("loss %d, distillation %d: gradient %d is %v, want %v",
					l.Kind, l.Distill, at, got, slope)
			}
		}
	})
}

// With PyTorch 2:
//
//	o = torch.tensor([[1., -2., .5], [0., .25, 3.]], requires_grad=True)
//	y = torch.tensor([[.7, .3, 0.], [0., 0., 1.]])
//	w = torch.tensor([2., .5, 1.])
//	l = F.cross_entropy(o, y, weight=w, label_smoothing=.1, reduction="sum") / 2
func TestTargetsAsPyTorch(t *testing.T) {
	const wantLoss = 0.794889274
	wantGrad := []float64{-0.206999793, -0.053113824, 0.260113617, -0.010609003, 0.020845285,
		-0.010236282}
	of := Targets{LabelSmoothing: 0.1, ClassWeights: ClassWeights{ByClass: []float64{2, 0.5, 1}}}
	of = of.Weigh([]int{1, 1, 1})
	o := []float32{1, -2, 0.5, 0, 0.25, 3}
	labels := []dataset.Label{{Class: 0, Other: 1, Share: 0.3}, {Class: 2}}
	grad := make([]float32, 6)
	if loss := of.crossEntropy(grad, o, labels, 1); math.Abs(loss-wantLoss) > 1e-6 {
		t.Errorf("loss %.9f, want %v", loss, wantLoss)
	}
	for i, g := range grad {
		if math.Abs(float64(g)-wantGrad[i]) > 1e-6 {
			t.Errorf("gradient %d is %.9f, want %v", i, g, wantGrad[i])
		}
	}
}

// Balanced weights are scikit-learn's: compute_class_weight("balanced", classes=[0, 1, 2],
// y=[0]*6 + [1]*3 + [2]*1) is [0.5555, 1.1111, 3.3333].
func TestBalancedWeights(t *testing.T) {
	for _, c := range []struct {
		counts []int
		want   []float64
	}{
		{[]int{6, 3, 1}, []float64{10. / 18, 10. / 9, 10. / 3}},
		{[]int{2, 0, 2}, []float64{1, 0, 1}},
	} {
		of := Targets{ClassWeights: ClassWeights{Balanced: true}}.Weigh(c.counts)
		if fmt.Sprint(of.weights) != fmt.Sprint(c.want) {
			t.Errorf("weights %v, want %v", of.weights, c.want)
		}
		if math.Abs(of.guess-1) > 1e-12 {
			t.Errorf("a sample counts %v in the mean, want 1", of.guess)
		}
	}
}

func TestTargetsAreRefused(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"train.label_smoothing 1, want 0 to below 1", func(c *Config) { c.LabelSmoothing = 1 }},
		{"train.class_weights -1, want 0 to",
			func(c *Config) { c.ClassWeights.ByClass = []float64{-1} }},
		{"train.class_weights has no number above 0",
			func(c *Config) { c.ClassWeights.ByClass = []float64{0, 0} }},
		{"train.sampling 2, want 0 to 1", func(c *Config) { c.Sampling = 2 }},
		{"each makes up for rare classes",
			func(c *Config) { c.Sampling, c.ClassWeights.Balanced = BalancedSampling, true }},
		{"leaves no share of the loss to train.label_smoothing", func(c *Config) {
			c.Teacher, c.TeacherWeight, c.LabelSmoothing = "x", 1, 0.1
		}},
		{"train.keep 2, want 0 to 1", func(c *Config) { c.Keep = 2 }},
		{"train.patience -1, want 0 to", func(c *Config) { c.Patience = -1 }},
	} {
		cfg := Default()
		c.change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/snn"
	"ssnn/train"
)

// near fails the test unless got is want but for the rounding of 32-bit sums.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-5*max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// neuronsOf is the layer of a name as the last pass left it.
func neuronsOf(t *testing.T, net *snn.Network, name string) snn.Spiking {
	for _, s := range net.Spiking() {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("no neurons %q", name)
	return snn.Spiking{}
}

// testRates compares the firing rates of all layers and timesteps with the spikes of all recordings
// in one pass, counted one by one.
func testRates(t *testing.T, r Run, m *Measured) {
	r.forward(spreadOver(20, 20))
	varies := false
	for _, l := range m.Layers {
		s := neuronsOf(t, r.Net, l.Name)
		shape, spikes := s.Shape(), s.Spikes()
		T, size := shape[0], len(spikes)/shape[0]
		if len(l.Rates) != T || l.Neurons != shape[2]*shape[3]*shape[4] {
			t.Fatalf("%s: %d timesteps and %d neurons, want %v", l.Name, len(l.Rates), l.Neurons,
				shape)
		}
		for i, rate := range l.Rates {
			sum := 0.
			for _, v := range spikes[i*size : (i+1)*size] {
				sum += float64(v)
			}
			near(t, l.Name, rate, sum/float64(size))
		}
		varies = varies || math.Abs(l.Rates[0]-l.Rates[T-1]) > 1e-3
	}
	if !varies {
		t.Error("all rates are the same at the first and last timestep, which tests little")
	}
}

func TestRates(t *testing.T) {
	r := run(t, "x", 3, 2)
	m := measured(t, r)
	if names := []string{m.Layers[0].Name, m.Layers[1].Name,
		m.Layers[2].Name}; len(m.Layers) != 3 || !slices.Equal(names,
		[]string{"stages.0.0.lif", "stages.1.0.lif", "stages.1.1.lif"}) {
		t.Fatalf("layers %v", names)
	}
	testRates(t, r, m)
	spikes, neurons := 0., 0.
	for _, l := range m.Layers {
		for _, rate := range l.Rates {
			spikes, neurons = spikes+rate*float64(l.Neurons), neurons+float64(l.Neurons)
		}
	}
	near(t, "rate of all", m.Rate(), spikes/neurons)
}

// The weights d of each timestep are those of the network, their mean and deviation over the
// recordings, of a causal one over its timesteps too.
func TestTransitions(t *testing.T) {
	t.Run("softmax", func(t *testing.T) { testTransition(t, snn.Softmax, 20) })
	t.Run("causal", func(t *testing.T) { testTransition(t, snn.Causal, 20*4) })
}

// testTransition compares the weights from 4 to 3 timesteps with those of a pass of all recordings,
// [rows][3].
func testTransition(t *testing.T, kind snn.Transition, rows int) {
	r := runOf(t, "x", func(cfg *snn.Config) { cfg.Transition = kind }, 4, 3)
	m := measured(t, r)
	r.forward(spreadOver(20, 20))
	d := r.Net.TransformerWeights(0)
	if len(d) != rows*3 {
		t.Fatalf("%d weights, want %d times 3", len(d), rows)
	}
	got := m.Transitions[0]
	if len(m.Transitions) != 1 || got.Stage != 0 || len(got.Mean) != 3 || len(got.Deviation) != 3 {
		t.Fatalf("%+v", m.Transitions)
	}
	for i := range 3 {
		mean, square := 0., 0.
		for b := range rows {
			mean += float64(d[b*3+i]) / float64(rows)
		}
		for b := range rows {
			square += math.Pow(float64(d[b*3+i])-mean, 2)
		}
		near(t, "mean", got.Mean[i], mean)
		if want := math.Sqrt(square / float64(rows-1)); math.Abs(got.Deviation[i]-want) > 1e-6 ||
			want == 0 {

			t.Errorf("timestep %d: deviation %v, want %v, not 0", i, got.Deviation[i], want)
		}
	}
	if math.Abs(got.Mean[0]-got.Mean[2]) < 1e-3 {
		t.Error("the weights are the same backwards, which tests little")
	}
}

// testMaps compares each pixel with the spikes of the recording in a pass of its own.
func testMaps(t *testing.T, r Run, m *Measured) {
	for _, maps := range m.Maps {
		frames, out, err := r.forward([]int{maps.Recording})
		if err != nil {
			t.Fatal(err)
		}
		if class := r.Classes[r.Test.Label(maps.Recording, nil).Class]; maps.Class != class ||
			maps.Answer != r.Classes[snn.Argmax(out.Logits)] {

			t.Errorf("recording %d: %s taken for %s, want %s for %s", maps.Recording, maps.Class,
				maps.Answer, class, r.Classes[snn.Argmax(out.Logits)])
		}
		cfg := r.Net.Config()
		for i, v := range maps.Input.Values {
			want := 0.
			for t := range cfg.T[0] {
				for c := range 2 {
					want += float64(frames[(t*12*12+i)*2+c])
				}
			}
			near(t, "frames", v, want/float64(2*cfg.T[0]))
		}
		for _, l := range maps.Layers {
			s := neuronsOf(t, r.Net, l.Name)
			shape, spikes := s.Shape(), s.Spikes()
			if l.Height != shape[3] || l.Width != shape[4] {
				t.Fatalf("%s: %dx%d pixels, want %v", l.Name, l.Width, l.Height, shape)
			}
			images, pixels := shape[0]*shape[2], shape[3]*shape[4]
			for p, v := range l.Values {
				want := 0.
				for i := range images {
					want += float64(spikes[i*pixels+p])
				}
				near(t, l.Name, v, want/float64(images))
			}
		}
	}
	if slices.Equal(m.Maps[0].Layers[0].Values, m.Maps[1].Layers[0].Values) {
		t.Error("two recordings have the same map, which tests little")
	}
}

func TestMaps(t *testing.T) {
	r := run(t, "x", 3, 2)
	m := measured(t, r)
	var recordings []int
	for _, maps := range m.Maps {
		recordings = append(recordings, maps.Recording)
		if len(maps.Layers) != 2 || maps.Layers[0].Name != "stages.0.0.lif" ||
			maps.Layers[1].Name != "stages.1.1.lif" {

			t.Fatalf("maps of %+v, want the last layer of each stage", maps.Layers)
		}
	}
	if want := []int{0, 7, 14}; !slices.Equal(recordings, want) { // the first of each class
		t.Fatalf("recordings %v, want %v", recordings, want)
	}
	testMaps(t, r, m)
}

// Parameters, by hand: convolutions 2*6*9, 6*8*9, 8*8*9, a weight and a bias of each channel's
// norm, the temporal transformer from 3 to 2 timesteps, the output from 8*6*6 spikes to 3 classes;
// of the early classifier a convolution 6*6*9, its norm, and 6 means to 3 classes.
func TestParameters(t *testing.T) {
	m := measured(t, run(t, "x", 3, 2))
	if want := 108 + 432 + 576 + 2*(6+8+8) + 3*2 + 8*6*6*3 + 3; m.Parameters != want {
		t.Errorf("%d parameters, want %d", m.Parameters, want)
	}
	if want := 324 + 2*6 + 6*3 + 3; m.EarlyParameters != want {
		t.Errorf("%d parameters of early classifiers, want %d", m.EarlyParameters, want)
	}
}

// The gradients are those of a step of training, and without early classifiers those of a step of
// the same weights where their losses weigh nothing.
func TestGradients(t *testing.T) {
	r := run(t, "x", 3, 2)
	m := measured(t, r)
	for _, c := range []struct {
		of  string
		net *snn.Network
		got []Gradient
	}{{"trained", r.Net, m.Gradients}, {"fresh", r.Fresh, m.FreshGradients}} {
		whole, output := stepped(t, r, c.net, nil), stepped(t, r, c.net, []float64{0, 1})
		if len(c.got) != 2 {
			t.Fatalf("%s: %d stages", c.of, len(c.got))
		}
		for i, g := range c.got {
			if math.Abs(g.Whole-whole[i]) > 1e-5*whole[i] ||
				math.Abs(g.Output-output[i]) > 1e-5*output[i] || output[i] == 0 {

				t.Errorf("%s, stage %d: gradients %+v, want %v and %v, not 0", c.of, i, g, whole[i],
					output[i])
			}
		}
		if whole[0] == output[0] || whole[1] != output[1] {
			t.Errorf("%s: %v and %v: the early classifier should change the gradients of the "+
				"first stage alone", c.of, whole, output)
		}
	}
	if m.FreshGradients[0] == m.Gradients[0] {
		t.Error("the fresh network has the gradients of the trained one")
	}
}

// stepped are the lengths of the gradients of the stages after a step of a network of the same
// weights with these lambdas.
func stepped(t *testing.T, r Run, weights *snn.Network, lambdas []float64) []float64 {
	cfg := weights.Config()
	cfg.Lambdas = lambdas
	net, err := snn.New(cfg, 7, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	for i, p := range net.Parameters() {
		copy(p.Value, weights.Parameters()[i].Value)
	}
	n := r.Batch.Len()
	frames := make([]float32, cfg.T[0]*n*r.Batch.(samples).size)
	var labels []dataset.Label
	for i := range n {
		labels = append(labels, r.Batch.Label(i, nil))
	}
	r.Batch.Fill(frames, spreadOver(n, n), nil)
	train.NewStep(net, r.Loss).Run(frames, labels)
	squares := make([]float64, len(cfg.T))
	for _, p := range net.Parameters() {
		for i, prefix := range []string{"stages.0.", "stages.1."} {
			if strings.HasPrefix(p.Name, prefix) {
				for _, g := range p.Export(p.Gradient) {
					squares[i] += float64(g) * float64(g)
				}
			}
		}
	}
	for i, square := range squares {
		squares[i] = math.Sqrt(square)
	}
	return squares
}

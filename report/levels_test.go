package report

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ssnn/snn"
)

// multilevel makes neurons of three levels, low enough that some fire more than once.
func multilevel(cfg *snn.Config) {
	cfg.Neuron, cfg.Levels, cfg.Threshold = snn.MultiLevel, 3, 0.25
}

// Neurons of several levels fire numbers: rates and maps are numbers of spikes, each level fires
// where its own membrane reaches its own threshold, and what reads the numbers multiplies.
func TestLevels(t *testing.T) {
	r := runOf(t, "mlf", multilevel, 3, 2)
	m := measured(t, r)
	if m.Levels != 3 {
		t.Fatalf("%d levels, want 3", m.Levels)
	}
	testRates(t, r, m)
	testMaps(t, r, m)
	most := 0.
	for _, maps := range m.Maps {
		for _, l := range maps.Layers {
			most = max(most, l.Most())
		}
	}
	if most <= 1 {
		t.Errorf("no pixel has more than %v spikes a neuron, which tests little", most)
	}

	fired := 0.
	for i, n := range m.Membranes[0].Counts {
		if (Histogram{}).Center(i) > 1 {
			fired += float64(n)
		}
	}
	fired = (fired + float64(aboveBins(t, r))) / float64(m.Membranes[0].All)
	if rate, _ := meanDeviation(m.Layers[0].Rates); math.Abs(3*fired-rate) > 1e-6 {
		t.Errorf("%v of the levels' membranes are above their threshold, want a third of %v", fired,
			rate)
	}
	if s := m.Synapses[2]; s.Layer != "stages.1.1.conv" || m.energy(2, 3).Accumulates != 0 ||
		m.energy(2, 3).MultiplyAccumulates != float64(s.Active)/20 {

		t.Errorf("%+v behind neurons of three levels takes %+v, want multiply-accumulates", s,
			m.energy(2, 3))
	}
}

// aboveBins is how many membranes of the first layer are above the bins of a histogram.
func aboveBins(t *testing.T, r Run) (n int) {
	r.Net.KeepMembranes(true)
	defer r.Net.KeepMembranes(false)
	r.forward(spreadOver(20, 20))
	u := r.Net.Spiking()[0].Membranes()
	for i, v := range u {
		if threshold := 0.25 + float32(i*3/len(u)); v >= 3*threshold {
			n++
		}
	}
	return n
}

// The page of such a run counts spikes where that of another has percentages, beside it too.
func TestLevelsOnPage(t *testing.T) {
	mlf, lif := measured(t, runOf(t, "mlf", multilevel, 3, 2)), measured(t, run(t, "lif", 3, 2))
	var b bytes.Buffer
	if _, err := Write(&b, "two runs", "by a test", []*Measured{mlf, lif}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"<th>layer, spikes a neuron</th>", "<th>layer, %</th>",
		"spikes a neuron and timestep</td>", "% of the neurons a timestep</td>"} {
		if strings.Count(page, want) != 1 {
			t.Errorf("%q is there %d times, want once", want, strings.Count(page, want))
		}
	}
	said := map[string]int{}
	for _, to := range regexp.MustCompile(`>to ([0-9.]+) (%|spikes)<`).FindAllStringSubmatch(page,
		-1) {
		said[to[2]]++
		if v, _ := strconv.ParseFloat(to[1], 64); to[2] == "%" && v > 100 {
			t.Errorf("fires at %s %%", to[1])
		}
	}
	if said["%"] != 6 || said["spikes"] != 6 { // two layers of three recordings
		t.Errorf("maps to %v, want 6 of each", said)
	}
}

// Spike-element-wise blocks hand on sums of spikes, but their neurons spike once: rates are shares,
// maps those of the body and not of the shortcut.
func TestSEW(t *testing.T) {
	r := runOf(t, "sew", func(cfg *snn.Config) {
		cfg.Stages = [][]snn.Item{{snn.Conv(6), snn.SEW(6, 1)}, {snn.SEW(8, 2)}}
	}, 3, 2)
	m := measured(t, r)
	if m.Levels != 1 {
		t.Errorf("%d levels, want 1", m.Levels)
	}
	testRates(t, r, m)
	testMaps(t, r, m)
	var names []string
	for _, l := range m.Maps[0].Layers {
		names = append(names, l.Name)
	}
	if got, want := strings.Join(names, " "), "stages.0.1.lif2 stages.1.0.lif2"; got != want {
		t.Errorf("maps of %s, want %s", got, want)
	}
	for i, s := range m.Synapses {
		single := s.Layer == "stages.0.1.conv1" || strings.HasSuffix(s.Layer, "conv2")
		if e := m.energy(i, i+1); (e.Accumulates > 0) != single ||
			(e.MultiplyAccumulates > 0) == single {

			t.Errorf("%s takes %+v, and its inputs are single spikes: %v", s.Layer, e, single)
		}
	}
}

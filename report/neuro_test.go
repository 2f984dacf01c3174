package report

import (
	"math"
	"strings"
	"testing"

	"ssnn/snn"
)

// The metrics of a small network, by counting again what they are made of: over the spikes of its
// layers, and over the products of its convolutions pixel by pixel. Whether they are those of
// NeuroBench, bench/neuro compares.
func TestMeasureNeuro(t *testing.T) {
	r := run(t, "x", 3, 2)
	s := samples{n: 10, size: 12 * 12 * 2}
	got, err := MeasureNeuro(t.Context(), r.Net, s, 4)
	if err != nil {
		t.Fatal(err)
	}
	energy, err := MeasureEnergy(t.Context(), r.Net, s)
	if err != nil {
		t.Fatal(err)
	}
	cfg, between := r.Net.Config(), 0.
	strengths := 1.
	if cfg.Transition == snn.Softmax {
		between, strengths = 3*2, 2
	}
	o := got.SynapticOperations
	effective := energy.Accumulates + energy.MultiplyAccumulates
	if least := effective + between; o.EffectiveMACs+o.EffectiveACs < least-1e-6 ||
		o.EffectiveMACs+o.EffectiveACs > strengths*least {

		t.Errorf("%+v, of which the energy has %v", o, effective)
	}
	if o.Dense < o.EffectiveMACs+o.EffectiveACs {
		t.Errorf("more operations than there are: %+v", o)
	}
	own, early := Parameters(r.Net)
	if got.ParameterCount != own+early {
		t.Errorf("%d parameters, want %d", got.ParameterCount, own+early)
	}
	statistics := 0
	for _, p := range r.Net.Statistics() {
		statistics += p.Len()
	}
	if want := 4 * (own + early + statistics); got.Footprint != want {
		t.Errorf("%d bytes, want %d", got.Footprint, want)
	}
	hits := 0
	for i := range s.n {
		_, out, err := Run{Net: r.Net, Test: s}.forward([]int{i})
		if err != nil {
			t.Fatal(err)
		}
		if snn.Argmax(out.Logits) == s.Label(i, nil).Class {
			hits++
		}
	}
	if want := float64(hits) / 10; math.Abs(got.ClassificationAccuracy-want) > 1e-9 {
		t.Errorf("accuracy %v, want %v", got.ClassificationAccuracy, want)
	}
	if got.ActivationSparsity <= 0 || got.ActivationSparsity >= 1 {
		t.Errorf("activation sparsity %v", got.ActivationSparsity)
	}
	for name := range got.ActivationSparsityByLayer {
		if !strings.HasPrefix(name, "stages.") {
			t.Errorf("layer %q, want those of stages only", name)
		}
	}
}

// A tenth of the weights of a network are 0.
func TestConnectionSparsity(t *testing.T) {
	r := run(t, "x", 3, 2)
	zeros, all := 0, 0
	for _, p := range r.Net.Parameters() {
		if len(p.Shape) < 2 || !strings.HasSuffix(p.Name, ".weight") {
			continue
		}
		x := p.Export(p.Value)
		for i := range x {
			if x[i] = 1; i%10 == 0 {
				x[i] = 0
				zeros++
			}
			all++
		}
		if err := p.Import(p.Value, x); err != nil {
			t.Fatal(err)
		}
	}
	var n Neuro
	n.parameters(r.Net)
	if want := math.Round(1e4*float64(zeros)/float64(all)) / 1e4; n.ConnectionSparsity != want {
		t.Errorf("connection sparsity %v, want %v", n.ConnectionSparsity, want)
	}
}

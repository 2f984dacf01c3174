package report

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssnn/snn"
)

func TestNeuronText(t *testing.T) {
	for text, want := range map[string]Neuron{
		"stages.0.1":         {Layer: "stages.0.1", All: true},
		"stages.0.1.lif":     {Layer: "stages.0.1", All: true},
		"stages.1.0:3,10,12": {Layer: "stages.1.0", Channel: 3, Row: 10, Column: 12},
	} {
		var n Neuron
		if err := n.UnmarshalText([]byte(text)); err != nil || n != want {
			t.Errorf("%s: %+v, %v, want %+v", text, n, err, want)
		}
	}
	for _, text := range []string{"", "a:", "a:1,2", "a:1,2,x", "a:1,2,-3", "a:1,2,3,4"} {
		if err := new(Neuron).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken for a neuron", text)
		}
	}
}

// Traces are the membranes and spikes of the network; where nobody chose, no neuron of a channel
// fires more than the one that is shown, but at all timesteps.
func TestTraces(t *testing.T) {
	r := run(t, "x", 3, 2)
	r.Net.KeepMembranes(true)
	defer r.Net.KeepMembranes(false)
	got, err := r.traces(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Recording != 4 || got.Class != r.Classes[0] || len(got.Layers) != 3 {
		t.Fatalf("%+v", got)
	}
	r.forward([]int{4})
	layers, _ := stageNeurons(r.Net)
	for i, s := range layers {
		shape, spikes, membranes := s.Shape(), s.Spikes(), s.Membranes()
		count := func(c, y, x int) (n int) {
			for step := range shape[0] {
				n += int(spikes[((step*shape[2]+c)*shape[3]+y)*shape[4]+x])
			}
			if n == shape[0] {
				n = 0
			}
			return n
		}
		if want := min(shape[2], mostTraces(3)); len(got.Layers[i]) != want {
			t.Fatalf("%d neurons of %s, want %d", len(got.Layers[i]), s.Name(), want)
		}
		for k, n := range got.Layers[i] {
			if n.Layer+".lif" != s.Name() || k > 0 && n.Fired() > got.Layers[i][k-1].Fired() {
				t.Errorf("%+v, want one of %s, after those that fire more", n, s.Name())
			}
			for y := range shape[3] {
				for x := range shape[4] {
					if count(n.Channel, y, x) > n.Fired() {
						t.Fatalf("%+v fires %d times, row %d, column %d more", n.Neuron, n.Fired(),
							y, x)
					}
				}
			}
			for step := range shape[0] {
				at := ((step*shape[2]+n.Channel)*shape[3]+n.Row)*shape[4] + n.Column
				u := float64(membranes[at]) / r.Net.Config().Threshold
				if n.Spikes[step] != int(spikes[at]) || math.Abs(n.Membranes[step]-u) > 1e-6 ||
					(u >= 1) != (n.Spikes[step] > 0) {

					t.Errorf("%+v, timestep %d: %d spikes of %v, want %v of %v", n.Neuron, step,
						n.Spikes[step], n.Membranes[step], spikes[at], u)
				}
			}
		}
	}
	one := []Neuron{{Layer: "stages.1.1", Channel: 2, Row: 5, Column: 4},
		{Layer: "stages.0.0", All: true}}
	got, err = r.traces(0, one)
	if err != nil || len(got.Layers) != 2 || len(got.Layers[1]) != 1 ||
		got.Layers[1][0].Neuron != one[0] || len(got.Layers[0]) != 6 {

		t.Errorf("%+v, %v", got, err)
	}
	for want, n := range map[string]Neuron{
		`no layer "stages.7" of neurons, want one of stages.0.0, stages.1.0, stages.1.1`: {
			Layer: "stages.7"},
		"neuron 8,0,0 of stages.1.0, want one in its 8 channels of 6 rows and 6 columns": {
			Layer: "stages.1.0", Channel: 8},
	} {
		if _, err := r.traces(0, []Neuron{n}); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := r.traces(20, nil); err == nil {
		t.Error("no error for a recording that is not there")
	}
}

// A raster has a cell for each timestep of each neuron, in the run's colour where it fires.
func TestRaster(t *testing.T) {
	traces := &Traces{Layers: [][]Trace{
		{{Neuron: Neuron{Layer: "a"}, Spikes: []int{1, 0, 1, 0}},
			{Neuron: Neuron{Layer: "a"}, Spikes: []int{0, 0, 0, 1}}},
		{{Neuron: Neuron{Layer: "b"}, Spikes: []int{0, 2}}},
	}}
	var got []bool
	cells := rectangles(t, traces.raster("spikes", Look{Hue: 1}))
	for _, r := range cells {
		if !sameColour(r.fill, palette[1]) && !sameColour(r.fill, faint) {
			t.Errorf("a cell of colour %v", r.fill)
		}
		got = append(got, sameColour(r.fill, palette[1]))
	}
	want := []bool{true, false, true, false, false, false, false, true, false, true}
	if !slices.Equal(got, want) {
		t.Fatalf("cells %v, want %v", got, want)
	}
	// Both layers have the whole width.
	if a, b := cells[3].right, cells[9].right; math.Abs(a-b) > 0.01 {
		t.Errorf("layers end at %v and %v", a, b)
	}
}

// What differs comes first, by the network, then training, then the rest; what is the same is not
// said.
func TestDifferences(t *testing.T) {
	a := &Measured{Values: map[string]string{"seed": "1", "train.lr": "0.1", "network.tau": "0.5",
		"network.reset": "hard"}}
	b := &Measured{Values: map[string]string{"seed": "2", "train.lr": "0.2", "network.tau": "0.5"}}
	got := fmt.Sprint(differences([]*Measured{a, b, a}))
	want := "[{network.reset [hard  hard]} {train.lr [0.1 0.2 0.1]} {seed [1 2 1]}]"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if d := differences([]*Measured{a, a}); d != nil {
		t.Errorf("%v", d)
	}
}

// Figures of the same kind have the same axes in all runs, and each run its hue.
func TestAxesAndHues(t *testing.T) {
	small := measured(t, run(t, "small", 3, 2))
	large := measured(t, runOf(t, "large", func(c *snn.Config) { c.Tau = 0.9 }, 3, 2))
	for i := range large.Membranes {
		large.Membranes[i].All *= 1000 // shares far smaller
	}
	var b bytes.Buffer
	figures, err := Write(&b, "two runs", "by a test", []*Measured{small, large})
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	number := regexp.MustCompile(`>([-0-9.e]+)</text>`)
	for _, f := range figures {
		svg, err := f.SVG()
		if err != nil {
			t.Fatal(err)
		}
		if kind, run, ok := strings.Cut(f.Name, "-small"); ok && run == "" {
			labels[kind] = fmt.Sprint(number.FindAllStringSubmatch(string(svg), -1))
		}
	}
	for _, f := range figures {
		kind, _, ok := strings.Cut(f.Name, "-large")
		if !ok || !slices.Contains([]string{"membranes", "transformers", "stage-losses"}, kind) {
			continue
		}
		svg, _ := f.SVG()
		if got := fmt.Sprint(number.FindAllStringSubmatch(string(svg), -1)); got != labels[kind] {
			t.Errorf("%s: axes %s, want %s", kind, got, labels[kind])
		}
		if !bytes.Contains(svg, []byte("stroke:#D55E00")) ||
			bytes.Contains(svg, []byte("stroke:#0072B2")) {

			t.Errorf("%s of the second run is not in its colour alone", kind)
		}
	}
	if n := strings.Count(b.String(), `<span class="dot hue1">`); n < 5 {
		t.Errorf("the second run is marked %d times", n)
	}
}

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ssnn/snn"
)

// Neuron is a neuron that a page shows, or with All set the neurons of its layer that fire most. As
// text it is "stages.0.1" or "stages.0.1:CHANNEL,ROW,COLUMN".
type Neuron struct {
	Layer                string // without ".lif"
	Channel, Row, Column int    // place in the layer, from 0
	All                  bool   // those of the layer that fire most, and not the one at the place
}

// UnmarshalText reads it.
func (n *Neuron) UnmarshalText(b []byte) error {
	layer, place, one := strings.Cut(string(b), ":")
	*n = Neuron{Layer: strings.TrimSuffix(layer, ".lif"), All: !one}
	if layer == "" {
		return fmt.Errorf("%q, want LAYER or LAYER:CHANNEL,ROW,COLUMN, like stages.0.1:3,10,12", b)
	}
	if !one {
		return nil
	}
	parts := strings.Split(place, ",")
	for i, to := range []*int{&n.Channel, &n.Row, &n.Column} {
		var err error
		if len(parts) == 3 {
			*to, err = strconv.Atoi(parts[i])
		}
		if err != nil || len(parts) != 3 || *to < 0 {
			return fmt.Errorf("%q, want LAYER:CHANNEL,ROW,COLUMN, like stages.0.1:3,10,12", b)
		}
	}
	return nil
}

// Trace has the membrane and the spikes of a neuron at each timestep of its stage, while a
// recording is shown.
type Trace struct {
	Neuron
	Membranes []float64 // before the reset, in units of the (first) threshold
	Spikes    []int     // number of spikes at each timestep
}

// Fired returns the number of spikes that it fired.
func (t Trace) Fired() (n int) {
	for _, s := range t.Spikes {
		n += s
	}
	return n
}

// Traces has the traces of some neurons while a recording is shown.
type Traces struct {
	Recording     int       // number in the test split
	Class, Answer string    // names of the right class, and of the network's answer
	Layers        [][]Trace // of the layers with any; those that fire most first
}

// mostTraces returns the number of neurons of a layer that are shown; with many layers it is less.
func mostTraces(layers int) int { return max(2, min(8, 96/max(1, layers))) }

// traces shows a recording to the network, whose membranes are kept, and follows the chosen
// neurons; with none chosen some of each layer, see busiest.
func (r Run) traces(recording int, chosen []Neuron) (*Traces, error) {
	if recording >= r.Test.Len() {
		return nil, fmt.Errorf("test recording %d, want 0 to %d", recording, r.Test.Len()-1)
	}
	_, out, err := r.forward([]int{recording})
	if err != nil {
		return nil, err
	}
	all := &Traces{Recording: recording, Class: r.Classes[r.Test.Label(recording, nil).Class],
		Answer: r.Classes[snn.Argmax(out.Logits)]}
	layers, _ := stageNeurons(r.Net)
	var names []string
	shown := map[string]bool{}
	for _, s := range layers {
		names = append(names, strings.TrimSuffix(s.Name(), ".lif"))
	}
	for _, n := range chosen {
		if !slices.Contains(names, n.Layer) {
			return nil, fmt.Errorf("no layer %q of neurons, want one of %s", n.Layer,
				strings.Join(names, ", "))
		}
		shown[n.Layer] = true
	}
	most := mostTraces(len(layers))
	if len(chosen) > 0 {
		most = mostTraces(len(shown))
	}
	for i, s := range layers {
		var own []Neuron
		for _, n := range chosen {
			if shape := s.Shape(); n.Layer == names[i] && !n.All && (n.Channel >= shape[2] ||
				n.Row >= shape[3] || n.Column >= shape[4]) {

				return nil, fmt.Errorf("neuron %d,%d,%d of %s, want one in its %d channels of %d "+
					"rows and %d columns", n.Channel, n.Row, n.Column, n.Layer, shape[2], shape[3],
					shape[4])
			}
			if n.Layer == names[i] && !n.All {
				own = append(own, n)
			}
		}
		if len(chosen) == 0 || len(own) == 0 && shown[names[i]] {
			own = busiest(s, names[i], most)
		}
		if len(own) == 0 {
			continue
		}
		traces := follow(s, own, r.Net.Config().Threshold)
		slices.SortStableFunc(traces, func(a, b Trace) int {
			return cmp.Compare(b.Fired(), a.Fired())
		})
		all.Layers = append(all.Layers, traces)
	}
	return all, nil
}

// busiest returns the neurons of a layer that fire at the most timesteps in the last pass, which
// had one recording, at most one of each channel. Those that fire at all timesteps show little, and
// come after all others that fire.
func busiest(s snn.Spiking, layer string, most int) []Neuron {
	shape, spikes := s.Shape(), s.Spikes() // [T][1][C][H][W]
	pixels := shape[3] * shape[4]
	counts := make([]float64, shape[2]*pixels) // of timesteps
	for i, v := range spikes {
		if v > 0 {
			counts[i%len(counts)]++
		}
	}
	for i, n := range counts {
		if n == float64(shape[0]) {
			counts[i] = 0.5
		}
	}
	best := make([]int, shape[2]) // by channel
	for c := range best {
		best[c] = c * pixels
		for i := range pixels {
			if counts[c*pixels+i] > counts[best[c]] {
				best[c] = c*pixels + i
			}
		}
	}
	slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	var all []Neuron
	for _, i := range best[:min(most, len(best))] {
		all = append(all, Neuron{Layer: layer, Channel: i / pixels, Row: i % pixels / shape[4],
			Column: i % shape[4]})
	}
	return all
}

// follow returns the traces of neurons of a layer in the last pass.
func follow(s snn.Spiking, neurons []Neuron, threshold float64) (all []Trace) {
	shape, spikes, membranes := s.Shape(), s.Spikes(), s.Membranes()
	for _, n := range neurons {
		t := Trace{Neuron: n}
		for step := range shape[0] {
			at := ((step*shape[2]+n.Channel)*shape[3]+n.Row)*shape[4] + n.Column
			t.Membranes = append(t.Membranes, float64(membranes[at])/threshold)
			t.Spikes = append(t.Spikes, int(spikes[at]))
		}
		all = append(all, t)
	}
	return all
}

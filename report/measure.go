package report

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"ssnn/snn"
	"ssnn/train"
)

// Measured has the measurements of a run's network, and does not need the network any more.
type Measured struct {
	Name    string            // name of the run
	Facts   []Fact            // further facts for the reader
	Values  map[string]string // values of the recipe, by key
	Classes []string          // names, in the order of the network's outputs
	Metrics []train.Metrics   // metrics of each epoch

	Config                      snn.Config // of the network
	Parameters, EarlyParameters int        // of the network, and of its early classifiers
	Levels                      int        // of a neuron: how many spikes it can fire at a timestep

	Answers train.Evaluation // on all test recordings

	// On some test recordings, spread evenly over the set.
	Recordings  int            // number of these
	Layers      []Layer        // of neurons
	Synapses    []snn.Synapses // of all these recordings together
	Transitions []Transition   // temporal transformers
	Membranes   []Histogram    // of the neurons of each stage, all their levels
	Maps        []Maps         // of a few of them
	Traces      *Traces        // of one

	// On one batch of training recordings. Those of a fresh network are nil where there is none.
	Gradients, FreshGradients []Gradient
}

// Layer is a layer of neurons.
type Layer struct {
	Name    string // like "stages.0.1"
	Stage   int    // from 0
	Neurons int    // number of neurons
	// Rates has the mean number of spikes of a neuron at each timestep; with one level that is the
	// share of the neurons that spike.
	Rates []float64
}

// Rate returns the mean number of spikes of a neuron at a timestep; with one level that is the
// share that spikes.
func (m *Measured) Rate() float64 {
	spikes, all := 0., 0.
	for _, l := range m.Layers {
		for _, r := range l.Rates {
			spikes += r * float64(l.Neurons)
			all += float64(l.Neurons)
		}
	}
	return spikes / max(all, 1)
}

// Transition has the weights d of the temporal transformer after a stage.
type Transition struct {
	Stage int // from 0
	// Mean and Deviation are those over the recordings, for each timestep of the next stage. With a
	// causal transformer they are over the timesteps of the stage too.
	Mean, Deviation []float64
}

const (
	mostRecordings = 64 // recordings on which activity is measured
	atOnce         = 8  // recordings in a pass
)

// Measure measures a run. It leaves the network as it was. The error is that of reading samples.
func Measure(r Run) (*Measured, error) {
	m := &Measured{Name: r.Name, Facts: r.Facts, Values: r.Values, Classes: r.Classes,
		Metrics: r.Metrics, Config: r.Net.Config()}
	m.Parameters, m.EarlyParameters = Parameters(r.Net)
	var err error
	m.Answers, err = train.Evaluate(context.Background(), r.Net, r.Test, r.Batch.Len())
	if err != nil {
		return nil, err
	}
	if err := m.measureActivity(r); err != nil {
		return nil, err
	}
	if m.Gradients, err = gradients(r.Net, r.Loss, r.Batch); err != nil {
		return nil, err
	}
	if r.Fresh != nil {
		if m.FreshGradients, err = gradients(r.Fresh, r.Loss, r.Batch); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Parameters returns the numbers of values that training fits: of the network without its early
// classifiers, and of these.
func Parameters(net *snn.Network) (own, early int) {
	for _, p := range net.Parameters() {
		if strings.HasPrefix(p.Name, "early") {
			early += p.Len()
		} else {
			own += p.Len()
		}
	}
	return own, early
}

// measureActivity runs some test recordings through the network, a few at a time.
func (m *Measured) measureActivity(r Run) error {
	net, cfg := r.Net, m.Config
	net.KeepMembranes(true)
	defer net.KeepMembranes(false)
	all := spreadOver(r.Test.Len(), mostRecordings)
	m.Recordings = len(all)
	m.Membranes = make([]Histogram, len(cfg.T))
	weights := make([][][]float64, len(cfg.T)) // [stage][timestep][recording]
	for from := 0; from < len(all); from += atOnce {
		which := all[from:min(from+atOnce, len(all))]
		if _, _, err := r.forward(which); err != nil {
			return err
		}
		m.addRates(net, len(which))
		m.addSynapses(net)
		for i := range cfg.T {
			if cfg.Transition == snn.Windowed { // whose weights share out windows, not a stage
				break
			}
			d := net.TransformerWeights(i)
			for j, v := range d {
				T := cfg.T[i+1]
				for len(weights[i]) < T {
					weights[i] = append(weights[i], nil)
				}
				weights[i][j%T] = append(weights[i][j%T], float64(v))
			}
		}
	}
	for i := range m.Layers {
		for t := range m.Layers[i].Rates {
			m.Layers[i].Rates[t] /= float64(len(all))
		}
	}
	for i, byTime := range weights {
		if byTime == nil {
			continue
		}
		t := Transition{Stage: i}
		for _, d := range byTime {
			mean, deviation := meanDeviation(d)
			t.Mean, t.Deviation = append(t.Mean, mean), append(t.Deviation, deviation)
		}
		m.Transitions = append(m.Transitions, t)
	}
	var err error
	mapped := oneOfEach(r.Test, r.Classes)
	if m.Maps, err = r.maps(mapped); err != nil {
		return err
	}
	recording := r.Recording
	if recording < 0 {
		if len(mapped) == 0 {
			return nil
		}
		recording = mapped[0]
	}
	m.Traces, err = r.traces(recording, r.Neurons)
	return err
}

// forward runs test recordings and returns their frames, [T][recordings][H][W][C], and the
// network's output.
func (r Run) forward(which []int) (frames []float32, out *snn.Output, err error) {
	cfg := r.Net.Config()
	frames = make([]float32, cfg.T[0]*len(which)*cfg.Height*cfg.Width*cfg.InChannels)
	if err := r.Test.Fill(frames, which, nil); err != nil {
		return nil, nil, err
	}
	return frames, r.Net.Forward(frames, len(which), false), nil
}

// stageNeurons returns the layers of neurons of the stages, without those of early classifiers, and
// the stage of each.
func stageNeurons(net *snn.Network) (layers []snn.Spiking, stages []int) {
	for _, s := range net.Spiking() {
		if stage, ok := stageOf(s.Name()); ok {
			layers, stages = append(layers, s), append(stages, stage)
		}
	}
	return layers, stages
}

// stageOf returns the stage of a layer, such as 2 for "stages.2.0.lif".
func stageOf(name string) (stage int, ok bool) {
	rest, ok := strings.CutPrefix(name, "stages.")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, ".")
	stage, err := strconv.Atoi(number)
	return stage, err == nil
}

// addRates adds the firing rates and membranes of the last pass, each recording with a weight of 1.
func (m *Measured) addRates(net *snn.Network, recordings int) {
	layers, stages := stageNeurons(net)
	for i, s := range layers {
		shape := s.Shape()
		T := shape[0]
		if i == len(m.Layers) {
			m.Layers = append(m.Layers, Layer{Name: s.Name(), Stage: stages[i],
				Neurons: shape[2] * shape[3] * shape[4], Rates: make([]float64, T)})
		}
		rates := s.RateMap()
		size := len(rates) / T
		for t := range T {
			m.Layers[i].Rates[t] += mean32(rates[t*size:(t+1)*size]) * float64(recordings)
		}
		size = shape[0] * shape[1] * shape[2] * shape[3] * shape[4]
		membranes := s.Membranes()
		m.Levels = len(membranes) / size
		for level := range m.Levels { // their thresholds are 1 apart, see snn.MultiLevel
			m.Membranes[stages[i]].add(membranes[level*size:(level+1)*size],
				m.Config.Threshold+float64(level))
		}
	}
}

func mean32(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	return sum / float64(len(x))
}

func meanDeviation(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(max(1, len(x)-1)))
}

// spreadOver picks at most so many of n numbers, evenly.
func spreadOver(n, most int) []int {
	k := min(n, most)
	which := make([]int, k)
	for i := range which {
		which[i] = i * n / k
	}
	return which
}

// mapsShown is the number of recordings of which maps are made.
const mapsShown = 5

// oneOfEach returns the first recording of each of some classes, spread evenly.
func oneOfEach(s train.Samples, classes []string) []int {
	var which []int
	for _, class := range spreadOver(len(classes), mapsShown) {
		for i := range s.Len() {
			if s.Label(i, nil).Class == class {
				which = append(which, i)
				break
			}
		}
	}
	return slices.Clip(which)
}

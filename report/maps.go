package report

import (
	"slices"
	"strings"

	"ssnn/snn"
)

// Maps shows for a recording where its events were and where the network fired.
type Maps struct {
	Recording     int    // number in the test split
	Class, Answer string // names of the right class, and of the network's answer
	Input         Map    // values of the frames, mean over time and channels
	Layers        []Map  // spikes of a neuron, mean over time and channels
}

// Map is a number for each pixel.
type Map struct {
	Name          string    // name of a layer
	Width, Height int       // pixels
	Values        []float64 // [Height][Width]
}

// Most returns the largest value.
func (m Map) Most() float64 {
	most := 0.
	for _, v := range m.Values {
		most = max(most, v)
	}
	return most
}

// maps runs some test recordings and maps them: the last layer of each stage and of each size of
// the image. Neurons in the shortcut of a block come after those that its body ends with, and are
// left out.
func (r Run) maps(which []int) (all []Maps, err error) {
	if len(which) == 0 {
		return nil, nil
	}
	cfg := r.Net.Config()
	frames, out, err := r.forward(which)
	if err != nil {
		return nil, err
	}
	layers, stages := stageNeurons(r.Net)
	for i := len(layers) - 1; i >= 0; i-- {
		if strings.HasSuffix(layers[i].Name(), ".down_lif") {
			layers, stages = slices.Delete(layers, i, i+1), slices.Delete(stages, i, i+1)
		}
	}
	for b, recording := range which {
		maps := Maps{
			Recording: recording, Class: r.Classes[r.Test.Label(recording, nil).Class],
			Answer: r.Classes[snn.Argmax(out.Logits[b*cfg.Classes:][:cfg.Classes])],
			Input: Map{Width: cfg.Width, Height: cfg.Height,
				Values: make([]float64, cfg.Width*cfg.Height)},
		}
		for i := range maps.Input.Values {
			for t := range cfg.T[0] {
				for c := range cfg.InChannels {
					v := frames[((t*len(which)+b)*cfg.Height*cfg.Width+i)*cfg.InChannels+c]
					maps.Input.Values[i] += float64(v) / float64(cfg.T[0]*cfg.InChannels)
				}
			}
		}
		for i, s := range layers {
			if i+1 < len(layers) && stages[i+1] == stages[i] &&
				s.Shape()[3] == layers[i+1].Shape()[3] {

				continue
			}
			maps.Layers = append(maps.Layers, rateMap(s, b))
		}
		all = append(all, maps)
	}
	return all, nil
}

// rateMap returns the mean over time of sample b.
func rateMap(s snn.Spiking, b int) Map {
	shape := s.Shape()
	T, B, h, w := shape[0], shape[1], shape[3], shape[4]
	m := Map{Name: s.Name(), Width: w, Height: h, Values: make([]float64, w*h)}
	rates := s.RateMap()
	for t := range T {
		for i := range m.Values {
			m.Values[i] += float64(rates[(t*B+b)*w*h+i]) / float64(T)
		}
	}
	return m
}

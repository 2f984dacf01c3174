package train

import (
	"fmt"
	"strconv"
	"strings"

	"ssnn/snn"
)

// Rate is the firing rate of one layer in training: the mean share of neurons and timesteps with a
// spike. For neurons of several levels it is the share of their possible spikes.
type Rate struct {
	Layer string  `json:"layer"` // "stages.0.1.lif"
	Rate  float64 `json:"rate"`  // 0 to 1
}

// silentRate bounds the rates that a warning is due for: the output of a layer that fires less
// often, or more often than 1-silentRate, hardly depends on its input.
const silentRate = 1e-4

// firing sums the spikes of the layers over the steps of an epoch, for the layers in the network's
// order.
type firing struct {
	Spikes  []int64 `json:"spikes,omitempty"`
	Chances []int64 `json:"chances,omitempty"`

	layers []string
}

// of sets the network whose layers are counted.
func (f *firing) of(net *snn.Network) {
	f.layers = f.layers[:0]
	for _, s := range net.Spiking() {
		f.layers = append(f.layers, s.Name())
	}
}

// add counts the last forward pass of a network.
func (f *firing) add(net *snn.Network) {
	all := net.Firing()
	if len(f.Spikes) != len(all) || len(f.Chances) != len(all) {
		f.Spikes, f.Chances = make([]int64, len(all)), make([]int64, len(all))
	}
	for i, l := range all {
		f.Spikes[i] += l.Spikes
		f.Chances[i] += l.Chances
	}
}

// clear begins an epoch.
func (f *firing) clear() {
	clear(f.Spikes)
	clear(f.Chances)
}

// rates returns the firing rates of the layers so far.
func (f *firing) rates() []Rate {
	var all []Rate
	for i, layer := range f.layers {
		all = append(all, Rate{layer, float64(f.Spikes[i]) / float64(max(1, f.Chances[i]))})
	}
	return all
}

// silence returns a warning for each layer that never fires or always fires. Where all layers of a
// stage do, the warning names the stage.
func silence(rates []Rate) (warnings []string) {
	var stages []string
	layers := map[string][]Rate{}
	for _, r := range rates {
		stage := stageOf(r.Layer)
		if layers[stage] == nil {
			stages = append(stages, stage)
		}
		layers[stage] = append(layers[stage], r)
	}
	for _, stage := range stages {
		var found []string
		all := true // all layers of the stage are of the same kind
		for _, r := range layers[stage] {
			what := ""
			switch {
			case r.Rate < silentRate:
				what = "is silent"
			case r.Rate > 1-silentRate:
				what = "fires at every timestep"
			}
			all = all && what != "" && (len(found) == 0 || strings.HasSuffix(found[0], what))
			if what != "" {
				found = append(found, fmt.Sprintf("%s, layer %s %s", stage, r.Layer, what))
			}
		}
		if all {
			_, what, _ := strings.Cut(found[0], layers[stage][0].Layer+" ")
			found = []string{stage + " " + what}
		}
		warnings = append(warnings, found...)
	}
	return warnings
}

// stageOf names the part of a network that a layer belongs to, counted from 1: "stage 1" for
// "stages.0.1.lif".
func stageOf(layer string) string {
	parts := strings.Split(layer, ".")
	kind := map[string]string{"stages": "stage", "early": "early classifier"}[parts[0]]
	if len(parts) > 1 && kind != "" {
		if n, err := strconv.Atoi(parts[1]); err == nil {
			return fmt.Sprintf("%s %d", kind, n+1)
		}
	}
	return "layer " + layer
}

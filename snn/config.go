package snn

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ssnn/internal/kernel"
	"ssnn/internal/limits"
	"ssnn/internal/plainjson"
)

// Config is all that determines a network's shape and arithmetic. Its JSON keys are the names of
// the PyTorch reference. Its TOML keys are the same, but T is "timesteps", and the sizes of frames
// and the number of classes are left out, because they follow from the data. Start from [Default]
// or [Model]; the zero value is refused.
type Config struct {
	InChannels int      `json:"in_channels" toml:"-"` // channels of a frame: 2, off and on
	Height     int      `json:"height" toml:"-"`      // height of a frame, in pixels
	Width      int      `json:"width" toml:"-"`       // width of a frame, in pixels
	Classes    int      `json:"classes" toml:"-"`     // number of outputs
	Stages     [][]Item `json:"stages" toml:"stages"` // items of each stage
	T          []int    `json:"T" toml:"timesteps"`   // timesteps of each stage

	// Plans are the plans that the same weights are trained for, see [Network.UsePlan]. A plan is
	// the list of the timesteps of each stage. T is then the plan of inference; it may be one of
	// Plans.
	Plans [][]int `json:"plans,omitempty" toml:"plans"`

	Neuron Neuron `json:"neuron,omitzero" toml:"neuron"` // kind of neuron of all layers
	Levels int    `json:"levels,omitzero" toml:"levels"` // levels of MultiLevel; 0 stands for 3
	LIF
	Leak   Leak           `json:"leak,omitzero" toml:"leak"`      // time that Tau is for
	Layers []LayerNeurons `json:"layers,omitempty" toml:"layers"` // neurons of layers that differ
	Norm

	ConvBias bool `json:"conv_bias" toml:"conv_bias"` // convolutions have a bias
	FCBias   bool `json:"fc_bias" toml:"fc_bias"`     // classifiers have a bias
	TTBias   bool `json:"tt_bias" toml:"tt_bias"`     // temporal transformers have a bias

	// Transition is the kind of the transition between two stages.
	Transition Transition `json:"transition,omitzero" toml:"transition"`

	Early
}

// Norm is batch norm over the values of a channel at all timesteps, samples and pixels:
// Scale*weight*(x-mean)/sqrt(var+Eps) + bias. Scale 1 is ordinary batch norm; Scale alpha*v_th is
// the threshold-dependent one (tdBN, Zheng et al., AAAI 2021). Training uses the mean and the
// biased variance of the batch, and moves the running mean and variance by Momentum. Inference uses
// the running ones.
type Norm struct {
	Eps float64 `json:"bn_eps" toml:"bn_eps"` // added to the variance, above 0
	// Momentum is the share of the batch in the running statistics, 0 to 1.
	Momentum float64 `json:"bn_momentum" toml:"bn_momentum"`
	Scale    float64 `json:"bn_scale" toml:"bn_scale"` // factor of all outputs, above 0
}

// Early describes the early classifiers. One stands after each stage but the last: a convolution
// unit, or the layers of Form, then pooling, then a fully connected layer at each timestep. The
// mean of its outputs over time is the classifier's answer. Early classifiers run in training only.
type Early struct {
	On   bool      `json:"early" toml:"early"`                    // there are early classifiers
	Form EarlyForm `json:"early_form,omitzero" toml:"early_form"` // layers before the pooling
	// Channels is the number of channels of the convolutions; 0 stands for as many as the stage's
	// output has.
	Channels int       `json:"early_channels" toml:"early_channels"`
	Pool     EarlyPool `json:"early_pool" toml:"early_pool"` // how outputs are pooled
	// Shared says that all early classifiers share one fully connected layer.
	Shared bool `json:"early_shared" toml:"early_shared"`
	// Lambdas has the weight of each stage's loss, the output's last; empty stands for all 1.
	Lambdas []float64 `json:"lambdas" toml:"lambdas"`
}

// EarlyPool is the pooling of an early classifier: the mean over the image (0), none (1) or k x k
// windows (k).
type EarlyPool int

// The values of EarlyPool that are not the size of a window.
const (
	PoolGlobal EarlyPool = 0
	PoolNone   EarlyPool = 1
)

// MarshalJSON writes "global", "none" or the window's size.
func (p EarlyPool) MarshalJSON() ([]byte, error) {
	switch p {
	case PoolGlobal:
		return []byte(`"global"`), nil
	case PoolNone:
		return []byte(`"none"`), nil
	}
	return json.Marshal(int(p))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *EarlyPool) UnmarshalJSON(b []byte) error {
	return p.UnmarshalText([]byte(strings.Trim(string(b), `"`)))
}

// MarshalText writes "global", "none" or the window's size.
func (p EarlyPool) MarshalText() ([]byte, error) {
	b, err := p.MarshalJSON()
	return []byte(strings.Trim(string(b), `"`)), err
}

// UnmarshalText reads what MarshalText writes.
func (p *EarlyPool) UnmarshalText(b []byte) error {
	switch s := string(b); s {
	case "global":
		*p = PoolGlobal
	case "none":
		*p = PoolNone
	default:
		var k int
		if _, err := fmt.Sscanf(s+";", "%d;", &k); err != nil || k < 1 || k > maxSize {
			return fmt.Errorf("early_pool is %q, want global, none or the size of a window", s)
		}
		*p = EarlyPool(k)
	}
	return nil
}

// Default returns the reference's defaults for all but the stages: 48x48 frames of two channels,
// ten classes, the neuron of [DefaultLIF], batch norm, no early classifiers.
func Default() Config {
	return Config{
		InChannels: 2, Height: 48, Width: 48, Classes: 10,
		LIF:    DefaultLIF(),
		Norm:   Norm{Eps: 1e-5, Momentum: 0.1, Scale: 1},
		FCBias: true,
	}
}

// ParseConfig reads a configuration as JSON, as it stands in the metadata of model files. A key
// that is left out has its value in [Default]. An unknown key is an error.
func ParseConfig(text string) (Config, error) {
	c := Default()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("network config: %w", plainjson.Error(err))
	}
	return c, c.Validate()
}

// AverageTimestep is the mean number of timesteps of the convolution units (SSNN's T_avg): the sum
// of n_i*T_i over the sum of n_i, where stage i has n_i units, a residual block counting as two.
func (c Config) AverageTimestep() float64 {
	units, steps := 0, 0
	for i, items := range c.Stages {
		for _, it := range items {
			n := it.Units()
			units += n
			steps += n * c.T[i]
		}
	}
	return float64(steps) / float64(max(units, 1))
}

// Lambda is the weight of the loss after stage i: of its early classifier, or of the output for the
// last stage.
func (c Config) Lambda(i int) float64 {
	if len(c.Lambdas) == 0 {
		return 1
	}
	return c.Lambdas[i]
}

// Validate returns an error that says what is wrong with the configuration, or nil.
func (c Config) Validate() error {
	switch {
	case min(c.InChannels, c.Height, c.Width) < 1 || max(c.InChannels, c.Height, c.Width) > maxSize:
		return fmt.Errorf("network: frames of %d channels and %dx%d pixels, want 1 to %d of each",
			c.InChannels, c.Width, c.Height, maxSize)
	case c.Classes < 1 || c.Classes > maxSize:
		return fmt.Errorf("network: %d classes, want 1 to %d", c.Classes, maxSize)
	case len(c.Stages) == 0:
		return fmt.Errorf("network: no stages, want at least 1")
	case len(c.Lambdas) != 0 && len(c.Lambdas) != len(c.Stages):
		return fmt.Errorf("network: %d lambdas for %d stages, want one for each stage",
			len(c.Lambdas), len(c.Stages))
	case c.Early.Channels < 0 || c.Early.Channels > maxSize:
		return fmt.Errorf("network: early_channels %d, want 0 (as many as the stage's "+
			"output) to %d", c.Early.Channels, maxSize)
	}
	if err := c.validateNumbers(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if _, err := c.Transition.MarshalText(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if c.TTBias && !c.Transition.hasScores() {
		return fmt.Errorf("network: tt_bias with transition %s, want softmax or causal",
			transitions.Words[c.Transition])
	}
	if _, err := c.Early.Form.MarshalText(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if c.Early.Form == NoUnit && c.Early.Channels != 0 {
		return fmt.Errorf("network: early_channels %d with early_form plain, which has no "+
			"convolution: want 0", c.Early.Channels)
	}
	if err := c.validateNeuron(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if len(c.Plans) > 0 && c.Transition.hasWindows() {
		return fmt.Errorf("network: %d plans with transition %s, "+
			"want none: its weights are for one plan", len(c.Plans),
			transitions.Words[c.Transition])
	}
	for _, T := range c.allPlans() {
		if err := c.validateTimesteps(T); err != nil {
			return err
		}
	}
	if err := c.validateShapes(); err != nil {
		return err
	}
	if err := c.validateLayers(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return nil
}

// validateNumbers says what is wrong with the real numbers, except those of the neurons.
func (c Config) validateNumbers() error {
	for i, l := range c.Lambdas {
		if err := limits.Real(fmt.Sprintf("lambdas: that of stage %d is", i+1), l, 0,
			1e6); err != nil {
			return err
		}
	}
	return limits.First(
		limits.Real("bn_eps", c.Eps, 1e-12, 1e3),
		limits.Real("bn_momentum", c.Momentum, 0, 1),
		limits.Real("bn_scale", c.Scale, 1e-6, 1e6),
	)
}

// validateTimesteps says what is wrong with the timesteps of a plan.
func (c Config) validateTimesteps(T []int) error {
	if len(T) != len(c.Stages) {
		return fmt.Errorf("network: %d stages but %d timesteps %v, want one number for each stage",
			len(c.Stages), len(T), T)
	}
	for i, t := range T {
		if t < 1 || t > maxSize {
			return fmt.Errorf("network: stage %d has %d timesteps, want 1 to %d", i+1, t, maxSize)
		}
		if want, ok := c.Transition.fits(T[max(i-1, 0)], t); !ok {
			return fmt.Errorf("network: transition %s between stages of %v timesteps, want %s",
				transitions.Words[c.Transition], T, want)
		}
	}
	return nil
}

const (
	maxParameters = 1 << 28   // parameters of a network: 1 GiB
	maxPixels     = 1 << 24   // pixels of a sample over all timesteps, see kernel.RowLists
	maxInputs     = 1<<31 - 1 // values of these pixels, all channels together
)

// validateSize returns an error if T images of one sample, of shape s, are too many for the lists
// of a layer's inputs.
func (s shape) validateSize(T int) error {
	pixels := float64(T) * float64(s.h) * float64(s.w)
	if pixels > maxPixels || pixels*float64(kernel.Pad(s.c)) > maxInputs {
		return fmt.Errorf("%d timesteps of %dx%d pixels and %d channels, want at most %d pixels "+
			"and %d inputs a sample", T, s.h, s.w, s.c, maxPixels, maxInputs)
	}
	return nil
}

// folds says whether the first layer of stage i has separate weights for each timestep of a window
// of the stage before. That is so with a plain fold whose windows hold more than one timestep, and
// with every weighted fold, because even a window of one timestep has a weight for each channel.
func (c Config) folds(i int) bool {
	return i > 0 && (c.Transition == WeightedFold || c.Transition == Fold && c.T[i-1] > c.T[i])
}

// EntryChannels is the number of channels of the images that enter stage i, if the images of the
// stage before have the given number. A fold multiplies it by the number of timesteps in a window.
func (c Config) EntryChannels(i, channels int) int {
	if i > 0 && c.Transition == Fold {
		return channels * (c.T[i-1] / c.T[i])
	}
	return channels
}

// entry is the shape of the images that enter stage i, if the images of the stage before have the
// shape at.
func (c Config) entry(i int, at shape) shape {
	at.c = c.EntryChannels(i, at.c)
	return at
}

// validateShapes follows an image through the stages, and counts the parameters.
func (c Config) validateShapes() error {
	at := shape{c.InChannels, c.Height, c.Width}
	features, parameters := 0, 0.0 // parameters is a float64, so that no number overflows it
	most := c.mostTimesteps()
	for i, items := range c.Stages {
		if len(items) == 0 {
			return fmt.Errorf("network: stage %d is empty", i+1)
		}
		if first := items[0]; c.folds(i) && !first.isPlainConvolution() {
			return fmt.Errorf("network: transition %s before stage %d, which begins with %q, "+
				"want a convolution: conv or current", transitions.Words[c.Transition], i+1, first)
		}
		at = c.entry(i, at)
		for j, it := range items {
			nodes, err := c.itemNodes(it, at)
			if err != nil {
				return fmt.Errorf("network: stage %d, item %d: %w", i+1, j+1, err)
			}
			next := lastShape(nodes, at)
			attends := slices.ContainsFunc(nodes, func(n Node) bool { return n.Op == OpAttention })
			if attends && c.levels() > 1 {
				return fmt.Errorf("network: stage %d, item %d: %s of neurons of %d levels, "+
					"want 1: it takes spikes", i+1, j+1, it, c.levels())
			}
			sizes := []shape{at, next}
			for _, n := range nodes { // inputs with their padding
				p := n.Padding
				sizes = append(sizes, shape{n.From.Channels, n.From.Height + 2*p[0],
					n.From.Width + 2*p[1]})
			}
			for _, s := range sizes {
				if err := s.validateSize(most[i]); err != nil {
					return fmt.Errorf("network: stage %d, item %d: %w", i+1, j+1, err)
				}
			}
			parameters += weights(nodes)
			at = next
		}
		if i+1 < len(c.T) {
			parameters += float64(most[i] * most[i+1])
		}
		if c.Early.On && i+1 < len(c.Stages) {
			nodes, err := c.earlyNodes(i, at)
			if err != nil {
				return fmt.Errorf("network: early classifier %d: %w", i+1, err)
			}
			e := lastShape(nodes, at)
			parameters += weights(nodes) + c.classifierWeights(e)
			if f := e.c * e.h * e.w; c.Shared && features != 0 && f != features {
				return fmt.Errorf("network: early_shared needs as many features at all early "+
					"classifiers, but %d has %d and %d has %d", i, features, i+1, f)
			} else {
				features = f
			}
		}
		if parameters > maxParameters {
			break
		}
	}
	if parameters += c.classifierWeights(at); parameters > maxParameters {
		return fmt.Errorf("network: %.0f parameters, want at most %d", parameters, maxParameters)
	}
	return nil
}

// classifierWeights is the number of weights of a classifier whose images have the shape at.
func (c Config) classifierWeights(at shape) float64 {
	return float64(at.c) * float64(at.h) * float64(at.w) * float64(c.Classes)
}

// shape is the shape of an image: channels without padding, height, width.
type shape struct{ c, h, w int }

func (s shape) pixels() int { return s.h * s.w }

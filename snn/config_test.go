package snn

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ssnn/safetensors"
)

// A configuration survives JSON, and what the reference wrote is understood in full.
func TestConfigJSON(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "testdata", "golden", "*.safetensors"))
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, path := range files {
		f, err := safetensors.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseConfig(f.Metadata["config"])
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConfig(string(text))
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Errorf("%s: %+v became %+v (%v)", path, c, again, err)
		}
		// The reference refuses keys that it does not know.
		var theirs, ours map[string]any
		json.Unmarshal([]byte(f.Metadata["config"]), &theirs)
		json.Unmarshal(text, &ours)
		for key := range ours {
			if _, ok := theirs[key]; !ok {
				t.Errorf("%s: key %q is none of the reference's", path, key)
			}
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for want, change := range map[string]func(c *Config){
		"4 stages but 3 timesteps [8 6 4]":        func(c *Config) { c.T = c.T[:3] },
		"stage 2 has 0 timesteps":                 func(c *Config) { c.T = []int{8, 0, 4, 2} },
		"stage 3 is empty":                        func(c *Config) { c.Stages[2] = nil },
		"stage 4, item 3: avgpool 7 does not fit": func(c *Config) { c.Stages[3][2] = AvgPool(7) },
		"v_th 0, want 1e-09 to 1e+09":             func(c *Config) { c.Threshold = 0 },
		"tau 1.5, want 0 to 1":                    func(c *Config) { c.Tau = 1.5 },
		"time_constant 0.5, want 1 to 1e9":        func(c *Config) { c.TimeConstant = 0.5 },
		"2 lambdas for 4 stages": func(c *Config) {
			c.Lambdas = []float64{1,
				1}
		},
		"transition identity between stages of [8 6": func(c *Config) { c.Transition = Identity },
		"transition truncate between stages of [2 3]": func(c *Config) {
			c.Transition, c.T, c.Stages = Truncate, []int{2, 3}, c.Stages[:2]
		},
		"transition merge between stages of [2 3]": func(c *Config) {
			c.Transition, c.T, c.Stages = Merge, []int{2, 3}, c.Stages[:2]
		},
		"transition fold between stages of [8 6 4 2] ti": func(c *Config) { c.Transition = Fold },
		"2] timesteps, want each to divide the one": func(c *Config) {
			c.Transition = Windowed
		},
		"before stage 3, which begins with \"block 6 1\"": func(c *Config) {
			c.Transition, c.T, c.Stages[2] = WeightedFold, []int{8, 8, 4, 2}, []Item{Block(6, 1)}
		},
		"before stage 2, which begins with \"avgpool 2\"": func(c *Config) {
			c.Transition, c.T = Fold, []int{8, 4, 4, 2}
			c.Stages[1] = append([]Item{AvgPool(2)}, c.Stages[1]...)
		},
		// The window has one timestep.
		"before stage 2, which begins with \"position\"": func(c *Config) {
			c.Transition, c.T, c.Stages[1] = WeightedFold, []int{8, 8, 4, 2}, []Item{Position()}
		},
		"1 plans with transition fold, want none": func(c *Config) {
			c.Transition, c.T, c.Plans = Fold, []int{8, 4, 4, 2}, [][]int{{4, 2, 2, 1}}
		},
		"leak 2, want 0 to 1": func(c *Config) { c.Leak = 2 },
		"tt_bias with transition mean, want softmax or": func(c *Config) {
			c.Transition, c.TTBias = Mean, true
		},
		"tau 0 with neuron plif, want 1e-09 to 0.999": func(c *Config) {
			c.Neuron, c.Tau = Parametric, 0
		},
		"levels 2 with neuron lif, want neuron mlf": func(c *Config) { c.Levels = 2 },
		"levels 17, want 1 to 16, or 0 for 3": func(c *Config) {
			c.Neuron, c.Levels = MultiLevel, 17
		},
		"early_channels 4 with early_form plain, which": func(c *Config) {
			c.Early = Early{On: true, Form: NoUnit, Channels: 4}
		},
		"early_shared needs as many features at all": func(c *Config) {
			c.Early = Early{On: true, Shared: true}
		},
		"0 classes, want 1 to 65536": func(c *Config) { c.Classes = 0 },
	} {
		c, err := Model("vgg9", 1, []int{8, 6, 4, 2})
		if err != nil {
			t.Fatal(err)
		}
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for text, want := range map[string]string{
		`{"tua":0.5}`:                       `unknown key "tua"`,
		`{"stages":[[["conf",4]]],"T":[1]}`: `item "conf", want conv`,
		`{"stages":[[["conv",0]]],"T":[1]}`: `item "conv": channels 0, want 1 to 65536`,
		`{"stages":[[["maxpool"]]],"T":[1]}`: `item "maxpool" has 0 numbers, want 1 to 3 ` +
			`(window, stride, padding)`,
		`{"stages":[[["maxpool",3,2,-1]]],"T":[1]}`: `item "maxpool": padding -1, want 0 to 65536`,
		`{"stages":[[["maxpool",3,2,2]]],"T":[1]}`: `maxpool 3 2 2 has padding 2, want at most ` +
			`half the window`,
		`{"stages":[[["attention",2]]],"T":[1],"neuron":"mlf"}`: `attention 2 of neurons of 3 ` +
			`levels, want 1`,
		`{"stages":[[["attention",3]]],"T":[1]}`: `attention 3 does not divide 2 channels`,
		`{"stages":[[["linear",65536]]],"in_channels":65536,"height":32,"width":32,` +
			`"T":[1]}`: `4398047166464 parameters, want at most`,
		`{"stages":[[["conv",4]]],"in_channels":2,"height":4096,"width":4096,` +
			`"T":[2]}`: `2 timesteps of 4096x4096 pixels and 2 channels, want at most ` +
			`16777216 pixels`,
		`{"stages":[[["conv",512]]],"in_channels":2,"height":2048,"width":2048,` +
			`"T":[3]}`: `3 timesteps of 2048x2048 pixels and 512 channels, want at most 16777216 ` +
			`pixels and 2147483647 inputs`,
		`{"stages":[[["conv"]]],"T":[1]}`: `item "conv" has 0 numbers, want 1 to 6 (channels, ` +
			`kernel, stride, padding, dilation, groups)`,
		`{"reset":"medium"}`: `reset is "medium", want hard or soft`,
		`{"early_pool":"some"}`: `early_pool is "some", want global, none or the ` +
			`size of a window`,
		`{"stages":[[["conv",4]]],"T":[1,2]}`: `1 stages but 2 timesteps`,
	} {
		if _, err := ParseConfig(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// The leak can be said in two ways, which make the same network but for the scale of the input.
func TestTimeConstant(t *testing.T) {
	l := DefaultLIF()
	l.TimeConstant, l.DecayInput = 4, true
	if k := l.kernel(); k.Tau != 0.75 || l.inputScale() != 0.25 {
		t.Errorf("time constant 4: leak %v, input scale %v, want 0.75 and 0.25", k.Tau,
			l.inputScale())
	}
	if c := (Config{LIF: l}).resolved(); c.Tau != 0.75 || c.TimeConstant != 0 {
		t.Errorf("resolved to tau %v, time constant %v, want 0.75 and 0", c.Tau, c.TimeConstant)
	}
}

func ExampleModel() {
	c, err := Model("vgg9", 0.25, []int{8, 6, 4, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.ReplaceAll(c.Describe(), " | ", "\n")) // a stage a line
	fmt.Println("average timestep", c.AverageTimestep())
	// Output:
	// conv 16, conv 32, avgpool 2 (T 8)
	// conv 64, conv 64, avgpool 2 (T 6)
	// conv 128, conv 128, avgpool 2 (T 4)
	// conv 128, conv 128, avgpool 2 (T 2)
	// fc 10
	// average timestep 5
}

func ExampleNew() {
	// A plain network of one stage, and one sample of 3 frames of 8x8 pixels.
	c := Default()
	c.Height, c.Width, c.Classes = 8, 8, 2
	c.Stages, c.T = [][]Item{{Conv(16), AvgPool(2), Block(32, 2), GlobalPool()}}, []int{3}
	net, err := New(c, 0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer net.Close()
	out := net.Forward(make([]float32, 3*1*8*8*2), 1, false)
	fmt.Println(len(out.Logits), "logits, the mean over", len(out.Steps), "timesteps")
	// Output: 2 logits, the mean over 3 timesteps
}

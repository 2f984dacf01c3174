package pytorch_test

import (
	"errors"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/dataset/nmnist1k"
	"ssnn/interop/pytorch"
	"ssnn/recipes"
	"ssnn/safetensors"
	"ssnn/snn"
)

// networks are those of bench/pytorch/checkpoints.py by name, as a recipe, with what a user says of
// its neurons.
var networks = map[string]struct {
	recipe string
	neuron []string
}{
	"reference": {`
		stages = [["conv 8", "avgpool 2"], ["block 16 2", "maxpool 2"]]
		timesteps = [4, 2]
		early = true`, nil},
	"spikingjelly": {layers, []string{"spikingjelly.tau=2.0", "spikingjelly.v_reset=-0.5"}},
	"plif": {layers, []string{"spikingjelly.node=ParametricLIFNode",
		"spikingjelly.v_reset=-0.5"}},
	"resnet": {`
		model = "resnet18"
		width = 0.0625
		timesteps = [4]`, []string{"spikingjelly.tau=2.0", "spikingjelly.v_reset=-0.5"}},
	"snntorch": {`
		stages = [["conv 8", "avgpool 2", "conv 16", "avgpool 2"]]
		timesteps = [4]
		conv_bias = true`, nil},
}

const layers = `
	stages = [["conv 8", "maxpool 2", "conv 16", "maxpool 2", "conv 16", "maxpool 2",
		"linear 20", "lif"]]
	timesteps = [4]`

// imported is the network of a checkpoint, and what was taken.
func imported(t *testing.T, name string, change func(*pytorch.Mapping)) (
	*snn.Network, recipes.Resolved, []pytorch.Taken, error) {

	f, err := pytorch.Open(filepath.Join("testdata", name+".pth"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var m pytorch.Mapping
	for _, s := range networks[name].neuron {
		if err := m.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(networks[name].recipe, `"lif"`) {
		m.Fill = map[string]string{"fc": "vote"}
	}
	if change != nil {
		change(&m)
	}
	state, err := f.State(m.State)
	if err != nil {
		return nil, recipes.Resolved{}, nil, err
	}
	r, err := recipes.Parse("frames.sensor = \"34x34\"\n[network]\n" + networks[name].recipe)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Configure(&r.Network.Config, state); err != nil {
		return nil, recipes.Resolved{}, nil, err
	}
	all, err := r.Resolve(10)
	if err != nil {
		t.Fatal(err)
	}
	net, err := snn.New(all.Network, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	taken, _, err := m.Load(net, state)
	return net, all, taken, err
}

// The networks say of the test recordings of N-MNIST what PyTorch says: the same answers to all,
// and the same logits where no membrane is so near to the threshold that rounding could change a
// spike.
func TestSameAnswers(t *testing.T) {
	expected, err := safetensors.ReadFile("testdata/expected.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for name := range networks {
		t.Run(name, func(t *testing.T) {
			net, r, _, err := imported(t, name, nil)
			if err != nil {
				t.Fatal(err)
			}
			logits := testLogits(t, net, r)
			for i, want := range int64s(t, expected, name+"/answers") {
				if got := snn.Argmax(logits[i]); int64(got) != want {
					t.Errorf("recording %d: answer %d, want %d", i, got, want)
				}
			}
			want := floats(t, expected, name+"/logits")
			index := int64s(t, expected, name+"/index")
			least, most := want[0], want[0]
			for i := 0; i < len(want); i += 10 {
				least, most = min(least, want[i]), max(most, want[i])
			}
			if len(index) < 60 || most-least < 0.1 { // a network in which nothing fires would agree
				t.Fatalf("logits of %d recordings from %v to %v for class 0, want 60 recordings "+
					"that differ", len(index), least, most)
			}
			for n, i := range index {
				for k, got := range logits[i] {
					if want := want[10*n+k]; math.Abs(float64(got-want)) > 1e-5 {
						t.Fatalf("recording %d, class %d: logit %v, want %v", i, k, got, want)
					}
				}
			}
		})
	}
}

// testLogits runs the network on the test recordings.
func testLogits(t *testing.T, net *snn.Network, r recipes.Resolved) [][]float32 {
	set, err := r.OpenSet(nmnist1k.FS(), dataset.Test, nil)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := set.Integrate(r.Frames, 2)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	x := make([]float32, r.Frames.Len())
	for i := range frames.Len() {
		if err := frames.Fill(x, []int{i}, nil); err != nil {
			t.Fatal(err)
		}
		all = append(all, slices.Clone(net.Forward(x, 1, false).Logits))
	}
	return all
}

func int64s(t *testing.T, f *safetensors.File, name string) []int64 {
	x, _ := f.Get(name)
	v, err := x.Int64s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func floats(t *testing.T, f *safetensors.File, name string) []float32 {
	x, _ := f.Get(name)
	v, err := x.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A mapping by name takes the same as the order does.
func TestByName(t *testing.T) {
	_, _, want, err := imported(t, "spikingjelly", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, got, err := imported(t, "spikingjelly", func(m *pytorch.Mapping) {
		m.State = "net"
		m.Tensors = [][2]string{
			{"conv_fc.0.*", "stages.0.0.conv.*"}, {"conv_fc.1.*", "stages.0.0.bn.*"},
			{"conv_fc.4.*", "stages.0.2.conv.*"}, {"conv_fc.5.*", "stages.0.2.bn.*"},
			{"conv_fc.8.*", "stages.0.4.conv.*"}, {"conv_fc.9.*", "stages.0.4.bn.*"},
			{"conv_*.14.*", "stages.0.6.*.*"},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	sources := func(all []pytorch.Taken) map[string]string {
		m := map[string]string{}
		for _, x := range all {
			m[x.To] = x.From
		}
		return m
	}
	if !maps.Equal(sources(got), sources(want)) || len(got) < 15 {
		t.Errorf("by name %v, in order %v", got, want)
	}
}

// What does not fit is listed: nothing is skipped in silence.
func TestMismatch(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*pytorch.Mapping)
		want   []string
	}{
		{"spikingjelly", func(m *pytorch.Mapping) { m.Fill = nil },
			[]string{"missing: a fully connected layer for fc"}},
		{"spikingjelly", func(m *pytorch.Mapping) {
			m.Tensors = [][2]string{
				{"conv_fc.0.*", "stages.0.2.conv.*"}, {"conv_fc.1.weight", "stages.0.0.bn.weight"},
				{"conv_fc.1.bias", "stages.0.0.bn.weight"},
				{"conv_fc.1.*", ""}, {"conv_fc.4.*", "stages.9.conv.*"}, {"nothing*", ""},
			}
		}, []string{
			"shape: conv_fc.0.weight is [8 2 3 3], want [16 8 3 3] for stages.0.2.conv.weight",
			"unexpected: conv_fc.1.bias, as conv_fc.1.weight is stages.0.0.bn.weight already",
			"unexpected: conv_fc.4.weight [16 8 3 3], as the network has no stages.9.conv.weight",
			"unexpected: conv_fc.5.running_mean [16], which no pattern names",
			`pattern "nothing*" names nothing`,
			"missing: stages.0.0.conv.weight [8 2 3 3]",
		}},
		{"spikingjelly", func(m *pytorch.Mapping) { m.Fill = map[string]string{"fc": "identity"} },
			[]string{`fill: "identity" for fc [10 20]`}},
		{"spikingjelly", func(m *pytorch.Mapping) {
			m.Fill = map[string]string{"fc": "vote",
				"head": "vote"}
		}, []string{"fill: the network has no layer head"}},
		{"spikingjelly", func(m *pytorch.Mapping) {
			m.Fill = map[string]string{"fc": "vote",
				"stages.0.0.conv": "vote"}
		},
			[]string{"conv_fc.8 is a convolution, want a fully connected layer for stages.0.6.fc"}},
		{"reference", func(m *pytorch.Mapping) { m.Fill = map[string]string{"fc": "vote"} },
			[]string{"unexpected: fc.weight, as fc is filled with vote"}},
	} {
		_, _, _, err := imported(t, c.name, c.change)
		var mismatch *pytorch.MismatchError
		if !errors.As(err, &mismatch) {
			t.Errorf("%s: error %v, want a MismatchError", c.name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %q in it", c.name, err, want)
			}
		}
	}
}

// What the neurons were must be said, once, and in agreement with the checkpoint.
func TestNeurons(t *testing.T) {
	for _, c := range []struct {
		name, say, want string
	}{
		{"spikingjelly", "", "a checkpoint does not say what its neurons were"},
		{"spikingjelly", "spikingjelly.decay_input=true", "spikingjelly.tau is missing"},
		{"spikingjelly", "spikingjelly.tau=1.0", "not above 1"},
		{"spikingjelly", "spikingjelly.node=QIFNode", "want LIFNode, IFNode or ParametricLIFNode"},
		{"spikingjelly", "spikingjelly.node=IFNode spikingjelly.tau=2.0", "which has neither"},
		{"spikingjelly", "spikingjelly.node=ParametricLIFNode spikingjelly.tau=2.0",
			"whose checkpoint says it"},
		{"spikingjelly", "spikingjelly.tau=2.0 spikingjelly.v_reset=low",
			`want a number or "none"`},
		{"spikingjelly", "spikingjelly.tau=2.0 recipe", "said twice"},
		{"spikingjelly", "resipe", `want "recipe"`},
		{"spikingjelly", "snntorch.threshold=1.0", "snntorch.beta is missing"},
		{"spikingjelly", "snntorch.beta=0.5", "want zero or subtract"},
		{"spikingjelly", "snntorch.beta=0.5 snntorch.reset_mechanism=subtract", ""},
		{"spikingjelly", "snntorch.beta=0.0 snntorch.reset_mechanism=subtract",
			"that has leaked away"},
		{"spikingjelly", "snntorch.alpha=0.5 snntorch.beta=0.5 snntorch.reset_mechanism=zero",
			"in the timestep after a spike"},
		{"spikingjelly", "snntorch.beta=1.0 snntorch.reset_mechanism=subtract " +
			"snntorch.reset_delay=false", "without delay"},
		{"spikingjelly", "snntorch.beta=1.0 snntorch.reset_mechanism=subtract", ""},
		{"spikingjelly", "spikingjelly.node=IFNode spikingjelly.v_reset=none", ""},
		{"spikingjelly", "recipe", ""},
		{"snntorch", "snntorch.beta=0.5", "beta is 0.75, want 0.5 as in"},
		{"snntorch", "snntorch.reset_mechanism=subtract", `but the checkpoint says "zero"`},
	} {
		_, _, _, err := imported(t, c.name, func(m *pytorch.Mapping) {
			*m = pytorch.Mapping{Fill: m.Fill}
			for _, s := range strings.Fields(c.say) {
				if err := m.Set(s); err != nil {
					t.Fatal(err)
				}
			}
		})
		if c.want == "" && err != nil || c.want != "" &&
			(err == nil || !strings.Contains(err.Error(), c.want)) {

			t.Errorf("%s, %q: error %v, want %q", c.name, c.say, err, c.want)
		}
	}
}

// A membrane at the threshold does not fire in snnTorch: ours is the smallest float32 above. Where
// SpikingJelly resets to a value, the threshold is counted from there.
func TestThreshold(t *testing.T) {
	for name, want := range map[string]float32{
		"snntorch":     math.Float32frombits(math.Float32bits(0.75) + 1),
		"spikingjelly": 1.5,
	} {
		net, _, _, err := imported(t, name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := float32(net.Config().Threshold); got != want {
			t.Errorf("%s: threshold %v, want %v", name, got, want)
		}
	}
}

// A norm that the checkpoint does not have changes nothing: its factor is 1 in float32, not nearly
// so.
func TestIdentity(t *testing.T) {
	net, _, _, err := imported(t, "snntorch", nil)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, p := range net.Statistics() {
		if strings.HasSuffix(p.Name, ".running_var") {
			found++
			for _, v := range p.Export(p.Value) {
				if factor := float32(1 / math.Sqrt(float64(v)+net.Config().Eps)); factor != 1 {
					t.Fatalf("%s: factor %v", p.Name, factor)
				}
			}
		}
	}
	if found != 2 {
		t.Errorf("%d norms, want 2", found)
	}
}

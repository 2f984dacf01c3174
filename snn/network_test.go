package snn

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ssnn/safetensors"
)

// smallConfigs are networks that together have every kind of part.
func smallConfigs(t *testing.T) map[string]Config {
	vgg := Default()
	vgg.Height, vgg.Width, vgg.Classes = 9, 8, 3
	vgg.Stages = [][]Item{{Conv(5), AvgPool(2)}, {Conv(18), MaxPool(2), Conv(6)}}
	vgg.T = []int{4, 2}
	vgg.Early.On = true
	res := Default()
	res.Height, res.Width, res.Classes = 7, 7, 2
	res.Stages = [][]Item{{Block(4, 1), Block(4, 1)}, {Block(4, 1), Block(6, 2), GlobalPool()}}
	res.T = []int{2, 3}
	res.ConvBias, res.TTBias, res.DecayInput = true, true, true
	sew := res
	sew.Stages = [][]Item{{SEW(2, 1), SEW(5, 1)}, {SEW(5, 1), SEW(18, 2), AvgPool(2)}}
	ms := res
	ms.Stages = [][]Item{{Current(5), MS(5, 1)}, {MS(5, 1), MS(18, 2), Neurons(), GlobalPool()}}
	spikformer := vgg
	spikformer.Stages = [][]Item{{Conv(20), OverlappingMaxPool(3, 2, 1), Position()},
		{Attention(4), MLP(2), FullyConnected(7)}}
	separable := vgg
	sums := PoolOf(PoolSum, windowsOf([]Pair{Square(2)}))
	separable.Stages = [][]Item{{Conv(5), sums}, {Depthwise(Windows(3, 1, 1)), Conv(6)}}
	all := map[string]Config{"vgg": vgg, "res": res, "sew": sew, "ms": ms,
		"spikformer": spikformer, "separable": separable}
	for i, word := range transitions.Words[1:] {
		c := vgg
		if c.Transition = Transition(i + 1); c.Transition == Identity {
			c.T = []int{3, 3}
		}
		all[word] = c
	}
	thirds := vgg
	thirds.Transition, thirds.T, thirds.Leak = Merge, []int{5, 3}, PerWindow
	folded := vgg // spikes, in words that a window's timesteps share
	folded.Transition, folded.T, folded.Leak = Fold, []int{6, 2, 2}, PerWindow
	folded.Stages = [][]Item{{Conv(5)}, {Current(20), Neurons(), AvgPool(2)}, {Block(6, 2)}}
	all["merge 5, 3"], all["fold of spikes"] = thirds, folded
	frames := folded
	frames.Stages = [][]Item{{AvgPool(1)}, {Conv(5), AvgPool(2)}, {Conv(20), AvgPool(2)}}
	frames.Early.On = false
	all["fold of frames"] = frames
	for i, word := range neuronKinds.Words[1:] {
		for name, c := range map[string]Config{"res": res, "sew": sew, "ms": ms} {
			c.Neuron = Neuron(i + 1)
			all[name+" "+word] = c
		}
	}
	for i, word := range earlyForms.Words[1:] {
		c := vgg
		c.Early.Form = EarlyForm(i + 1)
		all["early "+word] = c
	}
	missing := kindNames()
	for name, c := range all {
		if err := c.Validate(); err != nil {
			t.Fatal(name, err)
		}
		for _, it := range slices.Concat(c.Stages...) {
			missing = slices.DeleteFunc(missing, func(kind string) bool { return kind == it.Kind })
		}
	}
	if len(missing) > 0 {
		t.Fatalf("no network has the items %v, want each kind in one", missing)
	}
	return all
}

func randomFrames(c Config, B int, seed uint64) []float32 {
	g := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, c.T[0]*B*c.Height*c.Width*c.InChannels)
	for i := range x {
		if g.IntN(3) == 0 {
			x[i] = float32(1 + g.IntN(3))
		}
	}
	return x
}

// upstream is a gradient of n logits to begin a way back with.
func upstream(n int) []float32 {
	g := make([]float32, n)
	for i := range g {
		g[i] = float32(i%5) - 2
	}
	return g
}

// gradients runs one pass and returns logits and all gradients as files hold them.
func gradients(t *testing.T, c Config, threads, B int, frames []float32) (logits []float32,
	all map[string][]float32) {

	net, err := New(c, 3, threads)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	out := net.Forward(frames, B, true)
	var early [][]float32
	for _, e := range out.Early {
		early = append(early, upstream(len(e)))
	}
	all = map[string][]float32{"frames": net.BackwardInput(upstream(len(out.Logits)), early)}
	for _, p := range net.Parameters() {
		all[p.Name] = p.Export(p.Gradient)
	}
	for _, p := range net.Statistics() {
		all[p.Name] = p.Export(p.Value)
	}
	return slices.Clone(out.Logits), all
}

// One thread or seven: the same bits.
func TestThreadsDoNotChangeTheNumbers(t *testing.T) {
	for name, c := range smallConfigs(t) {
		frames := randomFrames(c, 5, 1)
		logits, want := gradients(t, c, 1, 5, frames)
		for _, threads := range []int{2, 7} {
			l, got := gradients(t, c, threads, 5, frames)
			if !slices.Equal(l, logits) {
				t.Errorf("%s: %d threads give other logits than 1", name, threads)
			}
			for p := range want {
				if !slices.Equal(got[p], want[p]) {
					t.Errorf("%s: %d threads give another %s than 1", name, threads, p)
				}
			}
		}
	}
}

// In steady state no pass allocates memory, whatever the network is made of.
func TestPassesDoNotAllocate(t *testing.T) {
	for name, c := range smallConfigs(t) {
		net, err := New(c, 3, 2)
		if err != nil {
			t.Fatal(err)
		}
		frames := randomFrames(c, 3, 7)
		logits := make([]float32, 3*c.Classes)
		early := slices.Repeat([][]float32{make([]float32, 3*c.Classes)}, 2)
		for what, pass := range map[string]func(){
			"training":   func() { net.Forward(frames, 3, true); net.Backward(logits, early) },
			"evaluation": func() { net.Forward(frames, 3, false) },
		} {
			pass()
			if n := testing.AllocsPerRun(10, pass); n != 0 {
				t.Errorf("%s: a pass of %s allocates %v times, want 0", name, what, n)
			}
		}
		net.Close()
	}
}

// In evaluation a sample's logits do not depend on the batch that it is in.
func TestCutOfTheBatch(t *testing.T) {
	for name, c := range smallConfigs(t) {
		net, err := New(c, 3, 2)
		if err != nil {
			t.Fatal(err)
		}
		const B = 5
		frames := randomFrames(c, B, 2)
		want := slices.Clone(net.Forward(frames, B, false).Logits)
		size := c.Height * c.Width * c.InChannels
		for b := range B {
			var one []float32
			for f := range c.T[0] {
				one = append(one, frames[(f*B+b)*size:][:size]...)
			}
			if got := net.Forward(one, 1, false).Logits; !slices.Equal(got,
				want[b*c.Classes:(b+1)*c.Classes]) {

				t.Errorf("%s: sample %d alone gives %v, in a batch %v", name, b, got,
					want[b*c.Classes:(b+1)*c.Classes])
			}
		}
		net.Close()
	}
}

// Padding never becomes anything: its weights and gradients stay 0.
func TestPaddingStaysZero(t *testing.T) {
	for name, c := range smallConfigs(t) {
		c.Surrogate = Arctan // whose slope is nowhere 0
		net, err := New(c, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		out := net.Forward(randomFrames(c, 3, 4), 3, true)
		var early [][]float32
		for _, e := range out.Early {
			early = append(early, slices.Repeat([]float32{1}, len(e)))
		}
		net.Backward(slices.Repeat([]float32{1}, len(out.Logits)), early)
		for _, p := range net.Parameters() {
			real := map[int]bool{}
			for i := range p.Len() {
				real[p.index(i)] = true
			}
			for i, g := range p.Gradient {
				if !real[i] && (g != 0 || p.Value[i] != 0) {
					t.Errorf("%s: %s has padding with value %v, gradient %v", name, p.Name,
						p.Value[i], g)
					break
				}
			}
		}
		net.Close()
	}
}

// The input scaled by 1 - tau and weights that make up for it give the same spikes.
func TestDecayInput(t *testing.T) {
	c := smallConfigs(t)["vgg"]
	c.Tau = 0.5 // so that the scale is exact
	plain, err := New(c, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	c.DecayInput = true
	scaled, err := New(c, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer scaled.Close()
	for i, p := range scaled.Parameters() {
		if strings.Contains(p.Name, ".bn.") {
			for j := range p.Value {
				p.Value[j] = 2 * plain.Parameters()[i].Value[j]
			}
		}
	}
	frames := randomFrames(c, 2, 5)
	if a, b := plain.Forward(frames, 2, true).Logits,
		scaled.Forward(frames, 2, true).Logits; !slices.Equal(a, b) {

		t.Errorf("logits %v and %v", a, b)
	}
}

func TestFileRoundTrip(t *testing.T) {
	for name, c := range smallConfigs(t) {
		net, err := New(c, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		frames := randomFrames(c, 2, 6)
		net.Forward(frames, 2, true) // moves the statistics
		want := slices.Clone(net.Forward(frames, 2, false).Logits)
		var file bytes.Buffer
		if err := safetensors.Write(&file, net.Metadata(), net.Tensors()); err != nil {
			t.Fatal(err)
		}
		f, err := safetensors.Parse(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		again, err := FromFile(f, 2)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Forward(frames, 2, false).Logits; !slices.Equal(got, want) {
			t.Errorf("%s: logits %v from the file, want %v", name, got, want)
		}
		net.Close()
		again.Close()
	}
}

func TestFromFileRefuses(t *testing.T) {
	net, err := New(smallConfigs(t)["vgg"], 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	for want, change := range map[string]func(all []safetensors.Named) []safetensors.Named{
		`no tensor "stages.0.0.conv.weight", want one of shape ` +
			`[5 2 3 3]`: func(all []safetensors.Named) []safetensors.Named {
			return all[1:]
		},
		`tensor "stages.0.0.conv.weight" has shape [5 2 9], want ` +
			`[5 2 3 3]`: func(all []safetensors.Named) []safetensors.Named {
			all[0].Shape = []int{5, 2, 9}
			return all
		},
		`tensor "stages.0.0.conv.weight": type I64, ` +
			`want F32`: func(all []safetensors.Named) []safetensors.Named {
			all[0].Tensor = safetensors.FromInt64s(all[0].Shape, make([]int64, 90))
			return all
		},
		`tensor "other" is none of the ` +
			`network's`: func(all []safetensors.Named) []safetensors.Named {
			return append(all, safetensors.Named{
				Name: "other", Tensor: safetensors.FromFloat32s([]int{1}, []float32{1})})
		},
	} {
		var file bytes.Buffer
		if err := safetensors.Write(&file, net.Metadata(), change(net.Tensors())); err != nil {
			t.Fatal(err)
		}
		f, err := safetensors.Parse(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := FromFile(f, 1); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	f, _ := safetensors.Parse([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	if _, err := FromFile(f, 1); err == nil ||
		!strings.Contains(err.Error(), `want "config" in its metadata`) {

		t.Errorf("error %v for a file without a network", err)
	}
}

// A network as it begins: the weights have the deviation that is asked for, a seed draws them.
func TestInitialisation(t *testing.T) {
	c, err := Model("vgg9", 0.5, []int{2, 1})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(c, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := New(c, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for i, p := range a.Parameters() {
		drawn := len(p.Shape) > 1 || p.Name == "fc.bias"
		if same := slices.Equal(p.Value, b.Parameters()[i].Value); same == drawn {
			t.Errorf("%s: two seeds give the same values: %v, want %v", p.Name, same, !drawn)
		}
	}
	c.Transition = WeightedFold
	folding, err := New(c, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer folding.Close()
	for _, p := range folding.Parameters() {
		if p.Name == "tt.0.weight" && (!slices.Equal(p.Shape, []int{2, 128}) ||
			slices.ContainsFunc(p.Value, func(v float32) bool { return v != 1 })) {
			t.Errorf("%s begins as %v of shape %v, want ones of [2 128]", p.Name, p.Value, p.Shape)
		}
	}
	w := a.Parameters()[3] // the second convolution
	var sum float64
	for _, v := range w.Export(w.Value) {
		sum += float64(v) * float64(v)
	}
	got, want := math.Sqrt(sum/float64(w.Len())), math.Sqrt(2/float64(w.Shape[0]*9))
	if math.Abs(got/want-1) > 0.05 {
		t.Errorf("%s has deviation %v, want %v", w.Name, got, want)
	}
}

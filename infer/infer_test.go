package infer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"ssnn/dataset"
	"ssnn/dataset/nmnist1k"
	"ssnn/internal/mallocs"
	"ssnn/safetensors"
	"ssnn/snn"
)

const trainedFile = "testdata/nmnist.safetensors"

// reference is the network of the trained file as snn evaluates it.
func reference(t *testing.T, bits int) *snn.Network {
	f, err := safetensors.ReadFile(trainedFile)
	if err != nil {
		t.Fatal(err)
	}
	net, err := snn.FromFile(f, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Quantise(bits); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	return net
}

func openModel(t *testing.T, o Options) *Model {
	m, err := Open(trainedFile, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// samples are the embedded recordings of a split.
func samples(t *testing.T, m *Model, split string) *dataset.Frames {
	set, err := dataset.Open(nmnist1k.FS(), "", split, dataset.SplitOptions{HeldOut: 0.2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := set.Integrate(m.Frames, 2)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// batch are the frames of some samples.
func batch(t *testing.T, f *dataset.Frames, which ...int) []float32 {
	x := make([]float32, f.Config.Len()*len(which))
	if err := f.Fill(x, which, nil); err != nil {
		t.Fatal(err)
	}
	return x
}

// Real recordings through runners of any batch and number of threads come out as snn evaluates
// them, to the bit, in any number of bits.
func TestRunIsForward(t *testing.T) {
	for _, bits := range []int{0, 32, 16, 8} {
		m, net := openModel(t, Options{Bits: bits}), reference(t, max(bits, 8+24*(1-min(bits, 1))))
		f := samples(t, m, "Test")
		for _, threads := range []int{1, 2} {
			p := m.Runner(3, threads)
			for _, which := range [][]int{{0}, {1, 2, 3}, {4, 5}, {6}} {
				x := batch(t, f, which...)
				if got, want := must(p.Run(x)), net.Forward(x, len(which),
					false).Logits; !slices.Equal(got, want) {
					t.Fatalf("%d bits, %d threads, samples %v: got %v, want %v", bits, threads,
						which, got, want)
				}
			}
			p.Close()
		}
	}
}

// Many runners at once say what one alone does.
func TestRunnersAtOnce(t *testing.T) {
	m := openModel(t, Options{Bits: 16, Exits: &Exits{Threshold: 0.8,
		Points: openModel(t, Options{}).Points(true)}})
	f := samples(t, m, "Test")
	alone := m.Runner(1, 1)
	defer alone.Close()
	var want []Decision
	for i := range 20 {
		d := must(alone.Classify(batch(t, f, i)))
		d.Logits = slices.Clone(d.Logits)
		want = append(want, d)
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			p := m.Runner(1, 1+worker%2)
			defer p.Close()
			for i := range want {
				x := make([]float32, f.Config.Len())
				f.Fill(x, []int{i}, nil)
				d := must(p.Classify(x))
				if !slices.Equal(d.Logits, want[i].Logits) || d.Point != want[i].Point ||
					d.Class != want[i].Class {

					t.Errorf("runner %d, sample %d: %v, alone %v", worker, i, d, want[i])
				}
			}
		})
	}
	group.Wait()
}

// However many frames come at a time, at every point, a runner decides what it decides when it has
// all of them; and no earlier than its points need.
func TestFeedIsClassify(t *testing.T) {
	for _, every := range []bool{false, true} {
		for _, threshold := range []float64{0, 0.5, 0.9, 2} {
			exits := &Exits{Threshold: threshold, Points: openModel(t, Options{}).Points(every)}
			m := openModel(t, Options{Exits: exits})
			f := samples(t, m, "Test")
			p, q := m.Runner(1, 1), m.Runner(1, 2)
			n := 20
			if testing.Short() {
				n = 1
			}
			for i := range n {
				x := batch(t, f, i)
				want := must(p.Classify(x))
				want.Logits = slices.Clone(want.Logits)
				for k := range m.Frames.T {
					got := feed(q, x, k+1, func(d Decision) {
						if !every && q.Left() > 0 && d.Class >= 0 {
							t.Fatalf("sample %d: an answer before the end of the first stage", i)
						}
					})
					if !slices.Equal(got.Logits, want.Logits) || got.Point != want.Point ||
						!got.Sure || !want.Sure || got.Confidence != want.Confidence {

						t.Fatalf("every step %v, threshold %v, sample %d: %v with %d frames at a "+
							"time, %v at once", every, threshold, i, got, k+1, want)
					}
					if again := q.Decide(); again.Point != got.Point {
						t.Fatalf("asked again it says %v, want %v", again, got)
					}
				}
			}
			p.Close()
			q.Close()
		}
	}
}

// A runner that was just made has seen nothing.
func TestFreshRunner(t *testing.T) {
	m := openModel(t, Options{Exits: &Exits{Points: openModel(t, Options{}).Points(true)}})
	f := samples(t, m, "Test")
	p, q := m.Runner(1, 1), m.Runner(1, 1)
	defer p.Close()
	defer q.Close()
	if d := p.Decide(); d.Class != -1 || d.Sure || p.Left() != m.Frames.T {
		t.Errorf("a fresh runner says %+v, and can take %d frames, want no class and %d", d,
			p.Left(), m.Frames.T)
	}
	x := batch(t, f, 3)
	want := must(q.Classify(x))
	p.Feed(x[:len(x)/m.Frames.T])
	if got := p.Decide(); !slices.Equal(got.Logits, want.Logits) || !got.Sure {
		t.Errorf("fed without Begin: %+v, want %+v", got, want)
	}
}

// feed feeds a sample, so many frames at a time, until the runner is sure, and shows what it says
// each time. Now and then it asks after several only.
func feed(p *Runner, x []float32, k int, show func(Decision)) (d Decision) {
	p.Begin()
	for size, T := p.frame, p.Left(); p.Left() > 0 && !d.Sure; {
		at := T - p.Left()
		n := min(k, T-at)
		p.Feed(x[at*size : (at+n)*size])
		if k == 3 && at == 0 && p.Left() > 0 {
			continue
		}
		d = p.Decide()
		show(d)
	}
	return d
}

// untrained is a network of random weights whose neurons fire, and frames.
func untrained(t *testing.T, T []int, transition snn.Transition, early bool) (
	*snn.Network, []float32) {

	cfg, err := snn.Model("vgg9", 0.1, T)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Transition, cfg.Early.On, cfg.Momentum = transition, early, 1
	net, err := snn.New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	g := rand.New(rand.NewPCG(1, 1))
	frames := make([]float32, T[0]*48*48*2)
	for i := range frames {
		frames[i] = float32(max(0, g.IntN(8)-5))
	}
	net.Forward(frames, 1, true) // norms take the statistics of the data
	return net, frames
}

// A plain network can be sure after any frame; of a causal one, and of those that keep the order of
// time, each stage follows the one before; the temporal transformer waits for all frames. Whichever
// it is, frame by frame is all at once.
func TestStreams(t *testing.T) {
	for _, c := range []struct {
		T          []int
		transition snn.Transition
		seen       int // frames before the first answer of the last stage
	}{
		{[]int{4}, snn.Softmax, 1}, {[]int{4, 2}, snn.Causal, 2}, {[]int{4, 2}, snn.Softmax, 4},
		{[]int{4, 4}, snn.Identity, 1}, {[]int{4, 3}, snn.Truncate, 1},
		{[]int{4, 2}, snn.Merge, 2}, {[]int{5, 3}, snn.Merge, 2}, {[]int{6, 2}, snn.Fold, 3},
		{[]int{10, 5, 3, 2}, snn.Merge, 8}, {[]int{12, 4, 2, 2}, snn.Fold, 6},
		{[]int{12, 4, 2, 2}, snn.WeightedFold, 6}, {[]int{8, 4, 4, 2}, snn.Windowed, 4},
	} {
		net, frames := untrained(t, c.T, c.transition, false)
		last := len(c.T) - 1
		m, err := Compile(net, Options{Exits: &Exits{Threshold: 0,
			Points: []Point{{Stage: last, Step: 1}}}})
		if err != nil {
			t.Fatal(err)
		}
		p, q, size := m.Runner(1, 1), m.Runner(1, 2), 48*48*2
		if got := p.FirstAnswer(); got != c.seen {
			t.Errorf("%v %v: first answer behind %d frames, want %d", c.T, c.transition, got,
				c.seen)
		}
		want := must(p.Classify(frames))
		q.Begin()
		for seen := 1; ; seen++ {
			q.Feed(frames[(seen-1)*size : seen*size])
			if d := q.Decide(); !d.Sure {
				if d.Class != -1 {
					t.Errorf("%v %v: class %d before there was an answer", c.T, c.transition,
						d.Class)
				}
				continue
			} else if seen != c.seen || !slices.Equal(d.Logits, want.Logits) ||
				d.Point != want.Point {

				t.Errorf("%v, transition %d: %v after %d frames, want %v after %d", c.T,
					c.transition, d, seen, want, c.seen)
			}
			break
		}
		whole := net.Forward(frames, 1, false)
		if want := whole.Steps[0]; !slices.Equal(q.Decide().Logits, want) {
			t.Errorf("%v, transition %d: %v, want the first timestep's %v", c.T, c.transition,
				q.Decide().Logits, want)
		}
		for _, done := range []interface{ Close() }{p, q, net} {
			done.Close()
		}
	}
}

// A call allocates nothing, from the first on.
func TestCallsDoNotAllocate(t *testing.T) {
	if racing {
		t.Skip("the race detector allocates")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector's own allocations would count
	mallocs.Settle()
	for _, bits := range []int{32, 16, 8} {
		m := openModel(t, Options{Bits: bits, Exits: &Exits{Threshold: 0.8,
			Points: openModel(t, Options{}).Points(true)}})
		f := samples(t, m, "Test")
		p := m.Runner(2, 2)
		two, one := batch(t, f, 0, 1), batch(t, f, 3)
		work := func() {
			must(p.Run(two))
			must(p.Run(one))
			must(p.Classify(one))
			p.Begin()
			for size := len(one) / m.Frames.T; p.Left() > 0; {
				at := m.Frames.T - p.Left()
				p.Feed(one[at*size : (at+1)*size])
				p.Decide()
			}
		}
		if n := mallocs.In(work); n != 0 {
			t.Errorf("%d bits: %d allocations in the first call, want 0", bits, n)
		}
		if n := testing.AllocsPerRun(10, work); n != 0 {
			t.Errorf("%d bits: %v allocations a call, want 0", bits, n)
		}
		p.Close()
	}
}

// Files and options that do not fit are refused, in a line that says why.
func TestOpenRefuses(t *testing.T) {
	other := filepath.Join(t.TempDir(), "x.safetensors")
	f, err := safetensors.ReadFile(trainedFile)
	if err != nil {
		t.Fatal(err)
	}
	write := func(key, value string) string {
		meta := map[string]string{}
		for k, v := range f.Metadata {
			meta[k] = v
		}
		if meta[key] = value; value == "" {
			delete(meta, key)
		}
		var all []safetensors.Named
		for _, name := range f.Names() {
			tensor, _ := f.Get(name)
			all = append(all, safetensors.Named{Name: name, Tensor: tensor})
		}
		if err := safetensors.WriteFile(other, meta, all); err != nil {
			t.Fatal(err)
		}
		return other
	}
	for _, c := range []struct {
		path string
		o    Options
		want string
	}{
		{"none.safetensors", Options{}, "none.safetensors"},
		{trainedFile, Options{Bits: 4}, "weights of 4 bits, want 8, 16, or 32"},
		{trainedFile, Options{Exits: &Exits{Points: []Point{{0, 9, 1}}}},
			"point 1 is at stage 1, step 9, want one in a network of timesteps [8 6 4 2]"},
		{trainedFile, Options{Exits: &Exits{Points: []Point{{1, 6, 1}, {0, 8, 1}}}},
			"want the one first"},
		{trainedFile, Options{Exits: &Exits{Threshold: -1}}, "threshold -1, want 0 or more"},
		{trainedFile, Options{Exits: &Exits{Network: "0123456789abcdef"}},
			"exits: they were chosen for network 0123456789abcdef, and this is "},
		{write("recipe", ""), Options{}, `want "recipe" in its metadata`},
	} {
		if _, err := Open(c.path, c.o); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), c.path) {

			t.Errorf("%s with %+v: error %v, want one with the path and %q", c.path, c.o, err,
				c.want)
		}
	}
	if _, err := Open(write("classes", `["a"]`), Options{}); err == nil ||
		!strings.Contains(err.Error(), "1 names of classes") {

		t.Errorf("one class: error %v", err)
	}
	bad := filepath.Join(t.TempDir(), "exits.json")
	os.WriteFile(bad, []byte(`{"by":"luck"}`), 0o644)
	if _, err := ReadExits(bad); err == nil || !strings.Contains(err.Error(),
		`measure is "luck", want confidence or entropy`) {
		t.Errorf("exits by luck: error %v", err)
	}
	os.WriteFile(bad, []byte(`{"by":"confidence","points":[{"stage":0,"step":8}]}`), 0o644)
	if _, err := ReadExits(bad); err == nil || !strings.Contains(err.Error(), bad) ||
		!strings.Contains(err.Error(), `"threshold" is missing`) {

		t.Errorf("exits without a threshold: error %v", err)
	}
}

// must is a value of a call that has no reason to fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Every way to hand frames over refuses values that are NaN or infinite, says where they are, and
// goes on to work.
func TestFramesAreFinite(t *testing.T) {
	m := openModel(t, Options{})
	p := m.Runner(2, 1)
	defer p.Close()
	good := batch(t, samples(t, m, dataset.Test), 0)
	want := slices.Clone(must(p.Classify(good)).Logits)
	size := len(good) / m.Frames.T
	for v, name := range map[float32]string{
		float32(math.Inf(1)): "+Inf", float32(math.Inf(-1)): "-Inf", float32(math.NaN()): "NaN",
	} {
		for _, at := range []int{0, 3, size + 34*2*5 + 7*2 + 1, len(good) - 1} {
			bad := slices.Clone(good)
			bad[at] = v
			says := fmt.Sprintf("frames: %s at timestep %d, sample 1, x %d, y %d, channel %d, "+
				"want finite numbers",
				name, at/size+1, at/2%34, at/2/34%34, at%2)
			_, classify := p.Classify(bad)
			_, run := p.Run(bad)
			p.Begin()
			feed := p.Feed(bad)
			for _, err := range []error{classify, run, feed} {
				if err == nil || err.Error() != says {
					t.Errorf("error %v, want %s", err, says)
				}
			}
		}
	}
	if err := (Decision{Logits: []float32{1, float32(math.NaN())}}).Err(); err == nil {
		t.Error("an answer that is no number is no error")
	}
	for _, n := range []int{0, 1, size - 1, len(good) - 1, len(good) + 1} {
		frames := make([]float32, n)
		_, run := p.Run(frames)
		_, classify := p.Classify(frames)
		if run == nil || classify == nil {
			t.Errorf("%d values: errors %v, %v", n, run, classify)
		}
	}
	if got := must(p.Classify(good)).Logits; !slices.Equal(got, want) {
		t.Errorf("logits %v afterwards, want %v", got, want)
	}
}

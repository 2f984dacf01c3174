package trace

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
	"ssnn/safetensors"
	"ssnn/snn"
)

const model = "../../infer/testdata/nmnist.safetensors"

func file(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func load(t *testing.T) *Network {
	t.Helper()
	n, err := Load(file(t, model))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

// The answer is ssnn predict's, the last step is the answer, the steps before are what runners say
// that may stop there, and the maps are the means of the spikes.
func TestRecognise(t *testing.T) {
	n := load(t)
	m, err := infer.Open(model, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	recogniser := must(m.Recogniser(1))
	defer recogniser.Close()
	f, err := safetensors.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	twin, err := snn.FromFile(f, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer twin.Close()
	for _, name := range []string{"nmnist-7-60001.bin", "nmnist-0-00002.bin",
		"nmnist-5-00001.bin"} {
		path := "../../testdata/recordings/" + name
		r, err := Read(file(t, path), path, n.Events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := n.Recognise(r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := recogniser.Predict(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.Class != want.Class || !slices.Equal(got.Scores, want.Scores) {
			t.Errorf("%s: %s %v, want %s %v", name, got.Class, got.Scores, want.Class, want.Scores)
		}
		if last := got.Ends[len(got.Ends)-1]; len(got.Ends) != 8 || !slices.IsSorted(got.Ends) ||
			last != r.Last-r.First {

			t.Errorf("%s: timesteps that end after %v us, want 8 of %v", name, got.Ends,
				r.Last-r.First)
		}
		if len(got.Steps) != 8+6+4+2 || !slices.Equal(got.Steps[19].Scores, want.Scores) {
			t.Errorf("%s: %d steps that end with %v, want 20 and %v", name, len(got.Steps),
				got.Steps[len(got.Steps)-1], want.Scores)
		}
		frames, err := m.ReadFrames(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, pt := range m.Points(true) {
			// With a threshold that everybody reaches the first point answers.
			early, err := m.With(&infer.Exits{Points: []infer.Point{pt}})
			if err != nil {
				t.Fatal(err)
			}
			p := early.Runner(1, 1)
			d := must(p.Classify(frames))
			scores := make([]float64, len(d.Logits))
			infer.Softmax(scores, d.Logits, 1)
			p.Close()
			at := slices.IndexFunc(got.Steps, func(s Step) bool {
				return s.Stage == pt.Stage &&
					s.Step == pt.Step
			})
			if at < 0 || !slices.Equal(got.Steps[at].Scores, scores) {
				t.Errorf("%s: no step or other scores at %v, want %v", name, pt, scores)
			}
		}
		twin.Forward(frames, 1, false)
		layers := 0
		for _, s := range twin.Spiking() {
			if strings.HasPrefix(s.Name(), "stages.") {
				checkMap(t, got.Layers[layers], s)
				layers++
			}
		}
		if layers != len(got.Layers) || layers != 8 {
			t.Errorf("%s: maps of %d layers, want 8", name, len(got.Layers))
		}
	}
}

// Of transitions that keep the order of time the answer is that of package infer too, to the bit,
// and so is the last step.
func TestOrderKept(t *testing.T) {
	trained, err := safetensors.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind snn.Transition
		T    []int
	}{
		{snn.Merge, []int{5, 3}}, {snn.Fold, []int{6, 2}}, {snn.WeightedFold, []int{6, 2}},
		{snn.WeightedFold, []int{3, 3}}, {snn.Windowed, []int{6, 3}},
	} {
		cfg := snn.Default()
		cfg.Height, cfg.Width, cfg.Momentum, cfg.Early.On = 34, 34, 1, true
		cfg.T, cfg.Transition, cfg.Leak = c.T, c.kind, snn.PerWindow
		cfg.Stages = [][]snn.Item{{snn.Conv(5), snn.AvgPool(2)}, {snn.Conv(18), snn.AvgPool(4)}}
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range net.Parameters() {
			for i := range p.Value {
				if strings.HasPrefix(p.Name, "tt.") {
					p.Value[i] += float32(i%3)/3 - 0.3
				}
			}
		}
		path := "../../testdata/recordings/nmnist-7-60001.bin"
		r, err := Read(file(t, path), path, events.Options{})
		if err != nil {
			t.Fatal(err)
		}
		shown := Network{infer.Input{Frames: frames.Config{T: c.T[0],
			Sensor: events.Size{Width: 34, Height: 34}}}, net}
		net.Forward(must(shown.frames(r)), 1, true) // norms take the statistics of the data
		var data bytes.Buffer
		said := net.Metadata()
		for _, key := range []string{infer.RecipeKey, infer.ClassesKey} {
			said[key] = trained.Metadata[key]
		}
		if err := safetensors.Write(&data, said, net.Tensors()); err != nil {
			t.Fatal(err)
		}
		net.Close()
		n := must(Load(data.Bytes()))
		if n.net.Config().Transition == snn.WeightedFold { // its sums may round over a threshold
			t.Errorf("%v: a weighted fold, want the plain one that package infer runs", c.T)
		}
		m := must(infer.FromFile(must(safetensors.Parse(data.Bytes())), infer.Options{}))
		recogniser := must(m.Recogniser(1))
		got, want := must(n.Recognise(r)), must(recogniser.Predict(path))
		spread := slices.Max(want.Scores) - slices.Min(want.Scores)
		if !slices.Equal(got.Scores, want.Scores) || spread < 0.01 {
			t.Errorf("%v, transition %v: %v, want %v, which differ", c.T, c.kind, got.Scores,
				want.Scores)
		}
		if last := got.Steps[len(got.Steps)-1]; len(got.Steps) != c.T[0]+c.T[1] ||
			!slices.Equal(last.Scores, want.Scores) {

			t.Errorf("%v, transition %v: %d steps that end with %v, want %v",
				c.T, c.kind, len(got.Steps), last.Scores, want.Scores)
		}
		if len(got.Layers) != 2 || slices.Max(got.Layers[1].Rates) == 0 {
			t.Errorf("%v, transition %v: %d layers, want two that fire", c.T, c.kind,
				len(got.Layers))
		}
		recogniser.Close()
		n.Close()
	}
}

func checkMap(t *testing.T, l Layer, s snn.Spiking) {
	t.Helper()
	shape, spikes := s.Shape(), s.Spikes() // [T][1][C][H][W]
	if l.Name != s.Name() || l.Width != shape[4] || l.Height != shape[3] {
		t.Fatalf("a map of %s, %dx%d, want %s, %v", l.Name, l.Width, l.Height, s.Name(), shape)
	}
	pixels := l.Width * l.Height
	want := make([]float64, shape[0]*pixels)
	for i, v := range spikes {
		want[i/(shape[2]*pixels)*pixels+i%pixels] += float64(v) / float64(shape[2])
	}
	if l.T != shape[0] || len(l.Rates) != len(want) {
		t.Fatalf("%s: %d rates of %d timesteps, want %d", l.Name, len(l.Rates), l.T, len(want))
	}
	for i := range want {
		if math.Abs(float64(l.Rates[i])-want[i]) > 1e-6 { // sums in another order
			t.Fatalf("%s: rate %v of pixel %d, want %v", l.Name, l.Rates[i], i, want[i])
		}
	}
}

// A movie shows the frames of equal durations, smaller where it must be.
func TestMovie(t *testing.T) {
	for name, want := range map[string]string{"nmnist-7-60001.bin": "34x34",
		"gesture-1.bin": "128x128", "sample_ncars.dat": "78x42", "evt3_sample.raw": "1280x720"} {
		data := file(t, "../../testdata/recordings/"+name)
		r, err := Read(data, name, events.Options{})
		if err != nil {
			t.Fatal(err)
		}
		reader, err := events.DetectNamed(bytes.NewReader(data), name, events.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := events.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if r.Sensor.String() != want || r.Events != len(all) || r.First != all[0].T ||
			r.Last != all[len(all)-1].T || r.Format != reader.Format() {

			t.Errorf("%s: %+v, want %s pixels, %d events", name, r, want, len(all))
		}
		for _, side := range []int{17, 256, 2000} {
			m, err := r.Movie(10, side)
			if err != nil {
				t.Fatal(err)
			}
			size := events.Size{Width: m.Width, Height: m.Height}
			if longest := max(size.Width, size.Height); longest != min(side,
				max(r.Sensor.Width, r.Sensor.Height)) {
				t.Fatalf("%s: pictures of %v for %d pixels", name, size, side)
			}
			counts, err := frames.Config{T: 10, Split: frames.Duration, Sensor: r.Sensor,
				Size: size}.Integrate(all)
			if err != nil {
				t.Fatal(err)
			}
			pixels := 0
			for i := range m.Shades {
				if counts[2*i]+counts[2*i+1] > 0 {
					pixels++
				}
			}
			for i, got := range m.Shades {
				off, on := int(counts[2*i]), int(counts[2*i+1])
				strength := 127 * float64(off+on) * float64(pixels) / float64(3*len(all))
				if shade := math.Abs(float64(got) - 128); (got > 128) != (on > off) ||
					(got == 128) != (on+off == 0) ||
					off+on > 0 && math.Abs(shade-min(127, max(1, strength))) > 1 {

					t.Fatalf("%s: shade %d for %d on, %d off, strength %v", name, got, on, off,
						strength)
				}
			}
		}
	}
}

// What cannot be read, and what does not fit, is an error and no panic.
func TestRefused(t *testing.T) {
	n := load(t)
	for _, c := range []struct{ data, says string }{
		{"", "an empty file"},
		{"\x89PNG\r\n", "a PNG picture"},
		{"t,x,y,p\n", "no events"},
	} {
		if _, err := Read([]byte(c.data), "a.bin", n.Events); err == nil ||
			!strings.Contains(err.Error(), c.says) {

			t.Errorf("%q: %v, want %s", c.data, err, c.says)
		}
	}
	wide, err := Read([]byte("t,x,y,p\n1,40,2,1\n2,3,4,0\n"), "a.csv", n.Events)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := wide.Movie(40, 256); err != nil || m.Width != 41 || m.Height != 5 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := n.Recognise(wide); err == nil || !strings.Contains(err.Error(),
		"inside the sensor of 34x34") {
		t.Errorf("an event outside of the sensor: %v", err)
	}
	if _, err := Load([]byte("no model")); err == nil {
		t.Error("no error for no model")
	}
}

// must is a value of a call that has no reason to fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

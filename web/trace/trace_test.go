package trace

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"ssnn/events"
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

// The answer is ssnn predict's, the last step is the answer, the steps before are what plans say that may stop there, and the maps are the means of the spikes.
func TestRecognise(t *testing.T) {
	n := load(t)
	m, err := infer.Open(model, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan := m.Plan(1, 1)
	defer plan.Close()
	f, err := safetensors.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	twin, err := snn.FromFile(f, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer twin.Close()
	for _, name := range []string{"nmnist-7-60001.bin", "nmnist-0-00002.bin", "nmnist-5-00001.bin"} {
		path := "../../testdata/recordings/" + name
		r, err := Read(file(t, path), n.Events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := n.Recognise(r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := plan.Predict(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.Class != want.Class || !slices.Equal(got.Scores, want.Scores) {
			t.Errorf("%s: %s %v, want %s %v", name, got.Class, got.Scores, want.Class, want.Scores)
		}
		if len(got.Steps) != 8+6+4+2 || !slices.Equal(got.Steps[19].Scores, want.Scores) {
			t.Errorf("%s: %d steps that end with %v, want 20 and %v", name, len(got.Steps), got.Steps[len(got.Steps)-1], want.Scores)
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
			p := early.Plan(1, 1)
			d := p.Classify(frames)
			scores := make([]float64, len(d.Logits))
			infer.Softmax(scores, d.Logits, 1)
			p.Close()
			at := slices.IndexFunc(got.Steps, func(s Step) bool { return s.Stage == pt.Stage && s.Step == pt.Step })
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

func checkMap(t *testing.T, l Layer, s snn.Spiking) {
	t.Helper()
	shape, spikes := s.Shape(), s.Spikes() // [T][1][C][H][W]
	if l.Name != s.Name() || l.Width != shape[4] || l.Height != shape[3] {
		t.Fatalf("a map of %s, %dx%d, want %s, %v", l.Name, l.Width, l.Height, s.Name(), shape)
	}
	want := make([]float64, l.Width*l.Height)
	for i, v := range spikes {
		want[i%len(want)] += float64(v) / float64(shape[0]*shape[2])
	}
	for i := range want {
		if math.Abs(l.Rates[i]-want[i]) > 1e-6 { // sums in another order
			t.Fatalf("%s: rate %v of pixel %d, want %v", l.Name, l.Rates[i], i, want[i])
		}
	}
}

// All events of a movie are in its pictures, at their times and places.
func TestMovie(t *testing.T) {
	r, err := Read(file(t, "../../testdata/recordings/nmnist-7-60001.bin"), events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (events.Size{Width: 34, Height: 34}); r.Sensor != want || r.Events != len(r.all) || r.Format != "40-bit events" {
		t.Errorf("%s, %v, %d events", r.Format, r.Sensor, r.Events)
	}
	for _, side := range []int{34, 17, 100} {
		m, err := r.Movie(10, side)
		if err != nil {
			t.Fatal(err)
		}
		if short := min(side, 34); m.Width != short || m.Height != short || len(m.Shades) != 10*short*short {
			t.Fatalf("%d pictures of %dx%d, %d shades", m.Frames, m.Width, m.Height, len(m.Shades))
		}
		sums, each := make([]int, len(m.Shades)), (r.Last-r.First)/10
		for _, e := range r.all {
			at := min(9, int((e.T-r.First)/each))*m.Width*m.Height + int(e.Y)*m.Height/34*m.Width + int(e.X)*m.Width/34
			if e.On {
				sums[at] += 1 << 16
			} else {
				sums[at]++
			}
		}
		most := 0
		for i, s := range sums {
			on, off := s>>16, s&0xffff
			if shade := int(m.Shades[i]) - 128; (shade > 0) != (on > off) || (shade == 0) != (s == 0) {
				t.Fatalf("shade %d for %d on, %d off", shade, on, off)
			}
			most = max(most, int(m.Shades[i]))
		}
		if most != 255 {
			t.Errorf("the strongest shade is %d", most)
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
		if _, err := Read([]byte(c.data), n.Events); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want %s", c.data, err, c.says)
		}
	}
	wide, err := Read([]byte("t,x,y,p\n1,40,2,1\n2,3,4,0\n"), n.Events)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := wide.Movie(40, 256); err != nil || m.Width != 41 || m.Height != 5 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := n.Recognise(wide); err == nil || !strings.Contains(err.Error(), "inside the sensor of 34x34") {
		t.Errorf("an event outside of the sensor: %v", err)
	}
	if _, err := Load([]byte("no model")); err == nil {
		t.Error("no error for no model")
	}
}

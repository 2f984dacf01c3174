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
		r, err := Read(file(t, path), path, n.Events)
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
			d := must(p.Classify(frames))
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

// A movie shows the frames of equal durations, smaller where it must be.
func TestMovie(t *testing.T) {
	for name, want := range map[string]string{"nmnist-7-60001.bin": "34x34", "gesture-1.bin": "128x128", "sample_ncars.dat": "78x42", "evt3_sample.raw": "1280x720"} {
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
		if r.Sensor.String() != want || r.Events != len(all) || r.First != all[0].T || r.Last != all[len(all)-1].T || r.Format != reader.Format() {
			t.Errorf("%s: %+v, want %s pixels, %d events", name, r, want, len(all))
		}
		for _, side := range []int{17, 256, 2000} {
			m, err := r.Movie(10, side)
			if err != nil {
				t.Fatal(err)
			}
			size := events.Size{Width: m.Width, Height: m.Height}
			if longest := max(size.Width, size.Height); longest != min(side, max(r.Sensor.Width, r.Sensor.Height)) {
				t.Fatalf("%s: pictures of %v for %d pixels", name, size, side)
			}
			counts, err := frames.Config{T: 10, Split: frames.Duration, Sensor: r.Sensor, Size: size}.Integrate(all)
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
				if shade := math.Abs(float64(got) - 128); (got > 128) != (on > off) || (got == 128) != (on+off == 0) || off+on > 0 && math.Abs(shade-min(127, max(1, strength))) > 1 {
					t.Fatalf("%s: shade %d for %d on, %d off, strength %v", name, got, on, off, strength)
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
		if _, err := Read([]byte(c.data), "a.bin", n.Events); err == nil || !strings.Contains(err.Error(), c.says) {
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
	if _, err := n.Recognise(wide); err == nil || !strings.Contains(err.Error(), "inside the sensor of 34x34") {
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

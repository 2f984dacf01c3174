package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/internal/browser"
	"ssnn/snn"
	"ssnn/train"
)

// samples are made up: what a frame holds depends on the sample and its class.
type samples struct{ n, size int }

func (s samples) Len() int { return s.n }
func (s samples) Label(i int, _ *dataset.Draw) dataset.Label {
	return dataset.Label{Class: i * 3 / s.n}
}
func (s samples) Fill(dst []float32, batch []int, _ *dataset.Draw) error {
	T := len(dst) / (s.size * len(batch))
	for t := range T {
		for b, i := range batch {
			for j := range s.size {
				if (j*(s.Label(i, nil).Class+2)+i+t)%5 == 0 {
					dst[(t*len(batch)+b)*s.size+j] = float32(1 + j%2)
				}
			}
		}
	}
	return nil
}

// measured is what is measured of a run.
func measured(t *testing.T, r Run) *Measured {
	m, err := Measure(r)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run is a small run of up to two stages with early classifiers, after some steps of training.
func run(t *testing.T, name string, T ...int) Run {
	return runOf(t, name, func(*snn.Config) {}, T...)
}

// runOf is a run of a network that is changed before it is made.
func runOf(t *testing.T, name string, change func(*snn.Config), T ...int) Run {
	cfg := snn.Default()
	cfg.Height, cfg.Width, cfg.Classes, cfg.T = 12, 12, 3, T
	cfg.Stages = [][]snn.Item{{snn.Conv(6), snn.AvgPool(2)}, {snn.Conv(8), snn.Conv(8)}}[:len(T)]
	cfg.Early.On = true
	change(&cfg)
	net, err := snn.New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	fresh, err := snn.New(cfg, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fresh.Close)
	s := samples{n: 20, size: 12 * 12 * 2}
	how := train.Default()
	how.Epochs, how.Batch = 3, 10
	trainer, err := train.New(how, net, s, s, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := Run{Name: name, Facts: []Fact{{"seed", "1"}},
		Classes: []string{"<script>alert(1)</script>", "b & c", "d"}, Net: net, Fresh: fresh,
		Loss: how.Loss, Test: s, Batch: samples{n: 10, size: s.size}}
	for !trainer.Done() {
		m, err := trainer.RunEpoch(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Metrics = append(r.Metrics, m)
	}
	return r
}

// Wilson's intervals as Newcombe has them (Statistics in Medicine 17, 1998, table I, method 3).
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{{81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718},
		{20, 20, 1 - .1611, 1}, {0, 0, 0, 1}} {
		low, high := Wilson(c.hits, c.n)
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.hits, c.n, low, high, c.low,
				c.high)
		}
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	h.add([]float32{-6.1, -5.99, 0, 0.1, 1.99, 2, 5.9, 6, float32(math.Inf(1)),
		float32(math.NaN())}, 2)
	for bin, want := range map[int]int{0: 1, 30: 2, 39: 1, 40: 1, 59: 1} {
		if h.Counts[bin] != want {
			t.Errorf("bin %d around %v has %d, want %d", bin, h.Center(bin), h.Counts[bin], want)
		}
	}
	if h.Beyond() != 0.4 {
		t.Errorf("%v beyond, want 0.4", h.Beyond())
	}
}

// Measuring changes nothing, and synapses and membranes are what the network says they are.
func TestMeasure(t *testing.T) {
	r := run(t, "x", 3, 2)
	statistics := func() (all [][]float32) {
		for _, p := range r.Net.Statistics() {
			all = append(all, slices.Clone(p.Value))
		}
		return all
	}
	before := statistics()
	m := measured(t, r)
	for i, p := range statistics() {
		if !slices.Equal(p, before[i]) {
			t.Errorf("%s moved", r.Net.Statistics()[i].Name)
		}
	}
	if m.Recordings != 20 || m.Answers.Samples != 20 || len(m.Layers) != 3 ||
		len(m.Transitions) != 1 || len(m.Maps) != 3 {

		t.Fatalf("%d recordings, %d answers, %d layers, %d transitions, %d maps", m.Recordings,
			m.Answers.Samples, len(m.Layers), len(m.Transitions), len(m.Maps))
	}

	r.forward(spreadOver(20, 20))
	for i, s := range r.Net.Synapses() {
		if got := m.Synapses[i]; got != s {
			t.Errorf("synapses %+v, want %+v", got, s)
		}
	}
	// The membranes that reach the threshold are the spikes; none is beyond the bins.
	fired := 0.
	for j, n := range m.Membranes[0].Counts {
		if (Histogram{}).Center(j) > 1 {
			fired += float64(n) / float64(m.Membranes[0].All)
		}
	}
	if rate, _ := meanDeviation(m.Layers[0].Rates); math.Abs(fired-rate) > 1e-6 ||
		m.Membranes[0].Beyond() != 0 {

		t.Errorf("%v of the membranes are above the threshold, %v beyond the bins, want %v and 0",
			fired, m.Membranes[0].Beyond(), rate)
	}
}

// page is one of two runs, of which one is plain.
func page(t *testing.T) []byte {
	var b bytes.Buffer
	if _, err := Write(&b, "two runs", "by a test",
		[]*Measured{measured(t, run(t, "ssnn", 3, 2)),
			measured(t, run(t, "plain", 3))}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A page is well-formed, brings all it needs, and what came from data stays text.
func TestPage(t *testing.T) {
	text := page(t)
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Entity = xml.HTMLEntity
	ids, links, svgs := map[string]bool{}, []string{}, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "script", "iframe", "object":
			t.Errorf("element %s", e.Name.Local)
		case "svg":
			svgs++
		}
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "id":
				if ids[a.Value] {
					t.Errorf("id %q twice", a.Value)
				}
				ids[a.Value] = true
			case "href", "src":
				if links = append(links, a.Value); !strings.HasPrefix(a.Value, "#") &&
					!strings.HasPrefix(a.Value, "data:") {

					t.Errorf("a link to %q", a.Value)
				}
			}
		}
	}
	for _, l := range links {
		if id, ok := strings.CutPrefix(l, "#"); ok && !ids[id] {
			t.Errorf("no element %s", l)
		}
	}
	if svgs < 9 {
		t.Errorf("%d plots", svgs)
	}
	if !bytes.Contains(text, []byte("&lt;script&gt;")) ||
		bytes.Contains(text, []byte("ZgotmplZ")) || bytes.Contains(text, []byte("NaN")) {

		t.Error("the name of a class is not escaped, something could not be, or a number is none")
	}
}

func TestFiguresAreWritten(t *testing.T) {
	f, err := Lines("x", Axes{X: "x", Y: "y", Log: true, Rule: 2},
		[]Series{{Name: "a", X: []float64{1, 2, 3}, Y: []float64{0, 2, 300}}, {Name: "none"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := f.Save(dir); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(dir, "x.png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(first)); err != nil {
		t.Error(err)
	}
	again, err := f.PNG()
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("another picture the second time, error %v", err)
	}
	svg, err := os.ReadFile(filepath.Join(dir, "x.svg"))
	if err != nil || !bytes.Contains(svg, []byte("</svg>")) {
		t.Errorf("no svg, error %v", err)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		whole     bool
		want      string
	}{
		{0, 100, false, "0 20 40 60 80 100"}, {0.93, 1.01, false, "0.94 0.96 0.98 1.00"},
		{1, 3, true, "1 2 3"}, {-3, 3, false, "-3 -2 -1 0 1 2 3"}, {5, 5, false, "5"},
	} {
		var got []string
		for _, tick := range (ticks{c.whole}).Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v to %v: %s, want %s", c.low, c.high, s, c.want)
		}
	}
}

// A browser shows the page without a word in its console.
func TestChromium(t *testing.T) {
	chromium := browser.Chromium(t)
	dir := t.TempDir()
	file, shot := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.png")
	if err := os.WriteFile(file, page(t), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox",
		"--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--window-size=1200,2000", "--screenshot="+shot, "file://"+file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if said := regexp.MustCompile(`.*CONSOLE.*`).FindAll(out, -1); said != nil {
		t.Errorf("the console says\n%s", bytes.Join(said, []byte("\n")))
	}
	data, err := os.ReadFile(shot)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r, g, b}] = true
		}
	}
	if len(colours) < 100 {
		t.Errorf("a picture of %d colours, want text and plots", len(colours))
	}
}

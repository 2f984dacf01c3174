package web

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ssnn/infer"
	"ssnn/internal/browser"
	"ssnn/web/trace"
)

var (
	model   = flag.String("model", "../infer/testdata/nmnist.safetensors", "model of the page")
	picture = flag.String("picture", "",
		"where to put a picture of the page at the end, docs/web.png")
)

// shown is what testdata/visit.html sees.
type shown struct {
	State, Facts, Class, Took string
	Scores, Maps              []string
	Points                    int
	Colours                   []int // of the canvases
	Clock, Button             string
	Slider                    int // number of the picture
}

// A browser shows the page from files alone, recognises what ssnn predict recognises, with the same
// scores, and says what is wrong with other files.
func TestChromium(t *testing.T) {
	chromium := browser.Chromium(t)
	dir := t.TempDir()
	site := filepath.Join(dir, "site")
	const recordings = "../testdata/recordings/"
	page := Page{Model: read(t, *model), Credit: "Of a set.", Examples: []Example{
		{"example.bin", "a seven", read(t, recordings+"nmnist-7-60001.bin")},
		{"second.bin", "a zero", read(t, recordings+"nmnist-0-00002.bin")},
	}}
	if err := page.Write(site); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{
		"visit.html": "testdata/visit.html", "5.bin": recordings + "nmnist-5-00001.bin",
		"0.bin":       recordings + "nmnist-0-00002.bin",
		"gesture.bin": recordings + "gesture-1.bin", "other.safetensors": *model,
	} {
		if err := os.WriteFile(filepath.Join(site, name), read(t, from), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	drops := []string{"5.bin", "index.html", "gesture.bin", "0.bin", "index.html",
		"other.safetensors"}
	seen, out := visit(t, chromium, site, drops)
	if said := regexp.MustCompile(`.*CONSOLE.*`).FindAll(out, -1); said != nil {
		t.Errorf("the console says\n%s", bytes.Join(said, []byte("\n")))
	}
	if len(seen) != 1+len(drops)+2 {
		t.Fatalf("%d states of the page, want %d\n%s", len(seen), 1+len(drops)+2, out)
	}
	still, moving := seen[len(seen)-2], seen[len(seen)-1]
	if still.Slider != 30 || still.Button != "play" ||
		!regexp.MustCompile(`^2\d\d ms of 3\d\d ms$`).MatchString(still.Clock) ||
		!strings.Contains(still.Maps[0], ", "+at(t, recordings+"nmnist-0-00002.bin", 30)+", ") {

		t.Errorf("with the slider: %+v, want picture 30 of the moment, and paused", still)
	}
	if moving.Slider == 30 || moving.Button != "pause" {
		t.Errorf("going on: %+v", moving)
	}
	m, err := infer.Open(*model, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	recogniser, err := m.Recogniser(1)
	if err != nil {
		t.Fatal(err)
	}
	defer recogniser.Close()
	steps := 0 // of the stages that answer: with early classifiers all, else the last
	for i, T := range m.Config().T {
		if m.Config().Early.On || i == len(m.Config().T)-1 {
			steps += T
		}
	}
	for i, name := range []string{0: "nmnist-7-60001.bin", 1: "nmnist-5-00001.bin",
		4: "nmnist-0-00002.bin", 6: "nmnist-0-00002.bin"} {
		if name == "" {
			continue
		}
		want, err := recogniser.Predict(recordings + name)
		if err != nil {
			t.Fatal(err)
		}
		got := seen[i]
		if got.State != "" || got.Class != want.Class ||
			!regexp.MustCompile(`^40-bit events, 34x34 pixels, \d+ events `+
				`in 0.\d+ s`).MatchString(got.Facts) {

			t.Errorf("%s: %q, class %s, %q; want class %s", name, got.State, got.Class, got.Facts,
				want.Class)
		}
		var scores []string
		for c, score := range want.Scores {
			scores = append(scores, m.Classes[c]+fmt.Sprintf(" %.3f", score))
		}
		var read []string
		for pair := range slices.Chunk(got.Scores, 2) {
			read = append(read, strings.Join(pair, " "))
		}
		if slices.Sort(read); !slices.Equal(read, scores) {
			t.Errorf("%s: scores %v, want %v", name, read, scores)
		}
		if got.Points != 4*steps || len(got.Maps) != 8 || len(got.Colours) != 9 ||
			slices.Min(got.Colours) < 2 {

			t.Errorf("%s: %d points, maps of %v, canvases of %v colours, want 4 classes in %d "+
				"steps, 8 maps and a movie",
				name, got.Points, got.Maps, got.Colours, steps)
		}
		t.Logf("%s: %s", name, got.Took)
	}
	for i, want := range map[int]string{
		2: "index.html: a page of HTML,",
		3: "gesture.bin: ", // which is seen but larger than the network's frames
		5: "index.html: a page of HTML,",
	} {
		if got := seen[i]; !strings.HasPrefix(got.State, want) ||
			strings.Contains(got.State, "\n") || got.Class != "" || len(got.Maps) > 0 {

			t.Errorf("drop %d: %q, class %q, want %s and no answer", i, got.State, got.Class, want)
		}
	}
	if got := seen[3]; !strings.Contains(got.State, "inside the sensor of 34x34") ||
		!strings.Contains(got.Facts, "128x128") || len(got.Colours) != 1 {

		t.Errorf("a gesture: %q, %q", got.State, got.Facts)
	}
}

// at is which timestep of the first stage is under way in the middle of a picture of a recording.
func at(t *testing.T, path string, picture float64) string {
	t.Helper()
	n, err := trace.Load(read(t, *model))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	r, err := trace.Read(read(t, path), path, n.Reading())
	if err != nil {
		t.Fatal(err)
	}
	a, err := n.Recognise(r)
	if err != nil {
		t.Fatal(err)
	}
	moment := float64(r.Last-r.First) * (picture + .5) / 40
	for i, end := range a.Ends {
		if moment <= float64(end) {
			return fmt.Sprintf("timestep %d of %d", i+1, len(a.Ends))
		}
	}
	return "no timestep"
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// visit opens testdata/visit.html and returns what it saw, and what the browser wrote.
func visit(t *testing.T, chromium, site string, drops []string) (seen []shown, out []byte) {
	done := make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(site)))
	// Servers that do not know the type answer like this.
	mux.HandleFunc("GET /ssnn.wasm", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeFile(w, r, filepath.Join(site, "ssnn.wasm"))
	})
	mux.HandleFunc("GET /hold", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-done:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /done", func(_ http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&seen); err != nil {
			t.Error(err)
		}
		close(done)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	shot := filepath.Join(t.TempDir(), "page.png")
	// a page that shows nothing would keep it waiting
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+filepath.Join(t.TempDir(), "profile"),
		"--enable-logging=stderr", "--window-size=1160,870", "--hide-scrollbars",
		"--screenshot="+shot, server.URL+"/visit.html?"+url.Values{"drop": drops}.Encode())
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(shot)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if *picture != "" {
		if err := os.WriteFile(*picture, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return seen, out
}

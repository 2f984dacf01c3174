package main

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
}

// A browser shows the page from files alone, recognises what ssnn predict recognises, with the same
// scores, and says what is wrong with other files.
func TestChromium(t *testing.T) {
	chromium := browser.Chromium(t)
	dir := t.TempDir()
	site := filepath.Join(dir, "site")
	if err := build(site, *model); err != nil {
		t.Fatal(err)
	}
	const recordings = "../testdata/recordings/"
	for name, from := range map[string]string{
		"visit.html": "testdata/visit.html", "5.bin": recordings + "nmnist-5-00001.bin",
		"0.bin":       recordings + "nmnist-0-00002.bin",
		"gesture.bin": recordings + "gesture-1.bin", "other.safetensors": *model,
	} {
		if err := put(site, name, os.DirFS(filepath.Dir(from)), filepath.Base(from)); err != nil {
			t.Fatal(err)
		}
	}
	drops := []string{"5.bin", "index.html", "gesture.bin", "0.bin", "index.html",
		"other.safetensors"}
	seen, out := visit(t, chromium, site, drops)
	if said := regexp.MustCompile(`.*CONSOLE.*`).FindAll(out, -1); said != nil {
		t.Errorf("the console says\n%s", bytes.Join(said, []byte("\n")))
	}
	if len(seen) != 1+len(drops) {
		t.Fatalf("%d states of the page, want %d\n%s", len(seen), 1+len(drops), out)
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
			!regexp.MustCompile(`^40-bit events, 34x34 pixels, \d+ events in 0.\d+ s`).MatchString(got.Facts) {

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

// visit opens testdata/visit.html and returns what it saw, and what the browser wrote.
func visit(t *testing.T, chromium, site string, drops []string) (seen []shown, out []byte) {
	done := make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(site)))
	mux.HandleFunc("GET /ssnn.wasm", func(w http.ResponseWriter, r *http.Request) { // as servers do that do not know the type
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+filepath.Join(t.TempDir(), "profile"),
		"--enable-logging=stderr", "--window-size=1160,790", "--hide-scrollbars",
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

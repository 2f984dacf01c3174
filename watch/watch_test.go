package watch

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssnn/recipes"
)

// made makes the folder of a run that trains.
func made(t *testing.T, dir string, set ...string) {
	t.Helper()
	r := recipes.Default()
	for _, s := range append(set, "network.model=vgg9", "network.timesteps=[4]") {
		if err := r.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config.toml": r.Text(), ".lock": "",
		"metrics.jsonl": `{"epoch":1,"loss":2,"accuracy":0.25,"test_accuracy":0.5,"seconds":3,` +
			`"firing":[{"layer":"stages.0.0.lif","rate":0.1}]}` + "\n{\"epoch\":2,\"lo",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	made(t, filepath.Join(dir, "a"), "train.epochs=5")
	made(t, filepath.Join(dir, "grid", "b"), "train.epochs=5", "train.lr=0.05")
	if err := os.MkdirAll(filepath.Join(dir, "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "c", "config.toml")
	if err := os.WriteFile(broken, []byte("epochs = "), 0o644); err != nil {
		t.Fatal(err)
	}
	w := New(dir)
	for _, now := range []time.Time{time.Now(), time.Now()} { // read, and kept
		all, err := w.Find(now)
		if err != nil || len(all) != 3 {
			t.Fatalf("%d runs, error %v", len(all), err)
		}
		for _, r := range all {
			switch r.Name {
			case "a":
				if r.State != "training" || r.Epoch != 1 || r.Left != 12 ||
					r.Curves["test"][0] != 50 ||
					r.Differs["train.lr"] != "0.1" || len(r.Differs) != 1 {
					t.Errorf("%+v", r)
				}
			case filepath.Join("grid", "b"):
				if r.Differs["train.lr"] != "0.05" {
					t.Errorf("%+v", r)
				}
			default:
				if !strings.Contains(r.Error, "line 1") {
					t.Errorf("%s: error %q", r.Name, r.Error)
				}
			}
		}
	}
	// Whose files stopped changing a day ago trains no more, whatever lies there.
	all, err := w.Find(time.Now().Add(24 * time.Hour))
	if err != nil || all[0].State == "training" {
		t.Errorf("%+v, %v", all[0], err)
	}
}

func TestHandler(t *testing.T) {
	dir := t.TempDir()
	made(t, filepath.Join(dir, "a"))
	h := Handler(dir, recipes.Machine{})
	for _, c := range []struct {
		host, path string
		status     int
	}{
		{"localhost:8081", "/", 200}, {"127.0.0.1:8081", "/runs", 200},
		{"[::1]:8081", "/runs", 200},
		{"evil.example", "/runs", 403}, {"localhost", "/wrong?run=../secret", 404},
		{"localhost", "/picture?run=/etc&recording=x", 404}, {"localhost", "/nothing", 404},
	} {
		r := httptest.NewRequest("GET", "http://"+c.host+c.path, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s%s: status %d, want %d", c.host, c.path, w.Code, c.status)
		}
		if c.path == "/runs" && c.status == 200 {
			var got struct{ Runs []Run }
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Runs) != 1 {
				t.Errorf("%s, %v", w.Body, err)
			}
		}
	}
}

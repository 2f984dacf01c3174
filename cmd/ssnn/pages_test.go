package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// The sweep that the page on experiments shows is the one that the script sweep.txtar runs.
func TestSweepOfThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", "compare.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "sweep.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range script.Files {
		if f.Name == "sweep.toml" {
			if !strings.Contains(string(page), "```toml\n"+string(f.Data)+"```\n") {
				t.Errorf("the page has another sweep than\n%s", f.Data)
			}
			return
		}
	}
	t.Error("sweep.txtar has no sweep.toml")
}

// The slicing that the page on own recordings shows is the one that the script slice.txtar runs.
func TestSlicesOfThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", "own-data.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "slice.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Samples of long recordings\n")
	for i, name := range []string{"labels.csv", "own.toml"} {
		file := script.Files[i]
		if file.Name != name || !strings.Contains(section, "\n"+string(file.Data)+"```\n") {
			t.Errorf("the page has another %s than\n%s", name, file.Data)
		}
	}
	_, section, _ = strings.Cut(section, "```sh\n")
	shown, _, _ := strings.Cut(section, "```")
	if !strings.Contains(shown, "ssnn data slice ") {
		t.Fatalf("the page shows no slicing, but %q", shown)
	}
	for line := range strings.Lines(shown) {
		if !strings.Contains(string(script.Comment), "\nexec "+line) {
			t.Errorf("the page shows %q, which the script does not run", line)
		}
	}
}

// The web configuration file that the page on serving shows is the one that the script runs.
func TestWebConfigOfThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", "serve.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "webconfig.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if f := script.Files[0]; f.Name != "web.yml" ||
		!strings.Contains(string(page), "```yaml\n"+string(f.Data)+"```\n") {

		t.Errorf("the page has another %s than\n%s", f.Name, f.Data)
	}
}

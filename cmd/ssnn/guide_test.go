package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// The sweep that the guide shows is the one that the script sweep.txtar runs.
func TestGuideSweep(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "guide.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "sweep.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range script.Files {
		if f.Name == "sweep.toml" {
			if !strings.Contains(string(guide), "```toml\n"+string(f.Data)+"```\n") {
				t.Errorf("the guide has another sweep than\n%s", f.Data)
			}
			return
		}
	}
	t.Error("sweep.txtar has no sweep.toml")
}

// The slicing that the guide shows is the one that the script slice.txtar runs.
func TestGuideSlices(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "guide.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "slice.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "### Samples of long recordings\n")
	for i, name := range []string{"labels.csv", "own.toml"} {
		file := script.Files[i]
		if file.Name != name || !strings.Contains(section, "\n"+string(file.Data)+"```\n") {
			t.Errorf("the guide has another %s than\n%s", name, file.Data)
		}
	}
	_, section, _ = strings.Cut(section, "```sh\n")
	shown, _, _ := strings.Cut(section, "```")
	if !strings.Contains(shown, "ssnn data slice ") {
		t.Fatalf("the guide shows no slicing, but %q", shown)
	}
	for line := range strings.Lines(shown) {
		if !strings.Contains(string(script.Comment), "\nexec "+line) {
			t.Errorf("the guide shows %q, which the script does not run", line)
		}
	}
}

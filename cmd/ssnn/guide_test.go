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

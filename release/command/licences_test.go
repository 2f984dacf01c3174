package command

import (
	"path/filepath"
	"strings"
	"testing"
)

// The licences are those of Go, of the modules that the target's command has, and of the
// recordings.
func TestLicences(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []Target{{OS: "linux", Arch: "amd64"},
		{OS: "linux", Arch: "amd64", MPI: true}, {OS: "windows", Arch: "arm64"}} {

		text, err := target.Licences(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []string{"= Go: LICENSE", "= github.com/alecthomas/kong v",
			"= github.com/klauspost/compress v", "nmnist-1k: README.md", "CC BY-SA 4.0"} {
			if !strings.Contains(string(text), of) {
				t.Errorf("%v: there is no licence of %q", target, of)
			}
		}
		// purego is what ssnn-mpi loads libraries with; goldmark is of tests and of the site.
		if got := strings.Contains(string(text), "ebitengine/purego"); got != target.MPI {
			t.Errorf("%v: the licence of purego is there: %v, want %v", target, got, target.MPI)
		}
		if strings.Contains(string(text), "yuin/goldmark") {
			t.Errorf("%v: a module that no command has is among the licences", target)
		}
	}
}

package ssnn

import (
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// rows are the layers of the house: a package imports only from rows below its own.
var rows = [][]string{
	{"internal/hdf5", "internal/names", "internal/limits", "internal/memory", "internal/load", "internal/browser", "internal/mallocs", "internal/regular"},
	{"events", "tensor", "internal/kernel", "internal/workers", "internal/atomicfile", "internal/folder", "internal/pages"},
	{"synth", "frames", "safetensors"},
	{"dataset", "dataset/nmnist1k", "snn"},
	{"train", "infer", "interop/pytorch", "interop/nir", "interop/onnx", "interop/internal/golden", "dataset/download"},
	{"recipes", "report", "stream", "web/trace"},
	{"experiment", "search", "serve"},
	{"cmd/ssnn", "cmd/libssnn", "web"}, // and web/wasm, which is a program for browsers alone
}

// tools are programs for the makers, which nobody imports.
var tools = map[string]bool{"bench/compare": true, "bench/serve": true, "dataset/nmnist1k/pack": true, "docs/picture": true, "release": true}

func TestImportsRunDownhill(t *testing.T) {
	row := map[string]int{}
	for i, names := range rows {
		for _, name := range names {
			row["ssnn/"+name] = i
		}
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		own, known := row[p.ImportPath]
		if !known {
			if name := strings.TrimPrefix(p.ImportPath, "ssnn/"); name != "ssnn" && !tools[name] && !strings.HasPrefix(name, "examples/") {
				t.Errorf("%s has no row; give it one", p.ImportPath)
			}
			continue
		}
		for _, imported := range p.Imports {
			below, ours := row[imported]
			if embedded := imported == "ssnn/dataset/nmnist1k"; embedded && p.ImportPath != "ssnn/cmd/ssnn" {
				t.Errorf("%s imports %s, whose recordings only the command should carry", p.ImportPath, imported)
			}
			if ours && below >= own {
				t.Errorf("%s (row %d) imports %s (row %d)", p.ImportPath, own, imported, below)
			}
		}
	}
}

package ssnn

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rows are the layers of the house: a package imports only from rows below its own.
var rows = [][]string{
	{"internal/sqlite"},
	{"internal/rosbag", "internal/hdf5", "internal/plaintoml", "internal/plainjson",
		"internal/names", "internal/tensorboard",
		"internal/limits", "internal/memory", "internal/madepage", "internal/testcert",
		"internal/load", "internal/browser", "internal/mallocs", "internal/regular",
		"internal/collective", "internal/metricspage", "internal/manual", "internal/address"},
	{"events", "internal/kernel", "internal/workers", "internal/atomicfile", "internal/folder",
		"internal/pages", "internal/webconfig", "internal/mpi"},
	{"synth", "frames", "safetensors", "internal/picture"},
	{"dataset", "dataset/nmnist1k", "snn"},
	{"train", "infer", "interop/pytorch", "interop/nir", "interop/onnx", "interop/internal/golden",
		"dataset/download"},
	{"infer/exits"},
	{"recipes", "report", "stream", "web/trace"},
	{"experiment", "search", "serve", "watch", "worker", "web"},
	{"cmd/ssnn", "cmd/libssnn"}, // and web/wasm, which is a program for browsers alone
}

// inferAlone are programs and packages that run networks and neither train nor test them: they
// would carry the code of sets, downloads and training around for nothing.
var inferAlone = []string{"web/wasm", "web/trace", "stream", "serve", "cmd/libssnn"}

func TestInferenceGoesWithoutSets(t *testing.T) {
	for _, name := range inferAlone {
		list := exec.Command("go", "list", "-deps", "./"+name)
		switch name {
		case "web/wasm":
			list.Env = append(list.Environ(), "GOOS=js", "GOARCH=wasm")
		case "cmd/libssnn":
			list.Env = append(list.Environ(), "CGO_ENABLED=1")
		}
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Fields(string(out))
		if !slices.Contains(all, module(t)+"/infer") {
			t.Errorf("%s does not need package infer, want a test that looks at what does", name)
		}
		for _, other := range []string{"dataset", "train", "infer/exits"} {
			if slices.Contains(all, module(t)+"/"+other) {
				t.Errorf("%s needs %s, which inference has no use for", name, other)
			}
		}
	}
}

// docs/reference/api.md says of every package of the house what may be relied on.
func TestEveryPackageIsOnThePageOfTheAPI(t *testing.T) {
	page, err := os.ReadFile("docs/reference/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range rows {
		for _, name := range names {
			if strings.Contains(name, "internal/") {
				continue
			}
			if !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("docs/reference/api.md says nothing of %s", name)
			}
		}
	}
}

// tools are programs for the makers, which nobody imports.
var tools = map[string]bool{"bench/compare": true, "bench/mpi": true, "bench/serve": true,
	"bench/watch":           true,
	"dataset/nmnist1k/pack": true, "docs": true, "docs/picture": true, "docs/site": true,
	"release": true, "release/clib": true, "release/command": true,
	"release/wheel": true, "python/wheel": true}

// module is the path of this module, which release -module may have changed.
func module(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestImportsRunDownhill(t *testing.T) {
	own := module(t)
	row := map[string]int{}
	for i, names := range rows {
		for _, name := range names {
			row[own+"/"+name] = i
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
		at, known := row[p.ImportPath]
		if !known {
			if name := strings.TrimPrefix(p.ImportPath, own+"/"); name != own && !tools[name] &&
				!strings.HasPrefix(name, "examples/") {

				t.Errorf("%s has no row; give it one", p.ImportPath)
			}
			continue
		}
		for _, imported := range p.Imports {
			below, ours := row[imported]
			if embedded := imported == own+"/dataset/nmnist1k"; embedded &&
				p.ImportPath != own+"/cmd/ssnn" {

				t.Errorf("%s imports %s, whose recordings only the command should carry",
					p.ImportPath, imported)
			}
			if ours && below >= at {
				t.Errorf("%s (row %d) imports %s (row %d)", p.ImportPath, at, imported, below)
			}
		}
	}
}

package web

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// carried is the program that a release carries. In other builds it has nothing but a README.
//
//go:embed program
var carried embed.FS

// Names of the files of a carried program, in the folder web/program.
const (
	PackedFile = "ssnn.wasm.zst"
	LoaderFile = loaderFile
)

// program returns the program of the page and Go's loader for it: those that this command carries,
// or else new ones made from the sources.
func program() (wasm, loader []byte, err error) {
	packed, err := carried.ReadFile("program/" + PackedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return compiled()
	}
	if err != nil {
		return nil, nil, err
	}
	d, err := zstd.NewReader(nil)
	if err != nil {
		return nil, nil, err
	}
	defer d.Close()
	if wasm, err = d.DecodeAll(packed, nil); err != nil {
		return nil, nil, fmt.Errorf("the program of the page: %w", err)
	}
	loader, err = carried.ReadFile("program/" + LoaderFile)
	return wasm, loader, err
}

// compiled makes the program from the sources that this command was built from.
func compiled() (wasm, loader []byte, err error) {
	root, err := sources()
	if err != nil {
		return nil, nil, err
	}
	return Compile(root)
}

// sources returns the folder of the sources: where they were when this command was built, by its
// build information, or the module that the working directory is in.
func sources() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(file))
	if filepath.IsAbs(file) { // no -trimpath
		if _, err := os.Stat(filepath.Join(root, "web", "wasm", "main.go")); err == nil {
			return root, nil
		}
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "ssnn").Output()
	if err != nil {
		return "", errors.New("this ssnn carries no program for the page, as it was built by go " +
			"build alone: want that of a release (go run ./release), or one beside its sources, " +
			"with Go to compile them")
	}
	return strings.TrimSpace(string(out)), nil
}

// Compile builds the program of the sources in root and reads Go's loader for it. The same sources
// and Go toolchain give the same bytes.
func Compile(root string) (wasm, loader []byte, err error) {
	dir, err := os.MkdirTemp("", "ssnn-web-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, programFile)
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly",
		"-ldflags=-s -w", "-o", out, "./web/wasm")
	c.Dir = root
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "GOEXPERIMENT=",
		"GOFIPS140=off")
	if said, err := c.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("go build ./web/wasm in %s: %w: %s", root, err,
			strings.TrimSpace(string(said)))
	}
	if wasm, err = os.ReadFile(out); err != nil {
		return nil, nil, err
	}
	env := exec.Command("go", "env", "GOROOT") // of the toolchain that go.mod asks for
	env.Dir = root
	goroot, err := env.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	loader, err = os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm",
		loaderFile))
	return wasm, loader, err
}

// Pack packs a program as a release carries it.
func Pack(wasm []byte) ([]byte, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return e.EncodeAll(wasm, nil), e.Close()
}

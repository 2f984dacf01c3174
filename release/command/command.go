// Package command builds the command ssnn as it is released: static, stripped, and the same bytes
// from the same sources, version and Go toolchain, on any machine and in any folder.
package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"ssnn/web"
)

// Target is what a command is built for, in Go's words.
type Target struct{ OS, Arch string }

// Name is that of the command's file.
func (t Target) Name() string {
	if t.OS == "windows" {
		return "ssnn.exe"
	}
	return "ssnn"
}

// Root is the folder of the sources: that of the module in which this runs.
func Root() (string, error) {
	file, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	name := strings.TrimSpace(string(file))
	if filepath.Base(name) != "go.mod" {
		return "", errors.New("this folder is in no Go module, want the sources of ssnn")
	}
	return filepath.Dir(name), nil
}

// withPage compiles the program of the page in the browser and writes into a folder the overlay of
// go build under which the command carries it.
func withPage(root, dir string) (overlay string, err error) {
	wasm, loader, err := web.Compile(root)
	if err != nil {
		return "", err
	}
	packed, err := web.Pack(wasm)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for name, data := range map[string][]byte{web.PackedFile: packed, web.LoaderFile: loader} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return "", err
		}
		replace[filepath.Join(root, "web", "program", name)] = file
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o644)
}

// TrainsOverMPI says that there is a program ssnn-mpi for the target.
func (t Target) TrainsOverMPI() bool {
	return t.OS == "linux" && (t.Arch == "amd64" || t.Arch == "arm64")
}

// CompileMPI builds ssnn-mpi, the command whose training several processes of an MPI launcher
// share. It is linked dynamically, as it loads a library of MPI.
func (t Target) CompileMPI(root, version string) ([]byte, error) {
	return t.compile(root, version, "-tags=mpi")
}

// Compile builds the command of the sources in root. Nothing of this machine gets into it: no path,
// no revision, no C library. The build id stays, which on macOS is the program's UUID: without one
// it does not start.
func (t Target) Compile(root, version string) ([]byte, error) {
	return t.compile(root, version)
}

func (t Target) compile(root, version string, flags ...string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "ssnn-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	overlay, err := withPage(root, dir)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, t.Name())
	args := append([]string{"build", "-overlay=" + overlay, "-trimpath", "-buildvcs=false",
		"-mod=readonly", "-ldflags=-s -w -X main.release=" + version, "-o", out}, flags...)
	c := exec.Command("go", append(args, "./cmd/ssnn")...)
	c.Dir = root
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.OS, "GOARCH="+t.Arch,
		// What else could change the code, at its default.
		"GOAMD64=v1", "GOARM64=v8.0", "GOARM=7", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off")
	if said, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said))
	}
	return os.ReadFile(out)
}

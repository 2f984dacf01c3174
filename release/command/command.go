// Package command builds the command ssnn as it is released: static, stripped, and with the same
// bytes for the same sources, version and Go toolchain, on any machine and in any folder.
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

// Target is the system that a command is built for, in the terms of Go.
type Target struct {
	OS, Arch string
	// MPI asks for ssnn-mpi instead of ssnn: the command in which several processes of an MPI
	// launcher can share a training. It is linked dynamically, because it loads an MPI library.
	MPI bool
}

// Name is the name of the command.
func (t Target) Name() string {
	if t.MPI {
		return "ssnn-mpi"
	}
	return "ssnn"
}

// File is the name of the command's file.
func (t Target) File() string {
	if t.OS == "windows" {
		return t.Name() + ".exe"
	}
	return t.Name()
}

// tags is the flag of go build and go list that chooses the command.
func (t Target) tags() string {
	if t.MPI {
		return "-tags=mpi"
	}
	return "-tags="
}

// Root returns the folder of the sources: the folder of the module in which this program runs.
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

// withPage compiles the WebAssembly program of the page in the browser. It writes to a folder the
// overlay for go build that embeds this program in the command.
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

// Compile builds the command from the sources in root. Nothing of this machine gets into the
// command: no path, no revision, no C library. The build id stays, because it is the program's UUID
// on macOS, where a program without a UUID does not start.
func (t Target) Compile(root, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "ssnn-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	overlay, err := withPage(root, dir)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, t.File())
	c := exec.Command("go", "build", "-overlay="+overlay, "-trimpath", "-buildvcs=false",
		"-mod=readonly", t.tags(), "-ldflags=-s -w -X main.release="+version, "-o", out,
		"./cmd/ssnn")
	c.Dir = root
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.OS, "GOARCH="+t.Arch,
		// All other settings that could change the code are set to their defaults.
		"GOAMD64=v1", "GOARM64=v8.0", "GOARM=7", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off")
	if said, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said))
	}
	return os.ReadFile(out)
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"ssnn/internal/kernel"
)

type versionCommand struct {
	JSON bool `name:"json" help:"Print one line of JSON instead of text."`
}

// build describes the program, for reports of faults.
type build struct {
	Version string   `json:"version"`
	Go      string   `json:"go"`
	System  string   `json:"system"`  // as linux/amd64
	Kernels string   `json:"kernels"` // that this CPU runs, see SSNN_CPU
	Sets    []string `json:"sets"`    // that come with the program
}

// Run is called by kong.
func (v *versionCommand) Run(c console) error {
	kernels, err := kernel.CPU()
	if err != nil {
		return err
	}
	b := build{version(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, kernels,
		slices.Sorted(maps.Keys(embedded))}
	if v.JSON {
		return json.NewEncoder(c.out).Encode(b)
	}
	_, err = fmt.Fprintf(c.out, "ssnn %s\n%s %s, kernels %s\nsets: %s\n", b.Version, b.Go, b.System,
		b.Kernels, strings.Join(b.Sets, ", "))
	return err
}

// release is the version of a release. Its builder sets it: -ldflags="-X main.release=v0.1.0".
var release string

// version returns the version of the release, or else of the module, as the Go tool recorded it.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

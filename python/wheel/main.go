// Wheel makes a wheel of the Python package with the command of this clone, for this machine or
// another, and prints its path.
//
//	go run ./python/wheel -o dist
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"ssnn/release/command"
	"ssnn/release/wheel"
)

func main() {
	out := flag.String("o", "dist", "`FOLDER` of the wheel, made where it is not there")
	version := flag.String("version", "v0.0.0-dev.0", "`VERSION`, like v0.1.0")
	system := flag.String("for", runtime.GOOS+"/"+runtime.GOARCH,
		"`SYSTEM` in Go's words, like linux/arm64")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "wheel: want flags alone; see -help")
		os.Exit(2)
	}
	path, err := build(*out, *version, *system)
	if err != nil {
		fmt.Fprintln(os.Stderr, "wheel:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

func build(out, version, system string) (string, error) {
	root, err := command.Root()
	if err != nil {
		return "", err
	}
	goos, arch, _ := strings.Cut(system, "/")
	t := command.Target{OS: goos, Arch: arch}
	if !wheel.For(t) {
		return "", fmt.Errorf("no wheels for %s", system)
	}
	program, err := t.Compile(root, version)
	if err != nil {
		return "", err
	}
	name, data, err := wheel.Build(root, version, t, program)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(out, name)
	return path, os.WriteFile(path, data, 0o644)
}

// Release builds what a release of ssnn consists of: for each system the command, static and stripped, in an archive; beside each archive a list of what is in the
// command; and the checksums of all. The same sources, version and Go toolchain give the same bytes, on any machine and in any folder.
//
//	go run ./release -version v0.1.0 -o dist
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A target is what a command is built for, in Go's words.
type target struct{ os, arch string }

var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"linux", "arm"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

// documents go into every archive beside the command.
var documents = []string{"LICENSE", "README.md", "CHANGELOG.md"}

var versions = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func main() {
	version := flag.String("version", "", "`VERSION` of the release, like v0.1.0")
	out := flag.String("o", "dist", "`FOLDER` that is made")
	only := flag.String("only", "", "build for this system alone, like `linux/arm64`")
	flag.Parse()
	chosen := targets
	if goos, arch, _ := strings.Cut(*only, "/"); *only != "" {
		chosen = []target{{goos, arch}}
	}
	if flag.NArg() > 0 || !versions.MatchString(*version) {
		fmt.Fprintf(os.Stderr, "release: -version %q, want one like v0.1.0, and no arguments\n", *version)
		os.Exit(2)
	}
	if err := build(*version, *out, chosen, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// build makes the folder of a release, whole or not at all, and prints the checksums.
func build(version, out string, targets []target, log io.Writer) error {
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		return cmp.Or(err, fmt.Errorf("%s is there already, want a folder that is not", out))
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "ssnn").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	made, err := os.MkdirTemp(filepath.Dir(filepath.Clean(out)), ".release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	var sums bytes.Buffer
	for _, t := range targets {
		files, err := t.files(strings.TrimSpace(string(root)), version)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", t.os, t.arch, err)
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(made, f.name), f.data, 0o644); err != nil {
				return err
			}
			fmt.Fprintf(&sums, "%s  %s\n", checksum(f.data), f.name)
		}
	}
	if err := os.WriteFile(filepath.Join(made, "SHA256SUMS"), sums.Bytes(), 0o644); err != nil {
		return err
	}
	if err := os.Chmod(made, 0o755); err != nil {
		return err
	}
	if _, err := log.Write(sums.Bytes()); err != nil {
		return err
	}
	return os.Rename(made, out)
}

// files makes a target's archive and list.
func (t target) files(root, version string) ([]file, error) {
	command, err := t.compile(root, version)
	if err != nil {
		return nil, err
	}
	name := strings.Join([]string{"ssnn", version, t.os, t.arch}, "_")
	all := []file{command}
	for _, document := range documents {
		data, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			return nil, err
		}
		all = append(all, file{name: document, mode: 0o644, data: data})
	}
	pack, ending := tarball, ".tar.gz"
	if t.os == "windows" {
		pack, ending = zipped, ".zip"
	}
	archive, err := pack(name, all)
	if err != nil {
		return nil, err
	}
	list, err := bill(command.data, version)
	if err != nil {
		return nil, err
	}
	return []file{{name: name + ending, data: archive}, {name: name + ".cdx.json", data: list}}, nil
}

// compile builds the command. Nothing of this machine gets into it: no path, no revision, no C library. The build id stays, which on macOS is the
// program's UUID: without one it does not start.
func (t target) compile(root, version string) (file, error) {
	dir, err := os.MkdirTemp("", "ssnn-release-")
	if err != nil {
		return file{}, err
	}
	defer os.RemoveAll(dir)
	name := "ssnn"
	if t.os == "windows" {
		name += ".exe"
	}
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w -X main.release="+version, "-o", filepath.Join(dir, name), "./cmd/ssnn")
	c.Dir = root
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch,
		// What else could change the code, at its default.
		"GOAMD64=v1", "GOARM64=v8.0", "GOARM=7", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off")
	if said, err := c.CombinedOutput(); err != nil {
		return file{}, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said))
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	return file{name: name, mode: 0o755, data: data}, err
}

// Release builds a release of ssnn. It has, for each system, the command, static and stripped, in
// an archive and in a wheel of the Python package; beside each archive a list of the parts of the
// command; and the checksums of all files. For Linux on amd64 and arm64, ssnn-mpi, which is linked
// dynamically, has archives of its own. The same sources, version and Go toolchain give the same
// bytes, on any machine and in any folder.
//
//	go run ./release -version v0.1.0 -o dist
//
// It also writes the sources as a module of any path, and assembles the list of changes:
//
//	go run ./release -module example.org/you/ssnn -o tree
//	go run ./release -changelog v0.2.0
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ssnn/internal/folder"
	"ssnn/release/command"
	"ssnn/release/wheel"
)

var targets = []command.Target{
	{OS: "linux", Arch: "amd64"}, {OS: "linux", Arch: "arm64"}, {OS: "linux", Arch: "arm"},
	{OS: "linux", Arch: "amd64", MPI: true}, {OS: "linux", Arch: "arm64", MPI: true},
	{OS: "darwin", Arch: "amd64"}, {OS: "darwin", Arch: "arm64"},
	{OS: "windows", Arch: "amd64"}, {OS: "windows", Arch: "arm64"},
}

// documents are the files that each archive has beside the command.
var documents = []string{"LICENSE", "README.md", "CHANGELOG.md"}

var versions = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func main() {
	version := flag.String("version", "", "`VERSION` of the release, like v0.1.0")
	out := flag.String("o", "dist", "`FOLDER` that is made")
	only := flag.String("only", "", "build for this system alone, like `linux/arm64`")
	module := flag.String("module", "",
		"instead write the sources as a module of this `PATH`, like example.org/you/ssnn")
	changes := flag.String("changelog", "",
		"instead move the changes that no release has below this `VERSION` in CHANGELOG.md")
	flag.Parse()
	given := 0
	for _, text := range []string{*version, *module, *changes} {
		if text != "" {
			given++
		}
	}
	wrong := cmp.Or(*version, *changes)
	if flag.NArg() > 0 || given != 1 || *module == "" && !versions.MatchString(wrong) {
		fmt.Fprintln(os.Stderr, "release: want one of -version v0.1.0, -module PATH and "+
			"-changelog v0.1.0, and no arguments")
		os.Exit(2)
	}
	if err := run(*version, *module, *changes, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(version, module, changes, out, only string) error {
	root, err := command.Root()
	switch {
	case err != nil:
		return err
	case module != "":
		return moduleTree(root, out, module)
	case changes != "":
		return assemble(root, changes)
	}
	if err := released(root, version); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(targets), func(t command.Target) bool {
		return only != "" && only != t.OS+"/"+t.Arch
	})
	if len(chosen) == 0 {
		return fmt.Errorf("-only %s is no system of a release, want one such as linux/arm64", only)
	}
	return build(version, out, chosen, os.Stdout)
}

// build makes the folder of a release, whole or not at all, and prints the checksums to log.
func build(version, out string, targets []command.Target, log io.Writer) error {
	root, err := command.Root()
	if err != nil {
		return err
	}
	return folder.Make(out, func(dir string) error {
		var sums bytes.Buffer
		for _, t := range targets {
			files, err := filesOf(t, root, version)
			if err != nil {
				return fmt.Errorf("%s/%s: %w", t.OS, t.Arch, err)
			}
			for _, f := range files {
				if err := os.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
					return err
				}
				fmt.Fprintf(&sums, "%s  %s\n", checksum(f.data), f.name)
			}
		}
		err := os.WriteFile(filepath.Join(dir, "SHA256SUMS"), sums.Bytes(), 0o644)
		if err != nil {
			return err
		}
		_, err = log.Write(sums.Bytes())
		return err
	})
}

// filesOf makes a target's archive, its list of parts, and its wheel if the target has one.
func filesOf(t command.Target, root, version string) ([]file, error) {
	program, err := t.Compile(root, version)
	if err != nil {
		return nil, err
	}
	name := strings.Join([]string{t.Name(), version, t.OS, t.Arch}, "_")
	all := []file{{name: t.File(), mode: 0o755, data: program}}
	for _, document := range documents {
		data, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			return nil, err
		}
		all = append(all, file{name: document, mode: 0o644, data: data})
	}
	licences, err := t.Licences(root)
	if err != nil {
		return nil, err
	}
	all = append(all, file{name: command.LicencesFile, mode: 0o644, data: licences})
	pack, ending := tarball, ".tar.gz"
	if t.OS == "windows" {
		pack, ending = zipped, ".zip"
	}
	archive, err := pack(name, all)
	if err != nil {
		return nil, err
	}
	list, err := bill(program, version)
	if err != nil {
		return nil, err
	}
	made := []file{{name: name + ending, data: archive}, {name: name + ".cdx.json", data: list}}
	if wheel.For(t) {
		name, data, err := wheel.Build(root, version, t, program)
		if err != nil {
			return nil, err
		}
		made = append(made, file{name: name, data: data})
	}
	return made, nil
}

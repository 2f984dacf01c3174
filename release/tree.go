package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/module"

	"ssnn/internal/folder"
)

// own is the path of the module in this tree. Nobody can go get a module of this path.
const own = "ssnn"

// moduleTree writes the sources as a module of another path: with its module line, its imports, and
// the path in the documentation replaced. The folder appears whole or not at all.
func moduleTree(root, out, to string) error {
	if err := module.CheckPath(to); err != nil {
		return fmt.Errorf("-module: %w, want a path such as example.org/you/ssnn", err)
	}
	files, err := sources(root)
	if err != nil {
		return err
	}
	packages := map[string]bool{}
	for _, name := range files {
		if path.Ext(name) == ".go" {
			packages[path.Dir(name)] = true
		}
	}
	return folder.Make(out, func(dir string) error {
		for _, name := range files {
			from, into := filepath.Join(root, name), filepath.Join(dir, name)
			info, err := os.Lstat(from)
			if err != nil {
				return err
			}
			if !info.Mode().IsRegular() {
				return fmt.Errorf("%s is no file, want nothing else among the sources", name)
			}
			b, err := os.ReadFile(from)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil {
				return err
			}
			b = renamed(name, b, to, packages)
			if err := os.WriteFile(into, b, info.Mode().Perm()); err != nil {
				return err
			}
		}
		return nil
	})
}

// sources returns the files of the project, with slashes: the files that git knows, or all files
// without git.
func sources(root string) (all []string, err error) {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	if out, err := list.Output(); err == nil {
		for name := range strings.SplitSeq(string(out), "\x00") {
			if _, err := os.Lstat(filepath.Join(root, name)); name != "" && err == nil {
				all = append(all, name)
			}
		}
		return all, nil
	}
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			all = append(all, name)
		}
		return err
	})
	return all, err
}

var (
	moduleLine = regexp.MustCompile(`(?m)^module ` + own + `(/|$)`)
	quotedPath = regexp.MustCompile(`"` + own + `/([a-z0-9/]+)"`)

	// These match the places at which the pages name the module's path.
	saidPaths = regexp.MustCompile(`-require ` + own + `@|-replace ` + own + `=`)
	noHost    = regexp.MustCompile("The module has no host yet and is called `" + own + "`\\.")
)

// renamed returns a file of the module with the path replaced.
func renamed(name string, b []byte, to string, packages map[string]bool) []byte {
	switch path.Ext(name) {
	case ".mod":
		return moduleLine.ReplaceAll(b, []byte("module "+to+"$1"))
	case ".go", ".md", ".txtar":
		b = quotedPath.ReplaceAllFunc(b, func(quoted []byte) []byte {
			inner := string(quoted[len(own)+2 : len(quoted)-1])
			if !packages[inner] {
				return quoted
			}
			return []byte(`"` + to + "/" + inner + `"`)
		})
	}
	if path.Ext(name) == ".md" {
		b = saidPaths.ReplaceAllFunc(b, func(said []byte) []byte {
			return bytes.Replace(said, []byte(own), []byte(to), 1)
		})
		b = noHost.ReplaceAll(b, []byte("The module is `"+to+"`."))
	}
	return b
}

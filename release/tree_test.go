package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"ssnn/release/command"
)

const elsewhere = "example.org/you/ssnn"

// A second module gets the tree of another path from a module proxy of files, and a clone beside it
// by replace, and recognises a recording with both.
func TestModuleOfAnotherPath(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the packages of inference twice")
	}
	root, err := command.Root()
	if err != nil {
		t.Fatal(err)
	}
	tree := filepath.Join(t.TempDir(), "tree")
	if err := moduleTree(root, tree, elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := moduleTree(root, tree, elsewhere); err == nil {
		t.Error("a folder was written over")
	}
	if err := moduleTree(root, tree+"2", "ssnn"); err == nil {
		t.Error("a path that go get refuses was taken")
	}
	list := exec.Command("go", "list", "-mod=mod", "-deps", "./...")
	list.Dir, list.Env = tree, append(os.Environ(), "GOWORK=off")
	all, err := list.Output()
	if err != nil || strings.Contains(string(all), "\nssnn/") {
		t.Errorf("the tree needs packages of the old path, or does not list: %v", err)
	}
	want := said(t, root, "ssnn", "")
	proxy := proxyOf(t, tree, "v0.1.0")
	if got := said(t, root, elsewhere, proxy); got != want || !strings.HasPrefix(got, "7 with ") {
		t.Errorf("by go get %q, from a clone %q", got, want)
	}
}

// proxyOf is a module proxy of one version, as `go help goproxy` describes it.
func proxyOf(t *testing.T, tree, version string) string {
	t.Helper()
	m := module.Version{Path: elsewhere, Version: version}
	var packed bytes.Buffer
	if err := zip.CreateFromDir(&packed, m, tree); err != nil {
		t.Fatal(err)
	}
	proxy := t.TempDir()
	at := filepath.Join(proxy, filepath.FromSlash(elsewhere), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"list": []byte(version + "\n"), version + ".zip": packed.Bytes(),
		version + ".info": []byte(`{"Version":"` + version + `"}`),
		version + ".mod":  read(t, tree, "go.mod"),
	} {
		if err := os.WriteFile(filepath.Join(at, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return proxy
}

// said is what a module of one's own, with the README's program, says of a recording: it gets the
// package infer from a proxy, or without one from this clone.
func said(t *testing.T, root, path, proxy string) string {
	t.Helper()
	dir := t.TempDir()
	program := strings.ReplaceAll(string(read(t, root, "examples", "predict", "main.go")),
		`"ssnn/infer"`, `"`+path+`/infer"`)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	downloads := filepath.Join(strings.TrimSpace(string(cache)), "cache", "download")
	env := append(os.Environ(), "GOSUMDB=off", "GOFLAGS=-mod=mod -modcacherw", "GOWORK=off",
		"CGO_ENABLED=0")
	run := func(args ...string) string {
		c := exec.Command("go", args...)
		c.Dir, c.Env = dir, env
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("mod", "init", "example.org/me")
	if proxy == "" {
		run("mod", "edit", "-require", path+"@v0.0.0", "-replace", path+"="+root)
		run("mod", "tidy")
	} else {
		env = append(env, "GOMODCACHE="+t.TempDir(),
			"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(downloads))
		run("get", path+"/infer@v0.1.0")
	}
	return strings.TrimSpace(run("run", ".",
		filepath.Join(root, "infer/testdata/nmnist.safetensors"),
		filepath.Join(root, "testdata/recordings/nmnist-7-60001.bin")))
}

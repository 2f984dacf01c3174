// Web writes the page that recognises recordings in the browser into a folder, from where any
// server of files can serve it:
//
//	go run ./web -o DIR [-model FILE]
//
// Without a model it trains that of the default recipe. The folder then holds the page, the program
// as WebAssembly with Go's own loader for it, the model, and a recording of N-MNIST as an example.
// It must run inside the module, with Go.
package main

import (
	"embed"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"ssnn/internal/atomicfile"
)

//go:embed page
var page embed.FS

func main() {
	out := flag.String("o", "", "folder to write the page into")
	model := flag.String("model", "", "a model.safetensors (default: one is trained)")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./web -o DIR [-model FILE]")
		os.Exit(2)
	}
	if err := build(*out, *model); err != nil {
		fmt.Fprintln(os.Stderr, "web:", err)
		os.Exit(1)
	}
}

// build writes the page with a model into a folder.
func build(dir, model string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := goSays("list", "-m", "-f", "{{.Dir}}", "ssnn")
	if err != nil {
		return err
	}
	goroot, err := goSays("env", "GOROOT")
	if err != nil {
		return err
	}
	if model == "" {
		run, err := os.MkdirTemp("", "ssnn-web")
		if err != nil {
			return err
		}
		defer os.RemoveAll(run)
		if err := runGo(nil, "run", "ssnn/cmd/ssnn", "train", "--out", run); err != nil {
			return err
		}
		model = filepath.Join(run, "model.safetensors")
	}
	if err := runGo([]string{"GOOS=js", "GOARCH=wasm"}, "build", "-trimpath", "-ldflags=-s -w",
		"-o", filepath.Join(dir, "ssnn.wasm"), "ssnn/web/wasm"); err != nil {
		return err
	}
	files, err := fs.Sub(page, "page")
	if err != nil {
		return err
	}
	names, err := fs.Glob(files, "*")
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := put(dir, name, files, name); err != nil {
			return err
		}
	}
	for name, from := range map[string]string{
		"wasm_exec.js":      filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"),
		"example.bin":       filepath.Join(root, "testdata", "recordings", "nmnist-7-60001.bin"),
		"model.safetensors": model,
	} {
		if err := put(dir, name, os.DirFS(filepath.Dir(from)), filepath.Base(from)); err != nil {
			return err
		}
	}
	return nil
}

// put copies a file into a folder.
func put(dir, name string, from fs.FS, path string) error {
	f, err := from.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return atomicfile.Write(filepath.Join(dir, name), func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// goSays is the line that go prints.
func goSays(args ...string) (string, error) {
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// runGo runs go with more of an environment.
func runGo(env []string, args ...string) error {
	c := exec.Command("go", args...)
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), env...), os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

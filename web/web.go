// Package web writes the page that recognises recordings in the browser into a folder, from where
// any server of files can serve it: the page, the program as WebAssembly with Go's own loader for
// it, a model, and recordings as examples.
package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ssnn/internal/atomicfile"
	"ssnn/web/trace"
)

//go:embed page
var page embed.FS

// Example is a recording that comes with a page.
type Example struct {
	// File is the name in the folder of the page. It says the format if the bytes do not.
	File string `json:"file"`
	Name string `json:"name"` // name that a reader sees
	Data []byte `json:"-"`    // the file
}

// Page has the contents of a page.
type Page struct {
	Model    []byte    // a model file
	Examples []Example // recordings that a reader may choose
	Credit   string    // authors of the examples' recordings; may be empty
}

// The names of the files of a page.
const (
	modelFile   = "model.safetensors"
	programFile = "ssnn.wasm"
	loaderFile  = "wasm_exec.js"
	listFile    = "page.json"
)

// Check returns an error unless the model can be loaded and recognises the examples. It names the
// example that does not fit.
func (p Page) Check() error {
	n, err := trace.Load(p.Model)
	if err != nil {
		return err
	}
	defer n.Close()
	for _, e := range p.Examples {
		r, err := trace.Read(e.Data, e.File, n.Reading())
		if err == nil {
			_, err = n.Recognise(r)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	return nil
}

// list writes the JSON of the files that lie beside the page.
func (p Page) list() ([]byte, error) {
	return json.Marshal(map[string]any{"model": modelFile, "credit": p.Credit,
		"examples": append([]Example{}, p.Examples...)}) // a list where there are none, too
}

// Write writes the page into a folder, which it makes if needed. Files of other names in it stay.
func (p Page) Write(dir string) error {
	if err := p.Check(); err != nil {
		return err
	}
	program, loader, err := program()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	list, err := p.list()
	if err != nil {
		return err
	}
	files := map[string][]byte{programFile: program, loaderFile: loader, modelFile: p.Model,
		listFile: list}
	for _, e := range p.Examples {
		files[e.File] = e.Data
	}
	names, err := fs.ReadDir(page, "page")
	if err != nil {
		return err
	}
	for _, f := range names {
		if files[f.Name()], err = page.ReadFile("page/" + f.Name()); err != nil {
			return err
		}
	}
	for name, data := range files {
		if err := atomicfile.WriteBytes(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return nil
}

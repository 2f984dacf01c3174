// Site makes a static site of the documentation: the README as its first page, every page that can
// be reached by links from there and from docs/README.md, and the files that these pages show. Any
// file server can serve the site, and a browser can open it from the disk.
//
//	go run ./docs/site -o site
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"ssnn/internal/folder"
)

func main() {
	out := flag.String("o", "site", "`FOLDER` that is made; it must not be there")
	root := flag.String("root", ".", "`FOLDER` of the project")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "site: %q, want no arguments\n", flag.Args())
		os.Exit(2)
	}
	if err := build(*root, *out); err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}

// build writes the site to a folder, which appears whole or not at all.
func build(root, out string) error {
	return folder.Make(out, func(dir string) error {
		files, err := render(os.DirFS(root))
		if err != nil {
			return err
		}
		for name, data := range files {
			name = filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(name, data, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

//go:build !norecordings

package main

import (
	"io/fs"

	"ssnn/dataset/nmnist1k"
)

// stored has the sets whose recordings are in the program, where they take 15 MiB. A program that
// is built with the tag norecordings has none.
var stored = map[string]func() fs.FS{"nmnist-1k": nmnist1k.FS}

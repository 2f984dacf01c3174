//go:build !norecordings

package main

import (
	"io/fs"

	"ssnn/dataset/nmnist1k"
)

// stored are the sets whose recordings are in the program, 15 MiB of it. A program that is built
// with the tag norecordings has none.
var stored = map[string]func() fs.FS{"nmnist-1k": nmnist1k.FS}

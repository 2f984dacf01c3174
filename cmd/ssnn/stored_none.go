//go:build norecordings

package main

import "io/fs"

var stored map[string]func() fs.FS

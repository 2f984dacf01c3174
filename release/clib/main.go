// Clib builds the library for C and installs it where C programs look for libraries: in lib,
// include and lib/pkgconfig below a folder.
//
//	go run ./release/clib -prefix /usr/local
//	cc $(pkg-config --cflags --libs ssnn) program.c
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"ssnn/internal/atomicfile"
	"ssnn/release/command"
)

// pkgConfig takes its paths from its own place, so that the folder may be moved. See pc(5) of
// pkgconf.
const pkgConfig = `prefix=${pcfiledir}/../..
libdir=${prefix}/lib
includedir=${prefix}/include

Name: ssnn
Description: Spiking neural networks on event-camera recordings
Version: %s
Libs: -L${libdir} -lssnn
Cflags: -I${includedir}
`

func main() {
	prefix := flag.String("prefix", "", "`FOLDER` below which it is put, like /usr/local")
	version := flag.String("version", "0.1.0", "`VERSION` that pkg-config says")
	flag.Parse()
	if flag.NArg() > 0 || *prefix == "" {
		fmt.Fprintln(os.Stderr, "clib: want -prefix FOLDER and no arguments")
		os.Exit(2)
	}
	if err := install(*prefix, *version); err != nil {
		fmt.Fprintln(os.Stderr, "clib:", err)
		os.Exit(1)
	}
}

// install builds the library and writes the three files below prefix.
func install(prefix, version string) error {
	root, err := command.Root()
	if err != nil {
		return err
	}
	prefix, err = filepath.Abs(prefix)
	if err != nil {
		return err
	}
	for _, dir := range []string{"lib/pkgconfig", "include"} {
		if err := os.MkdirAll(filepath.Join(prefix, filepath.FromSlash(dir)), 0o755); err != nil {
			return err
		}
	}
	name, linker := "libssnn.so", "-Wl,-soname,libssnn.so"
	switch runtime.GOOS {
	case "darwin":
		name, linker = "libssnn.dylib", "-Wl,-install_name,@rpath/libssnn.dylib"
	case "windows":
		name, linker = "ssnn.dll", ""
	}
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath",
		"-ldflags=-s -w -extldflags="+linker, "-o", filepath.Join(prefix, "lib", name),
		"./cmd/libssnn")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=1")
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	// The header that Go writes beside the library is not its interface.
	os.Remove(filepath.Join(prefix, "lib", "libssnn.h"))
	header, err := os.ReadFile(filepath.Join(root, "cmd", "libssnn", "ssnn.h"))
	if err != nil {
		return err
	}
	write := func(name string, data []byte) error {
		return atomicfile.WriteBytes(filepath.Join(prefix, filepath.FromSlash(name)), data)
	}
	if err := write("include/ssnn.h", header); err != nil {
		return err
	}
	return write("lib/pkgconfig/ssnn.pc", fmt.Appendf(nil, pkgConfig, version))
}

// Static fails unless a program is linked statically: it names no interpreter and no libraries.
//
//	go run .ci/static.go PROGRAM
package main

import (
	"debug/elf"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: static PROGRAM")
		os.Exit(2)
	}
	if err := static(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "static:", err)
		os.Exit(1)
	}
}

func static(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			return fmt.Errorf("%s has a segment %v, want none", path, p.Type)
		}
	}
	return nil
}

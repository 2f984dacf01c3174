package regular

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Want adds to the error of a file or folder that is not there what was expected: "a recording".
// Other errors, and nil, stay as they are.
func Want(err error, want string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w, want %s", err, want)
	}
	return err
}

// Text is what an error says, with the errors of the operating system in plain words: they begin
// with the path, and not with the name of a system call, and say what stands in the way.
func Text(err error) string {
	text := err.Error()
	for _, e := range pathErrors(err) {
		named := ": " + e.Error()
		if e.Path == "." && strings.Contains(text, named) {
			// It is the folder of a file system, whose path already stands in front.
			text = strings.Replace(text, named, fmt.Sprintf(": %v", e.Err), 1)
			continue
		}
		text = strings.Replace(text, e.Error(), plain(e), 1)
	}
	return text
}

// pathErrors are the errors of the operating system that an error wraps.
func pathErrors(err error) (all []*fs.PathError) {
	switch e := err.(type) {
	case nil:
	case *fs.PathError:
		all = append(all, e)
	case interface{ Unwrap() error }:
		all = pathErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			all = append(all, pathErrors(one)...)
		}
	}
	return all
}

func plain(e *fs.PathError) string {
	switch {
	case errors.Is(e.Err, syscall.ENOTDIR):
		return fmt.Sprintf("%s is a file, want a folder", fileIn(e.Path))
	case errors.Is(e.Err, syscall.EISDIR):
		return fmt.Sprintf("%s is a folder, want a file", e.Path)
	case e.Op == "mkdir":
		return fmt.Sprintf("the folder %s cannot be made: %v", e.Path, e.Err)
	case e.Op == "open" || e.Op == "stat" || e.Op == "lstat":
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return e.Error()
}

// fileIn is the part of a path that is a file and so can hold nothing.
func fileIn(path string) string {
	at := path
	for {
		if info, err := os.Stat(at); err == nil && !info.IsDir() {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			return path
		}
		at = up
	}
}

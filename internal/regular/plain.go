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

// Want adds to the error of a missing file or folder what was expected, such as "a recording".
// Other errors, and nil, are returned unchanged.
func Want(err error, want string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w, want %s", err, want)
	}
	return err
}

// Text returns the text of an error, with the errors of the operating system in plain words: they
// begin with the path instead of the name of a system call, and say what stands in the way.
func Text(err error) string {
	text := err.Error()
	for _, e := range pathErrors(err) {
		named := ": " + e.Error()
		if e.Path == "." && strings.Contains(text, named) {
			// e.Path is the root of a file system, whose path stands in front already.
			text = strings.Replace(text, named, fmt.Sprintf(": %v", e.Err), 1)
			continue
		}
		text = strings.Replace(text, e.Error(), plain(e), 1)
	}
	return text
}

// pathErrors returns the errors of the operating system that an error wraps.
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

// fileIn returns the part of a path that is a file where a folder is needed.
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

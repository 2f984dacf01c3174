package folder

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Make makes a folder that appears whole or not at all: the function fill fills a temporary folder
// beside it, which is then renamed. It is an error if path already exists.
func Make(path string, fill func(dir string) error) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return cmp.Or(err, fmt.Errorf("%s is there already, want a folder that is not", path))
	}
	made, err := os.MkdirTemp(filepath.Dir(filepath.Clean(path)), ".making-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	if err := fill(made); err != nil {
		return err
	}
	if err := os.Chmod(made, 0o755); err != nil {
		return err
	}
	return os.Rename(made, path)
}

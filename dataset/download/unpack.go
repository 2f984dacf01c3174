package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpack unpacks the archives into a folder within dir, checks that they hold the set, and moves it
// into dir. After an error no unpacked file stays.
func (s Source) unpack(ctx context.Context, archives []string, dir string, o Options) (
	r Result, err error) {

	stage := filepath.Join(dir, unpacking)
	if err := os.RemoveAll(stage); err != nil { // an interrupted call may have left it
		return r, err
	}
	if err := os.Mkdir(stage, 0o777); err != nil {
		return r, err
	}
	defer os.RemoveAll(stage)
	root, err := os.OpenRoot(stage)
	if err != nil {
		return r, err
	}
	defer root.Close()
	u := &unpacker{ctx: ctx, root: root, o: o}
	for _, a := range archives {
		if err := u.archive(a, "."); err != nil {
			return r, fmt.Errorf("%s: %w", filepath.Base(a), err)
		}
	}
	if s.Nested {
		if err := u.nested(stage); err != nil {
			return r, err
		}
	}
	if r, err = verify(s, stage); err != nil {
		return r, fmt.Errorf("the archives hold something else than %s: %w", s.Title, err)
	}
	return r, move(stage, dir)
}

// move moves what lies in one folder to another, which must have nothing of the same names.
func move(from, to string) error {
	all, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range all {
		if _, err := os.Lstat(filepath.Join(to, e.Name())); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already, want a folder without it",
				filepath.Join(to, e.Name()))
		}
	}
	for _, e := range all {
		if err := os.Rename(filepath.Join(from, e.Name()),
			filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// nested unpacks the archives that lay in archives, each into its own folder, and removes them.
func (u *unpacker) nested(stage string) error {
	var found []string
	err := fs.WalkDir(u.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && strings.EqualFold(path.Ext(name), ".zip") {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range found {
		if err := u.archive(filepath.Join(stage, filepath.FromSlash(name)),
			path.Dir(name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := u.root.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

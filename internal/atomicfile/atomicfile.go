// Package atomicfile replaces a file as a whole: a crash, a full disk or an error in between leaves
// the old file, or no file. The program writes all files that it keeps with this package.
package atomicfile

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"ssnn/internal/regular"
	"syscall"
)

// WriteBytes makes path a file of the bytes data, as Write does.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Write makes path the file that the function write writes. write writes to a temporary file in the
// same folder. The temporary file is synced and renamed to path, and then the folder is synced. On
// an error up to the renaming, the temporary file is removed and path is unchanged. If only the
// folder could not be synced, path is the whole new file, and the error says that a crash of the
// machine may bring back the old one. A replaced file keeps its permissions; a new file has the
// permissions that the umask leaves.
//
// It is an error if path is a folder, a device, a pipe or a socket: the renaming would put a file
// in its place. It is also an error if path is "-", by which other programs mean their standard
// output, and not a file of this name.
func Write(path string, write func(io.Writer) error) error {
	f, tmp, old, err := begin(path)
	if err != nil {
		return err
	}
	err = fill(f, old, write)
	err = cmp.Or(err, f.close()) // of two errors the first is the cause
	if err == nil {
		err = current.rename(tmp, path)
	}
	if err != nil {
		err = plainly(path, tmp, err)
		if left := current.remove(tmp); left != nil {
			err = fmt.Errorf("%w; and %s is left behind: %w", err, tmp, left)
		}
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%s is written, but a crash of the machine may bring back "+
			"what was there before: %w", path, err)
	}
	return nil
}

// Check returns the error that Write would return before it writes anything, such as that of a
// folder that does not exist. Commands that compute for long before they write call it first.
func Check(path string) error {
	f, tmp, _, err := begin(path)
	if err != nil {
		return err
	}
	if err := cmp.Or(f.close(), current.remove(tmp)); err != nil {
		return plainly(path, tmp, err)
	}
	return nil
}

// begin opens the temporary file of a path. It returns the name of the temporary file, and what is
// known of the existing file, or nil if there is none.
func begin(path string) (f file, tmp string, old fs.FileInfo, err error) {
	if path == "-" {
		return nil, "", nil, errors.New("write -: nothing is written to standard output, want " +
			"the name of a file; ./- is one called -")
	}
	old, err = current.stat(path)
	switch {
	case err == nil:
		if err := regular.Check(path, old.Mode()); err != nil {
			return nil, "", nil, fmt.Errorf("write %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, "", nil, fmt.Errorf("write %s: %w", path, err)
	}
	tmp = temporary(path)
	if f, err = current.create(tmp); err != nil {
		return nil, "", nil, plainly(path, tmp, err)
	}
	return f, tmp, old, nil
}

// plainly turns err into an error of writing path, without the name of its temporary file, which no
// user knows.
func plainly(path, tmp string, err error) error {
	var opened *fs.PathError
	var renamed *os.LinkError
	switch {
	case errors.As(err, &opened) && opened.Path == tmp && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("write %s: no folder %s: %w", path, filepath.Dir(path), opened.Err)
	case errors.As(err, &opened) && opened.Path == tmp:
		err = opened.Err
	case errors.As(err, &renamed) && renamed.Old == tmp:
		err = renamed.Err
	}
	return fmt.Errorf("write %s: %w", path, err)
}

// fill writes the file and syncs it to the disk, with the permissions of the old file, if there is
// one.
func fill(f file, old fs.FileInfo, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if old != nil {
		if err := f.chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	return f.sync()
}

// syncDir makes a rename in a folder durable. Some network and user-space file systems cannot sync
// a folder, and then it does nothing.
func syncDir(path string) error {
	d, err := current.openDir(path)
	if err != nil {
		return err
	}
	err = d.sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return cmp.Or(err, d.close())
}

// temporary returns a random name for the temporary file of path.
func temporary(path string) string {
	name := fmt.Sprintf(".%s.tmp-%016x", filepath.Base(path), rand.Uint64())
	return filepath.Join(filepath.Dir(path), name)
}

// temporaries matches the names that temporary returns; the first group is the name of the file.
var temporaries = regexp.MustCompile(`^\.(.+)\.tmp-[0-9a-f]{16}$`)

// Clean removes the temporary files of the named files that killed processes left in a folder. No
// process may be writing the named files at this moment. Other files stay.
func Clean(dir string, names ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		parts := temporaries.FindStringSubmatch(e.Name())
		if parts == nil || !slices.Contains(names, parts[1]) || !e.Type().IsRegular() {
			continue
		}
		if err := current.remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("left by a run that was killed: %w", err)
		}
	}
	return nil
}

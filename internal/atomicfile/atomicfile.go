// Package atomicfile replaces a file as a whole: a crash, a full disk or an error in between leaves
// the old file, or none. All that the program keeps is written by it.
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

// WriteBytes makes path a file of these bytes, as Write does.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Write makes path the file that write writes. It goes to a temporary file in the same folder,
// which is synced and then renamed, and the folder is synced. On any error up to the renaming the
// temporary file is removed and path is as it was; after it, where only the folder could not be
// synced, path is the new file, as a whole, and the error says that a crash of the machine may
// bring back the old one. A file that is replaced hands on its permissions; a new one has those
// that the umask leaves.
//
// It is an error where path is a folder, a device, a pipe or a socket: the renaming would put a
// file in its place. It is also one where path is "-", by which other programs mean their standard
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

// Check returns the error that Write would have before it writes anything, such as that of a folder
// that is not there. It is for commands that compute for long before they write.
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

// begin opens the temporary file of a path, and returns its name and what is known of the file that
// is there, which is nil if none is.
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

// plainly is an error of writing path, without the name of its temporary file, which nobody knows.
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

// fill writes the file, up to what the disk has kept of it, with the permissions of the old one,
// which may be nil.
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

// syncDir makes a rename last, where the file system can: some network and user-space ones know no
// sync of a folder.
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

// temporary is a name for the file that becomes path.
func temporary(path string) string {
	name := fmt.Sprintf(".%s.tmp-%016x", filepath.Base(path), rand.Uint64())
	return filepath.Join(filepath.Dir(path), name)
}

// temporaries are the names that temporary makes; the first group is that of the file.
var temporaries = regexp.MustCompile(`^\.(.+)\.tmp-[0-9a-f]{16}$`)

// Clean removes the temporary files of writes of the named files, in a folder where nobody writes
// them at this moment: what processes left behind that were killed. Other files stay.
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

// Package atomicfile replaces a file as a whole: a crash, a full disk or an error in between leaves the old file, or none.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
)

// Write makes path the file that write writes. It goes to a temporary file in the same folder, which is synced and then renamed,
// and the folder is synced. On any error before the renaming the temporary file is removed and path is as it was. A file that is
// replaced hands on its permissions; a new one has those that the umask leaves.
func Write(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	name := fmt.Sprintf(".%s.tmp-%016x", filepath.Base(path), rand.Uint64())
	// Not os.CreateTemp, which leaves the umask no say.
	tmp, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	w := bufio.NewWriterSize(tmp, 1<<20)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if old, none := os.Stat(path); none == nil {
		if err = tmp.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename last, where the file system can: some network and user-space ones know no sync of a folder.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

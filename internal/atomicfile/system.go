package atomicfile

import (
	"io"
	"io/fs"
	"os"
)

// system is the set of operations of the operating system that a write uses. A test may put one
// that fails in its place, see [Break].
type system interface {
	create(path string) (file, error) // opens path for writing; an existing file is an error
	openDir(path string) (dir, error)
	stat(path string) (fs.FileInfo, error)
	rename(from, to string) error
	remove(path string) error
}

// file is a file that is open for writing.
type file interface {
	io.Writer
	chmod(mode fs.FileMode) error
	dir
}

// dir is a folder, or a file, that can be synced to the disk.
type dir interface {
	sync() error
	close() error
}

// current is the system in use.
var current system = operating{}

// operating is the real operating system.
type operating struct{}

// create leaves the permissions to the umask, as os.CreateTemp does not.
func (operating) create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	return osFile{f}, err
}

func (operating) openDir(path string) (dir, error) {
	f, err := os.Open(path)
	return osFile{f}, err
}

func (operating) stat(path string) (fs.FileInfo, error) { return os.Stat(path) }
func (operating) rename(from, to string) error          { return os.Rename(from, to) }
func (operating) remove(path string) error              { return os.Remove(path) }

type osFile struct{ *os.File }

func (f osFile) chmod(mode fs.FileMode) error { return f.Chmod(mode) }
func (f osFile) sync() error                  { return f.Sync() }
func (f osFile) close() error                 { return f.Close() }

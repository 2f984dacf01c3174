package atomicfile

import (
	"io"
	"io/fs"
	"os"
)

// system is what a write asks of the operating system. A test may put one in its place that fails,
// see [Break].
type system interface {
	create(path string) (file, error) // to write; it is an error where path is there
	openDir(path string) (dir, error)
	stat(path string) (fs.FileInfo, error)
	rename(from, to string) error
	remove(path string) error
}

// file is one that is written.
type file interface {
	io.Writer
	chmod(mode fs.FileMode) error
	dir
}

// dir is a folder, or a file, that can be made to last.
type dir interface {
	sync() error
	close() error
}

// current is the system in use.
var current system = operating{}

// operating is the operating system's.
type operating struct{}

// create leaves the umask its say, as os.CreateTemp does not.
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

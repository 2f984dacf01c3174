package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
)

// ErrBroken is the error of the operation that [Break] made fail.
var ErrBroken = errors.New("broken for a test")

// Fault is an operating system that fails, for tests: a full disk, for example, or one that
// disappears.
type Fault struct {
	At   int    // number of the operation that fails, from 1; 0: none
	On   bool   // all operations after it fail too
	Then func() // called when the first operation fails; may be nil

	mu  sync.Mutex
	ops []string
}

// Break puts the fault between this package and the operating system, for the whole process, until
// mend is called. A write that fails has written half of its bytes, as on a disk that becomes full.
// To keep tests quick, a sync that does not fail does nothing.
func Break(f *Fault) (mend func()) {
	before := current
	current = faulty{f}
	return func() { current = before }
}

// Operations returns the operations that were requested, in order, such as "rename
// last.safetensors".
func (f *Fault) Operations() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops
}

// next counts an operation, and returns its error if it is to fail.
func (f *Fault) next(op, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ops = append(f.ops, op+" "+path)
	n := len(f.ops)
	if f.At == 0 || n < f.At || n > f.At && !f.On {
		return nil
	}
	if n == f.At && f.Then != nil {
		f.Then()
	}
	return fmt.Errorf("%s %s: %w", op, path, ErrBroken)
}

// faulty is the operating system with a fault.
type faulty struct{ *Fault }

func (s faulty) create(path string) (file, error) {
	if err := s.next("create", path); err != nil {
		return nil, err
	}
	f, err := operating{}.create(path)
	return faultyFile{f, s.Fault, path}, err
}

func (s faulty) openDir(path string) (dir, error) {
	if err := s.next("open", path); err != nil {
		return nil, err
	}
	d, err := operating{}.openDir(path)
	return faultyDir{d, s.Fault, path}, err
}

func (s faulty) stat(path string) (fs.FileInfo, error) {
	if err := s.next("stat", path); err != nil {
		return nil, err
	}
	return operating{}.stat(path)
}

func (s faulty) rename(from, to string) error {
	if err := s.next("rename", to); err != nil {
		return err
	}
	return operating{}.rename(from, to)
}

func (s faulty) remove(path string) error {
	if err := s.next("remove", path); err != nil {
		return err
	}
	return operating{}.remove(path)
}

type faultyFile struct {
	file
	fault *Fault
	path  string
}

func (f faultyFile) Write(b []byte) (int, error) {
	if err := f.fault.next("write", f.path); err != nil {
		n, also := f.file.Write(b[:len(b)/2])
		return n, errors.Join(err, also)
	}
	return f.file.Write(b)
}

func (f faultyFile) chmod(mode fs.FileMode) error {
	if err := f.fault.next("chmod", f.path); err != nil {
		return err
	}
	return f.file.chmod(mode)
}

func (f faultyFile) sync() error  { return faultyDir{f.file, f.fault, f.path}.sync() }
func (f faultyFile) close() error { return faultyDir{f.file, f.fault, f.path}.close() }

type faultyDir struct {
	dir
	fault *Fault
	path  string
}

func (d faultyDir) sync() error { return d.fault.next("sync", d.path) }

// close closes the file even if it returns an error, as close(2) does.
func (d faultyDir) close() error {
	return errors.Join(d.fault.next("close", d.path), d.dir.close())
}

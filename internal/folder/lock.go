package experiment

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockFile, in the folder of a grid, is locked while somebody carries out its runs. The lock is the operating system's and ends with the process, however that ends: a file that
// was left behind locks nothing.
const lockFile = ".lock"

// Lock makes the grid's folder, and it ours until it is unlocked. It is an error while another process, or another Grid of this one, has it; one that is errors.ErrUnsupported
// where the file system has no locks.
func (g Grid) Lock() (unlock func(), err error) {
	if err := os.MkdirAll(g.Dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(g.Dir, lockFile)
	for {
		l := flock.New(path, flock.SetPermissions(0o644))
		ours, err := l.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if !ours {
			return nil, fmt.Errorf("%s: another ssnn reproduce is at work in this folder, want to wait for its end, or another --out", g.Dir)
		}
		// What was locked may have been removed by the one before in between, and then locks nothing.
		if there, err := os.Stat(path); err == nil {
			if locked, err := l.Stat(); err == nil && os.SameFile(there, locked) {
				return func() { remove(l) }, nil
			}
		}
		l.Unlock()
	}
}

// remove ends a lock. Windows removes no file that is open, and then none that the next one has opened.
func remove(l *flock.Flock) {
	early := os.Remove(l.Path())
	l.Unlock()
	if early != nil {
		os.Remove(l.Path())
	}
}

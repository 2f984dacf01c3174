// Package folder keeps two processes from writing to one folder at once, and makes folders that
// appear whole.
package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// LockFile, in a folder, is locked while somebody is at work there. The lock is the operating
// system's and ends with the process, however that ends: a file that was left behind locks nothing.
const LockFile = ".lock"

// ErrAtWork is in the error of a folder that somebody else has locked.
var ErrAtWork = errors.New("is at work in this folder")

// Lock makes the folder, and it ours until it is unlocked. It is ErrAtWork while another process,
// or another Lock of this one, has it, which says that another of what we are, such as "ssnn
// train", is at work there. Where the file system has no locks there is none to undo, but a note
// for the user.
func Lock(dir, what string) (unlock func(), note string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", err
	}
	path := filepath.Join(dir, LockFile)
	for {
		l := flock.New(path, flock.SetPermissions(0o644))
		ours, err := l.TryLock()
		if errors.Is(err, errors.ErrUnsupported) {
			return func() {},
				fmt.Sprintf("lock %s: %v; let no other %s work in this folder meanwhile", path, err,
					what), nil
		}
		if err != nil {
			return nil, "", fmt.Errorf("lock %s: %w", dir, err) // which names the file
		}
		if !ours {
			return nil, "", fmt.Errorf("%s: another %s %w, want to wait for its end, or another "+
				"folder",
				dir, what, ErrAtWork)
		}
		// What was locked may have been removed by the one before in between, and then locks
		// nothing.
		if there, err := os.Stat(path); err == nil {
			if locked, err := l.Stat(); err == nil && os.SameFile(there, locked) {
				return func() { remove(l) }, "", nil
			}
		}
		l.Unlock()
	}
}

// Locks makes the folder, and is an error where its file system has no locks, as of some network
// file systems. It takes no lock that anybody else would wait for.
func Locks(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, LockFile+"-")
	if err != nil {
		return err
	}
	f.Close()
	l := flock.New(f.Name())
	defer remove(l)
	ours, err := l.TryLock()
	return noLocks(dir, ours, err)
}

// noLocks says what came of an attempt to lock a file that nobody else knows.
func noLocks(dir string, ours bool, err error) error {
	if err == nil && ours {
		return nil
	}
	if err == nil {
		err = errors.New("a new file is locked already")
	}
	return fmt.Errorf("%s: its file system has no locks (%w), want a folder on one that has, so "+
		"that no run is trained twice at once", dir, err)
}

// remove ends a lock. Windows removes no file that is open, and then none that the next one has
// opened.
func remove(l *flock.Flock) {
	early := os.Remove(l.Path())
	l.Unlock()
	if early != nil {
		os.Remove(l.Path())
	}
}

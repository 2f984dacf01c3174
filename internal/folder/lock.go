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

// LockFile is the name of the file that is locked while a process works in its folder. The
// operating system releases the lock when the process ends, even by a crash, so a file that was
// left behind locks nothing.
const LockFile = ".lock"

// ErrAtWork is in the error for a folder that another process or another Lock has locked.
var ErrAtWork = errors.New("is at work in this folder")

// Lock makes the folder if there is none, and locks it until unlock is called. It returns ErrAtWork
// while another process, or another Lock of this one, holds the lock; what names the program in
// that error, such as "ssnn train". If the file system has no locks, nothing is locked, and note
// tells the user so; else note is "".
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
			return nil, "", fmt.Errorf("lock %s: %w", dir, err) // err names the file
		}
		if !ours {
			return nil, "", fmt.Errorf("%s: another %s %w, want to wait for its end, or another "+
				"folder",
				dir, what, ErrAtWork)
		}
		// The process that held the lock before may have removed the file in between. A lock of a
		// removed file locks nothing.
		if there, err := os.Stat(path); err == nil {
			if locked, err := l.Stat(); err == nil && os.SameFile(there, locked) {
				return func() { remove(l) }, "", nil
			}
		}
		l.Unlock()
	}
}

// Locks makes the folder if there is none, and returns an error if its file system has no locks, as
// some network file systems. It takes no lock that another process could wait for.
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

// noLocks returns the error for an attempt to lock a file that no other process knows, or nil if
// the lock was taken.
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

// remove ends a lock and removes its file. Windows cannot remove an open file, so remove tries
// again after the unlocking, which fails if the next process has opened the file.
func remove(l *flock.Flock) {
	early := os.Remove(l.Path())
	l.Unlock()
	if early != nil {
		os.Remove(l.Path())
	}
}

package folder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A folder is one's at a time, and nothing is left behind. A file that a process left behind that
// was killed locks nothing.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "grid")
	path := filepath.Join(dir, LockFile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	unlock, _, err := Lock(dir, "ssnn reproduce")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Lock(dir, "ssnn reproduce"); err == nil ||
		!strings.Contains(err.Error(), dir+": another ssnn reproduce is at work in this folder") {

		t.Errorf("locked twice: error %v", err)
	}
	unlock()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("%s is left behind, error %v", path, err)
	}
}

// However the file comes and goes, two never have the folder at once.
func TestLockIsOnes(t *testing.T) {
	dir := t.TempDir()
	var inside, had atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 300 {
				unlock, _, err := Lock(dir, "ssnn reproduce")
				if err != nil {
					continue
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d have the folder", n)
				}
				had.Add(1)
				time.Sleep(20 * time.Microsecond) // in which another would come
				inside.Add(-1)
				unlock()
			}
		})
	}
	group.Wait()
	if had.Load() == 0 {
		t.Error("nobody ever had it")
	}
}

// A file system with locks is known to have them, and nothing is left behind. One without is an
// error.
func TestLocks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "grid")
	if err := Locks(dir); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v left behind, error %v", left, err)
	}
	unlock, _, err := Lock(dir, "ssnn reproduce") // which others hold meanwhile
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := Locks(dir); err != nil {
		t.Error(err)
	}
	err = noLocks(dir, false, errors.ErrUnsupported)
	if err == nil || !strings.HasPrefix(err.Error(),
		dir+": its file system has no locks (unsupported") {
		t.Errorf("error %v", err)
	}
}

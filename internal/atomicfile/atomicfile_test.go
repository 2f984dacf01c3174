package atomicfile

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWriteReplacesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, want := range []string{"first", "second"} {
		err := Write(path, func(w io.Writer) error {
			_, err := io.WriteString(w, want)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	only(t, filepath.Dir(path), "a")
}

func TestWriteThatFailsLeavesTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error {
		w.Write(make([]byte, 1<<21)) // more than the buffer
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want one that wraps %v", err, broken)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("the file holds %d bytes, want the old ones", len(got))
	}
	only(t, filepath.Dir(path), "a")
}

// What its owner hid stays hidden.
func TestWriteKeepsPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("permissions %v, want %v", got, os.FileMode(0o600))
	}
}

func TestWriteIntoNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "a")
	if err := Write(path, func(io.Writer) error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want one of %v", err, os.ErrNotExist)
	}
}

// What is no file is not replaced by one, as /dev/null would be where one may write to /dev.
func TestWriteReplacesFilesAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	for path, want := range map[string]string{
		dir:                       "write " + dir + ": a folder, want a file",
		socket:                    "write " + socket + ": a socket, want a file",
		filepath.Join(file, "in"): "write " + filepath.Join(file, "in") + ": ",
	} {
		err := Write(path, func(io.Writer) error {
			t.Errorf("%s: something is written", path)
			return nil
		})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
		if before := Check(path); before == nil || before.Error() != err.Error() {
			t.Errorf("%s: before writing, error %v, want %v", path, before, err)
		}
	}
	if err := cmp.Or(Check(file), Check(filepath.Join(dir, "new"))); err != nil {
		t.Error(err)
	}
	only(t, dir, "file", "socket")
}

// Whatever fails, and whether it goes on failing, the file is the old one or the new one as a
// whole, the error is told, and nothing is left behind that can be removed.
func TestWriteWithAFault(t *testing.T) {
	before, after := strings.Repeat("old", 1<<20), strings.Repeat("new", 1<<20) // several buffers
	write := func(path, text string) error {
		return Write(path, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
	}
	for _, goesOn := range []bool{false, true} {
		for _, old := range []string{"", before} {
			for at := 1; ; at++ {
				path := filepath.Join(t.TempDir(), "a")
				if old != "" {
					if err := write(path, old); err != nil {
						t.Fatal(err)
					}
				}
				fault := &Fault{At: at, On: goesOn}
				mend := Break(fault)
				err := write(path, after)
				mend()
				ops := fault.Operations()
				if len(ops) < at {
					if err != nil || at < 8 {
						t.Errorf("%d operations, error %v, want at least 8 and none", len(ops), err)
					}
					break
				}
				failed := ops[at-1]
				if !errors.Is(err, ErrBroken) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s fails: error %v, want one line with %v", failed, err, ErrBroken)
				}
				got, _ := os.ReadFile(path)
				renamed := slices.ContainsFunc(ops[:at-1], func(op string) bool {
					return strings.HasPrefix(op, "rename")
				})
				want := old
				if renamed {
					want = after
				}
				if string(got) != want {
					t.Errorf("%s fails: the file holds %d bytes, want %d",
						failed, len(got), len(want))
				}
				if said := strings.Contains(err.Error(), path+" is written"); said != renamed {
					t.Errorf("%s fails: %v; the file is written: %v", failed, err, renamed)
				}
				left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".a.tmp-*"))
				for _, tmp := range left {
					if !goesOn || !strings.Contains(err.Error(), tmp+" is left behind") {
						t.Errorf("%s fails: %s is left behind, error %v", failed, tmp, err)
					}
				}
				if err := Clean(filepath.Dir(path), "a"); err != nil {
					t.Error(err)
				}
				left, _ = filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
				if len(left) > 0 {
					t.Errorf("%v stays after Clean", left)
				}
			}
		}
	}
}

// Clean removes what Write may leave behind of the named files, and nothing else.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	stay := []string{
		".a.tmp-0123", ".b.tmp-0123456789abcdef", ".lock", "a", "a.tmp-0123456789abcdef",
	}
	for _, name := range append(stay, ".a.tmp-0123456789abcdef") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Clean(dir, "a", "c"); err != nil {
		t.Fatal(err)
	}
	only(t, dir, stay...)
}

// only fails when the folder holds anything but the names, which are sorted.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if err != nil || !slices.Equal(got, names) {
		t.Errorf("folder holds %v (%v), want only %v", got, err, names)
	}
}

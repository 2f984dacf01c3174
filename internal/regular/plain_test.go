package regular

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Errors of the operating system begin with the path, and say what stands in the way.
func TestText(t *testing.T) {
	dir := t.TempDir()
	file, none := filepath.Join(dir, "file"), filepath.Join(dir, "none")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, missing := Open(none)
	_, within := os.Stat(filepath.Join(file, "a", "b"))
	_, listed := os.ReadDir(file)
	_, folder := os.ReadFile(dir)
	made := os.Mkdir(filepath.Join(none, "deep"), 0o755)
	other := errors.New("open sesame")
	const missed = ": no such file or directory"
	deep := filepath.Join(none, "deep")
	for _, c := range []struct {
		err  error
		want string
	}{
		{missing, none + missed},
		{Want(missing, "a recording"), none + missed + ", want a recording"},
		{fmt.Errorf("a: b: %w, want it", missing), "a: b: " + none + missed + ", want it"},
		{within, file + " is a file, want a folder"},
		{fmt.Errorf("it: %w", listed), "it: " + file + " is a file, want a folder"},
		{folder, dir + " is a folder, want a file"},
		{made, "the folder " + deep + " cannot be made" + missed},
		{Want(other, "a recording"), "open sesame"},
		{fmt.Errorf("set: %w", &fs.PathError{Op: "open", Path: ".", Err: fs.ErrPermission}),
			"set: permission denied"},
		{&fs.PathError{Op: "open", Path: ".", Err: fs.ErrPermission}, ".: permission denied"},
		{fmt.Errorf("%w; and %w", missing, other), none + missed + "; and open sesame"},
	} {
		if got := Text(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
	if Want(nil, "x") != nil || !errors.Is(Want(missing, "x"), os.ErrNotExist) {
		t.Error("Want changes what it should not")
	}
}

package folder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A folder is there with all that fills it, or nothing is.
func TestMake(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "made")
	failed := errors.New("failed")
	fill := func(err error) func(string) error {
		return func(to string) error {
			return errors.Join(os.WriteFile(filepath.Join(to, "a"), []byte("a"), 0o644), err)
		}
	}
	if err := Make(path, fill(failed)); !errors.Is(err, failed) {
		t.Fatalf("error %v, want %v", err, failed)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) > 0 {
		t.Fatalf("%v is left behind, error %v", all, err)
	}
	if err := Make(path, fill(nil)); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(path, "a")); err != nil || string(b) != "a" {
		t.Errorf("%q, error %v", b, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("%v, want the folder alone; error %v", all, err)
	}
	if err := Make(path, fill(nil)); err == nil {
		t.Error("a folder that is there was made again")
	}
}

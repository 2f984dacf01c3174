// Package madepage keeps the pages of the documentation that are generated from the code up to
// date: a test fails if the page differs from the code, and with -update it writes the page.
package madepage

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the pages of docs that are made of the code")

// Check compares a page with its generated text. path leads from the folder of the test to the
// page.
func Check(t *testing.T, path, want string) {
	t.Helper()
	path = filepath.FromSlash(path)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the code says: go test . -run %s -update in this folder makes it",
			path, t.Name())
	}
}

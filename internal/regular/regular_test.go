package regular

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(file, 3); err != nil || string(b) != "abc" {
		t.Errorf("%q, %v", b, err)
	}
	want := map[string]string{file: "file: 3 bytes, want at most 2", dir: "a folder, want a file",
		filepath.Join(dir, "none"): "open "}
	if runtime.GOOS != "windows" {
		want[os.DevNull] = "a device, want a file"
	}
	for path, says := range want {
		if _, err := ReadFile(path, 2); err == nil || !strings.Contains(err.Error(), says) ||
			!strings.Contains(err.Error(), path) {

			t.Errorf("%s: %v, want %q", path, err, says)
		}
	}
}

package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

// A line each, and what cannot be one leaves the file as it was.
func TestWriteLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	if err := WriteLines(path, []map[string]int{{"a": 1}, {"b": 2}}); err != nil {
		t.Fatal(err)
	}
	if err := WriteLines(path, []func(){nil}); err == nil {
		t.Error("a function was written")
	}
	text, err := os.ReadFile(path)
	if want := "{\"a\":1}\n{\"b\":2}\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v, want %q", text, err, want)
	}
}

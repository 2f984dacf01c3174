package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The texts of changes go below the version's heading, the newest first, and their files go.
func TestAssemble(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("CHANGELOG.md", "# Changes\n\n## 0.1.0\n\nThe first.\n")
	put("changelog/unreleased/README.md", "How.\n")
	put("changelog/unreleased/b.md", "It was slow.\nIt is fast.\n")
	put("changelog/unreleased/a.md", "- One.\n- Two.\n")
	if err := released(root, "v0.2.0"); err == nil {
		t.Error("a version without a heading is released")
	}
	if err := assemble(root, "v0.2.0"); err != nil {
		t.Fatal(err)
	}
	const want = "# Changes\n\n## 0.2.0\n\n- One.\n- Two.\n- It was slow.\n  It is fast.\n\n" +
		"## 0.1.0\n\nThe first.\n"
	if got := string(read(t, root, "CHANGELOG.md")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := released(root, "v0.2.0"); err != nil {
		t.Error(err)
	}
	if err := assemble(root, "v0.2.0"); err == nil {
		t.Error("a version was assembled twice")
	}
	put("changelog/unreleased/c.md", "Late.\n")
	if err := released(root, "v0.2.0"); err == nil || !strings.Contains(err.Error(), "c.md") {
		t.Errorf("a change in no release: %v", err)
	}
}

package ssnn

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/internal/manual"
)

// blocks are the code blocks of a page in a language.
func blocks(t *testing.T, page, language string) (all []string) {
	t.Helper()
	every, err := manual.Blocks(".", page)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range every {
		if b.Language == language {
			all = append(all, b.Code)
		}
	}
	return all
}

// The Go of the README and of all pages of the documentation stands, line by line, in one of the
// programs in examples, which compile. The C is compiled by the test of cmd/libssnn.
func TestGoInTheDocumentation(t *testing.T) {
	programs, _ := filepath.Glob("examples/*/main.go")
	var lines []map[string]bool
	for _, path := range programs {
		program, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		has := map[string]bool{}
		for line := range strings.Lines(string(program)) {
			has[strings.TrimSpace(line)] = true
		}
		lines = append(lines, has)
	}
	pages, _ := filepath.Glob("docs/*.md")
	deeper, _ := filepath.Glob("docs/*/*.md")
	if len(blocks(t, "README.md", "go")) == 0 || len(pages) == 0 || len(programs) == 0 {
		t.Fatal("no Go in the README, no pages or no programs")
	}
	for _, page := range slices.Concat([]string{"README.md"}, pages, deeper) {
		for _, code := range blocks(t, page, "go") {
			whole := func(has map[string]bool) bool { return missing(code, has) == "" }
			if !slices.ContainsFunc(lines, whole) {
				t.Errorf("%s: no program in examples has all lines of\n%s; that of the first "+
					"lacks %q", page, code, missing(code, lines[0]))
			}
		}
	}
}

// missing is the first line of the code that is not there, or "".
func missing(code string, there map[string]bool) string {
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" && !there[line] {
			return line
		}
	}
	return ""
}

package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ssnn/internal/manual"
)

// Whatever the pages say to type of the project's own beside ssnn is there: packages, tests, flags
// of its programs, and scripts of Python, in blocks that are not run too. The command lines of ssnn
// itself are a test of cmd/ssnn's.
func TestLinesNameWhatIsThere(t *testing.T) {
	lines := 0
	names, err := manual.Pages("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range names {
		for _, b := range blocks(t, page) {
			if b.Language != "sh" {
				continue
			}
			commands, err := manual.Commands(b.Code)
			if err != nil {
				t.Errorf("%v: %v", b, err)
			}
			for _, words := range commands {
				lines++
				if err := checkLine(words); err != nil {
					t.Errorf("%v: %s: %v", b, strings.Join(words, " "), err)
				}
			}
		}
		// The commands of tables and sentences, which show how something is tested or measured.
		spans, err := manual.Spans("..", page)
		if err != nil {
			t.Fatal(err)
		}
		for _, span := range spans {
			if !strings.HasPrefix(span, "go test ./") && !strings.HasPrefix(span, "go run ./") ||
				strings.HasPrefix(span, "go test ./PACKAGE ") {

				continue
			}
			commands, err := manual.Commands(strings.ReplaceAll(span, `\|`, "|"))
			if err != nil || len(commands) == 0 {
				t.Errorf("%s: `%s`: %v", page, span, err)
				continue
			}
			lines++
			if err := checkLine(commands[0]); err != nil {
				t.Errorf("%s: `%s`: %v", page, span, err)
			}
		}
	}
	if lines < 250 {
		t.Errorf("%d lines, want those of all pages, which are more than 250", lines)
	}
}

// checkLine says what a line of a shell names that is not there.
func checkLine(words []string) error {
	switch name := filepath.Base(words[0]); {
	case name == "go" && len(words) > 1:
		return checkGoLine(words[1], words[2:])
	case (name == "python" || name == "python3") && len(words) > 1 && words[1][0] != '-':
		return checkScript(words[1], words[2:])
	}
	return nil
}

// checkGoLine looks at go run, go build and go test of packages of the project.
func checkGoLine(verb string, words []string) error {
	if verb != "run" && verb != "build" && verb != "install" && verb != "test" {
		return nil
	}
	var folders []string
	for len(words) > 0 && (verb == "test" || len(folders) == 0) {
		if w := words[0]; strings.HasPrefix(w, "./") || w == "." {
			folders = append(folders, filepath.Join("..", filepath.FromSlash(w)))
		} else if verb == "test" && w[0] == '-' {
			break
		}
		words = words[1:]
	}
	var found []goFile
	for _, folder := range folders {
		if strings.HasSuffix(folder, "...") {
			return nil
		}
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("no package in %s", folder)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") == (verb == "test") {
				f, err := readGo(name)
				if err != nil {
					return err
				}
				found = append(found, f)
			}
		}
	}
	if verb == "build" || verb == "install" || slices.ContainsFunc(folders, isCommand) {
		return nil
	}
	for i, w := range words {
		name, value, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if w == "" || w[0] != '-' || name == "" || name[0] >= '0' && name[0] <= '9' {
			continue
		}
		known := verb == "test" && slices.Contains(ofGoTest, name)
		has := func(f goFile) bool { return slices.Contains(f.flags, name) }
		if !known && !slices.ContainsFunc(found, has) {
			return fmt.Errorf("no flag -%s", name)
		}
		kind := map[string]string{"run": "Test", "bench": "Benchmark", "fuzz": "Fuzz"}[name]
		if verb != "test" || kind == "" {
			continue
		}
		if value == "" && i+1 < len(words) {
			value = words[i+1]
		}
		if err := names(found, kind, value); err != nil {
			return err
		}
	}
	return nil
}

func isCommand(folder string) bool { return filepath.Base(folder) == "ssnn" }

// ofGoTest are flags of go test itself.
var ofGoTest = []string{"run", "bench", "fuzz", "fuzztime", "fuzzminimizetime", "v", "short",
	"race", "count", "parallel", "timeout", "benchtime", "cpu", "tags", "exec", "json", "benchmem"}

// names says which alternative of a pattern no test has. Examples and fuzz targets count as tests.
func names(files []goFile, kind, pattern string) error {
	if pattern == "none" || pattern == "^$" {
		return nil
	}
	for part := range strings.SplitSeq(pattern, "|") {
		part = strings.Trim(part, "()")
		first, _, _ := strings.Cut(part, "/")
		like, err := regexp.Compile(first)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(files, func(f goFile) bool {
			return slices.ContainsFunc(f.functions, func(name string) bool {
				return like.MatchString(name) && (strings.HasPrefix(name, kind) ||
					kind == "Test" && strings.HasPrefix(name, "Fuzz"))
			})
		}) {
			return fmt.Errorf("nothing is called %q", first)
		}
	}
	return nil
}

// goFile is what a line of a shell may name of a file of Go.
type goFile struct {
	flags     []string
	functions []string
}

// defines are the functions of package flag that have a flag's name as their first text.
var defines = regexp.MustCompile(`^(Bool|Int|Int64|Uint|Uint64|Float64|String|Duration|Func|` +
	`BoolFunc|Text)?(Var)?$`)

func readGo(name string) (f goFile, err error) {
	tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		return f, err
	}
	for _, imported := range tree.Imports {
		if strings.HasSuffix(imported.Path.Value, `/internal/madepage"`) {
			f.flags = append(f.flags, "update") // that package's
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil {
				f.functions = append(f.functions, n.Name.Name)
			}
		case *ast.CallExpr:
			called, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || !defines.MatchString(called.Sel.Name) {
				break
			}
			for _, argument := range n.Args {
				text, ok := argument.(*ast.BasicLit)
				if ok && text.Kind == token.STRING {
					if flag, err := strconv.Unquote(text.Value); err == nil {
						f.flags = append(f.flags, flag)
					}
					break
				}
			}
		}
		return true
	})
	return f, nil
}

// argument is a flag that a script of Python takes.
var argument = regexp.MustCompile(`add_argument\(\s*["'](-[\w-]+)["'](?:,\s*["'](-[\w-]+)["'])?`)

// checkScript looks at a script of Python that the project has.
func checkScript(script string, words []string) error {
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(script)))
	if err != nil {
		return err
	}
	known := map[string]bool{"-h": true, "--help": true}
	for _, m := range argument.FindAllStringSubmatch(string(text), -1) {
		known[m[1]], known[m[2]] = true, true
	}
	if len(known) == 2 {
		return nil // it takes its arguments by their places
	}
	for _, w := range words {
		name, _, _ := strings.Cut(w, "=")
		if strings.HasPrefix(w, "--") && !known[name] {
			return fmt.Errorf("no flag %s", name)
		}
	}
	return nil
}

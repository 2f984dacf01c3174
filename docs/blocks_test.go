// Package docs has the pages of the documentation, whose code blocks its test runs.
//
// A comment in front of a block, which a reader of the page does not see, says what the test cannot
// know by itself:
//
//	<!-- not run: needs a camera -->   why a block is left out
//	<!-- page not run: took hours -->  why all blocks of the page are
//	<!-- needs: curl cc -->            programs without which it is
//	<!-- with: run recording.bin -->   what is in the folder before the block, see given
//	<!-- file: own.toml -->            the block is the contents of this file
//	<!-- serves: 8080 -->              runs until the page ends; what follows waits for the port
//	<!-- prints -->                    the block before prints this; "..." stands for anything
//
// The blocks of a page are run one after the other in one folder, as somebody would who follows it.
// Trainings are cut short, see quick.sh in testdata. All pages are run by go test ./docs -all.
package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"ssnn/events"
	"ssnn/experiment"
	"ssnn/recipes"
)

var all = flag.Bool("all", false, "run the shell blocks of all pages, which takes minutes")

// block is a code block of a page.
type block struct {
	page     string // path from the root of the project
	line     int
	language string
	code     string
	marks    map[string]string // what comments in front of it say, by their first word
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// mark is a comment for the test.
var mark = regexp.MustCompile(
	`<!-- (not run|page not run|needs|with|file|serves|prints):? ?(.*?) ?-->`)

// pages are those whose blocks are run.
func pages(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".md" && !strings.HasPrefix(name, "decisions") {
			all = append(all, "docs/"+filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return append(all, "README.md", "CONTRIBUTING.md")
}

// blocks reads those of a page.
func blocks(t *testing.T, page string) (all []block) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	tree := goldmark.DefaultParser().Parse(text.NewReader(source))
	marks, whole := map[string]string{}, ""
	err = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock:
			for _, m := range mark.FindAllStringSubmatch(string(n.Lines().Value(source)), -1) {
				if marks[m[1]] = m[2]; m[1] == "page not run" {
					whole = m[2]
				}
			}
		case *ast.FencedCodeBlock:
			b := block{page: page, language: string(n.Language(source)),
				code: string(n.Lines().Value(source)), marks: marks}
			if _, left := marks["not run"]; !left && whole != "" && b.language == "sh" {
				marks["not run"] = whole
			}
			if n.Lines().Len() > 0 {
				b.line = 1 + bytes.Count(source[:n.Lines().At(0).Start], []byte("\n"))
			}
			all = append(all, b)
			marks = map[string]string{}
		case *ast.CodeBlock:
			t.Errorf("%s: an indented block, want ``` and a language:\n%s", page,
				n.Lines().Value(source))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every block is of a language that the test knows, and is what it says.
func TestBlocks(t *testing.T) {
	counts := map[string]int{}
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			if err := check(b); err != nil {
				t.Errorf("%v: %v", b, err)
			}
			counts[b.language]++
			if _, is := b.marks["prints"]; is {
				counts["printed"]++
			}
			if why, left := b.marks["not run"]; left {
				counts["left out"]++
				t.Logf("%v: not run: %s", b, why)
			}
		}
	}
	t.Log(counts)
}

// check says what is wrong with a block, which it does not run.
func check(b block) error {
	if why, left := b.marks["not run"]; left && why == "" {
		return fmt.Errorf("it is left out, want a reason")
	}
	switch b.language {
	case "sh", "text", "csv", "yaml":
		return nil
	case "c": // the test of cmd/libssnn compiles it
		return nil
	case "json":
		if !json.Valid([]byte(b.code)) {
			return fmt.Errorf("it is no JSON")
		}
		return nil
	case "toml":
		return checkTOML(b.code)
	case "go": // that programs in examples have its lines is a test of the root's
		return checkGo(b.code)
	case "python":
		return checkPython(b.code)
	}
	return fmt.Errorf("language %q, want sh, go, python, c, toml, json, yaml, csv or text",
		b.language)
}

// checkTOML takes recipes, experiments, and mappings of tensors.
func checkTOML(code string) error {
	r, err := recipes.Parse(code)
	if err == nil {
		if r.Frames.Sensor == (events.Size{}) {
			r.Frames.Sensor = events.Size{Width: 34, Height: 34} // what its set says
		}
		if _, err = r.Resolve(10); err != nil && strings.Contains(err.Error(), "no stages") {
			return nil // of a graph that is imported, which has them
		}
		return err
	}
	if _, other := experiment.Parse(code); other == nil {
		return nil
	}
	if strings.Contains(code, "tensors = [") {
		return nil // interop/pytorch tests mappings
	}
	return err
}

// checkGo takes a file, declarations or statements.
func checkGo(code string) error {
	var first error
	for _, around := range []string{"%s", "package p\n%s", "package p\nfunc f() {\n%s\n}"} {
		_, err := parser.ParseFile(token.NewFileSet(), "", fmt.Sprintf(around, code), 0)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// checkPython asks Python, where there is one. .ci/python runs the blocks.
func checkPython(code string) error {
	python, err := exec.LookPath("python3")
	if err != nil {
		return nil
	}
	c := exec.Command(python, "-c", "import ast, sys; ast.parse(sys.stdin.read())")
	c.Stdin = strings.NewReader(code)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// The shell blocks of the README and the tutorial, and with -all of every page, do what they say.
func TestShell(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program some hundred times")
	}
	if runtime.GOOS == "windows" {
		t.Skip("no shell")
	}
	g := newGround(t)
	for _, page := range pages(t) {
		if !*all && page != "README.md" && page != "docs/tutorial.md" {
			continue
		}
		every := blocks(t, page)
		if !slices.ContainsFunc(every, block.runs) {
			continue
		}
		t.Run(strings.TrimSuffix(page, ".md"), func(t *testing.T) { g.follow(t, every) })
	}
}

// runs says that a block is run in a shell.
func (b block) runs() bool {
	_, left := b.marks["not run"]
	return b.language == "sh" && !left
}

// ground is what all pages stand on.
type ground struct {
	root, bin string // folder of the project, and of the programs that blocks find first
	run       string // folder of a trained network, made when a page wants it
}

func newGround(t *testing.T) *ground {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	g := &ground{root: root, bin: t.TempDir()}
	build := exec.Command("go", "build", "-o", filepath.Join(g.bin, "real", "ssnn"), "./cmd/ssnn")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, from := range map[string]string{"ssnn": "quick.sh", "go": "go.sh"} {
		text, err := os.ReadFile(filepath.Join("testdata", from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(g.bin, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// given are the files of the project that pages may want, by the name that they have there.
var given = map[string]string{
	"recording.bin":  "testdata/recordings/nmnist-7-60001.bin",
	"gesture.bin":    "testdata/recordings/gesture-1.bin",
	"recording.raw":  "testdata/recordings/evt3_sample.raw",
	"cnn_sinabs.nir": "testdata/interop/cnn_sinabs.nir",
	"testdata":       "testdata",
	"recipes":        "recipes",
	"examples":       "examples",
}

// prepare puts into a folder what a page wants.
func (g *ground) prepare(t *testing.T, dir, wanted string) {
	t.Helper()
	for name := range strings.FieldsSeq(wanted) {
		to := filepath.Join(dir, name)
		if from, ok := given[name]; ok {
			if err := os.Symlink(filepath.Join(g.root, from), to); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if name != "run" {
			t.Fatalf("the page wants %q, which is not known", name)
		}
		if g.run == "" {
			g.run = filepath.Join(g.bin, "run")
			g.shell(t, g.bin, "ssnn train nmnist-1k-ssnn --set split.held_out=0.8 --out run", nil)
		}
		if err := os.CopyFS(to, os.DirFS(g.run)); err != nil {
			t.Fatal(err)
		}
	}
}

// follow runs the blocks of a page.
func (g *ground) follow(t *testing.T, all []block) {
	dir := t.TempDir()
	ports := map[string]string{} // of the page, and what they are here
	printed := ""
	for _, b := range all {
		g.prepare(t, dir, b.marks["with"])
		for port, free := range ports {
			b.code = strings.ReplaceAll(b.code, ":"+port, ":"+free)
		}
		if name := b.marks["file"]; name != "" {
			to := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, []byte(b.code), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := b.marks["prints"]; ok && !matches(printed, b.code) {
			t.Errorf("%v: want\n%s\ngot\n%s", b, b.code, printed)
		}
		if !b.runs() || lacks(t, b) {
			continue
		}
		if port := b.marks["serves"]; port != "" {
			ports[port] = freePort(t)
			g.serve(t, dir, strings.ReplaceAll(b.code, ":"+port, ":"+ports[port]), ports[port])
			continue
		}
		printed = g.shell(t, dir, b.code, &b)
	}
}

// lacks says that a program is missing that the block needs.
func lacks(t *testing.T, b block) bool {
	for name := range strings.FieldsSeq(b.marks["needs"]) {
		if _, err := exec.LookPath(name); err != nil {
			t.Logf("%v: no %s here: not run", b, name)
			return true
		}
	}
	return false
}

// command is a shell that runs code in a folder, and stops at the first error.
func (g *ground) command(ctx context.Context, dir, code string) *exec.Cmd {
	c := exec.CommandContext(ctx, "/bin/sh", "-e", "-c", code)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+g.bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"DOCS_ROOT="+g.root, "DOCS_BIN="+g.bin)
	c.WaitDelay = 5 * time.Second
	return c
}

// shell runs code to its end and returns what it prints.
func (g *ground) shell(t *testing.T, dir, code string, b *block) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c := g.command(ctx, dir, code)
	var out bytes.Buffer
	var all locked
	c.Stdout = io.MultiWriter(&out, &all)
	c.Stderr = &all
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %v\n%s\n%s", b, err, code, all.buffer.Bytes())
	}
	return out.String()
}

// locked is a buffer that two may write to at once, as a command's output and its errors do.
type locked struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write is of io.Writer.
func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

// serve starts code, which the end of the page interrupts, and waits until its port answers.
func (g *ground) serve(t *testing.T, dir, code, port string) {
	t.Helper()
	c := g.command(t.Context(), dir, "exec "+strings.TrimSpace(code))
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() { <-ended })
	for range 600 {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s: %v\n%s", code, err, out.Bytes())
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("%s: nothing answers\n%s", code, out.Bytes())
}

// freePort is a port of this machine that nothing listens on.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// matches says that a text is as a page shows it, where "..." stands for anything.
func matches(got, want string) bool {
	var pattern strings.Builder
	for i, part := range strings.Split(strings.TrimSpace(want), "...") {
		if i > 0 {
			pattern.WriteString("(?s:.*)")
		}
		pattern.WriteString(regexp.QuoteMeta(part))
	}
	ok, err := regexp.MatchString("^"+pattern.String()+"$", strings.TrimSpace(got))
	return err == nil && ok
}

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
	"image"
	"image/png"
	"io"
	"io/fs"
	"math/rand/v2"
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

	"ssnn/events"
	"ssnn/experiment"
	"ssnn/internal/manual"
	"ssnn/recipes"
)

var all = flag.Bool("all", false, "run the shell blocks of all pages, which takes minutes")

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

// blocks are those of a page.
func blocks(t *testing.T, page string) []manual.Block {
	t.Helper()
	all, err := manual.Blocks("..", page)
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
			counts[b.Language]++
			if _, is := b.Marks["prints"]; is {
				counts["printed"]++
			}
			if why, left := b.Marks["not run"]; left {
				counts["left out"]++
				t.Logf("%v: not run: %s", b, why)
			}
		}
	}
	t.Log(counts)
}

// check says what is wrong with a block, which it does not run.
func check(b manual.Block) error {
	if why, left := b.Marks["not run"]; left && why == "" {
		return fmt.Errorf("it is left out, want a reason")
	}
	switch b.Language {
	case "sh", "text", "csv", "yaml":
		return nil
	case "c": // the test of cmd/libssnn compiles it
		return nil
	case "json":
		if !json.Valid([]byte(b.Code)) {
			return fmt.Errorf("it is no JSON")
		}
		return nil
	case "toml":
		return checkTOML(b.Code)
	case "go": // that programs in examples have its lines is a test of the root's
		return checkGo(b.Code)
	case "python":
		return checkPython(b.Code)
	}
	return fmt.Errorf("language %q, want sh, go, python, c, toml, json, yaml, csv or text",
		b.Language)
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
		if !slices.ContainsFunc(every, runs) {
			continue
		}
		t.Run(strings.TrimSuffix(page, ".md"), func(t *testing.T) { g.follow(t, every) })
	}
}

// runs says that a block is run in a shell.
func runs(b manual.Block) bool {
	_, left := b.Marks["not run"]
	return b.Language == "sh" && !left
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
	"recording.bin":    "testdata/recordings/nmnist-7-60001.bin",
	"gesture.bin":      "testdata/recordings/gesture-1.bin",
	"recording.raw":    "testdata/recordings/evt3_sample.raw",
	"cnn_sinabs.nir":   "testdata/interop/cnn_sinabs.nir",
	"snntorch.pth":     "testdata/interop/snntorch_tutorial7.pth",
	"spikingjelly.pth": "testdata/interop/spikingjelly_nmnistnet.pth",
	"sinabs.pth":       "testdata/interop/sinabs_iaf_single.pth",
	"norse.pth":        "testdata/interop/norse_lifbox.pth",
	"testdata":         "testdata",
	"recipes":          "recipes",
	"cmd":              "cmd",
}

// photograph writes a few pictures of two classes, each a disc on noise.
func photograph(dir string) error {
	rng := rand.New(rand.NewPCG(1, 2))
	for class, radius := range map[string]int{"cat": 6, "dog": 12} {
		if err := os.MkdirAll(filepath.Join(dir, class), 0o755); err != nil {
			return err
		}
		for i := range 24 {
			picture := image.NewGray(image.Rect(0, 0, 32, 32))
			for p := range picture.Pix {
				x, y := p%32-16, p/32-16
				picture.Pix[p] = uint8(rng.IntN(64))
				if x*x+y*y < radius*radius {
					picture.Pix[p] += 150
				}
			}
			var file bytes.Buffer
			if err := png.Encode(&file, picture); err != nil {
				return err
			}
			name := filepath.Join(dir, class, fmt.Sprintf("%02d.png", i))
			if err := os.WriteFile(name, file.Bytes(), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
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
		if name == "photos" {
			if err := photograph(to); err != nil {
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
func (g *ground) follow(t *testing.T, all []manual.Block) {
	dir := t.TempDir()
	ports := map[string]string{} // of the page, and what they are here
	printed := ""
	for _, b := range all {
		g.prepare(t, dir, b.Marks["with"])
		for port, free := range ports {
			b.Code = strings.ReplaceAll(b.Code, ":"+port, ":"+free)
		}
		if name := b.Marks["file"]; name != "" {
			to := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, []byte(b.Code), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := b.Marks["prints"]; ok && !matches(printed, b.Code) {
			t.Errorf("%v: want\n%s\ngot\n%s", b, b.Code, printed)
		}
		if !runs(b) || lacks(t, b) {
			continue
		}
		if port := b.Marks["serves"]; port != "" {
			ports[port] = freePort(t)
			g.serve(t, dir, strings.ReplaceAll(b.Code, ":"+port, ":"+ports[port]), ports[port])
			continue
		}
		printed = g.shell(t, dir, b.Code, &b)
	}
}

// lacks says that a program is missing that the block needs.
func lacks(t *testing.T, b manual.Block) bool {
	for name := range strings.FieldsSeq(b.Marks["needs"]) {
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
func (g *ground) shell(t *testing.T, dir, code string, b *manual.Block) string {
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

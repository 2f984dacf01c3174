package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/txtar"

	"ssnn/internal/manual"
)

// The sweep that the page on experiments shows is the one that the script sweep.txtar runs.
func TestSweepOfThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", "compare.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "sweep.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range script.Files {
		if f.Name == "sweep.toml" {
			if !strings.Contains(string(page), "```toml\n"+string(f.Data)+"```\n") {
				t.Errorf("the page has another sweep than\n%s", f.Data)
			}
			return
		}
	}
	t.Error("sweep.txtar has no sweep.toml")
}

// The slicing that the page on own recordings shows is the one that the script slice.txtar runs.
func TestSlicesOfThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", "own-data.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "slice.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Cut long recordings into samples\n")
	for i, name := range []string{"labels.csv", "own.toml"} {
		file := script.Files[i]
		if file.Name != name || !strings.Contains(section, "\n"+string(file.Data)+"```\n") {
			t.Errorf("the page has another %s than\n%s", name, file.Data)
		}
	}
	_, section, _ = strings.Cut(section, "```sh\n")
	shown, _, _ := strings.Cut(section, "```")
	if !strings.Contains(shown, "ssnn data slice ") {
		t.Fatalf("the page shows no slicing, but %q", shown)
	}
	for line := range strings.Lines(shown) {
		if !strings.Contains(string(script.Comment), "\nexec "+line) {
			t.Errorf("the page shows %q, which the script does not run", line)
		}
	}
}

// The web configuration file that the page on serving shows is the one that the script runs.
func TestWebConfigOfThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", "serve.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile(filepath.Join("testdata", "script", "webconfig.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if f := script.Files[0]; f.Name != "web.yml" ||
		!strings.Contains(string(page), "```yaml\n"+string(f.Data)+"```\n") {

		t.Errorf("the page has another %s than\n%s", f.Name, f.Data)
	}
}

// What the pages say to type can be typed: there are such commands and flags. The lines that can be
// run are run by the test of package docs.
func TestCommandLinesOfThePages(t *testing.T) {
	root, lines := filepath.Join("..", ".."), 0
	pages, err := manual.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		blocks, err := manual.Blocks(root, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks {
			if b.Language != "sh" {
				continue
			}
			for _, program := range []string{"ssnn", "ssnn-mpi"} {
				all, err := manual.Arguments(b.Code, program)
				if err != nil {
					t.Errorf("%v: %v", b, err)
				}
				for _, args := range all {
					lines++
					if err := understood(args); err != nil {
						t.Errorf("%v: %s %s: %v", b, program, strings.Join(args, " "), err)
					}
				}
			}
		}
	}
	if lines < 120 {
		t.Errorf("%d lines, want those of all pages, which are more than 120", lines)
	}
}

// understood says what is wrong with a command line, which it does not carry out.
func understood(args []string) error {
	asked := false
	parser := newParser(new(commands), console{out: io.Discard, err: io.Discard},
		func(int) { asked = true })
	if _, err := parser.Parse(args); err != nil && !asked {
		return err
	}
	return nil
}

// What the sentences of the pages name, such as "ssnn eval --exits FILE", is there: the command and
// its flags. What stands for their values need not be one.
func TestCommandsInSentencesOfThePages(t *testing.T) {
	root, spans := filepath.Join("..", ".."), 0
	pages, err := manual.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	parser := newParser(new(commands), console{out: io.Discard, err: io.Discard}, func(int) {})
	for _, page := range pages {
		all, err := manual.Spans(root, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, span := range all {
			words := strings.Fields(span)
			if len(words) < 2 || words[0] != "ssnn" || slices.Contains(words, "COMMAND") {
				continue
			}
			spans++
			if wrong := unknown(parser.Model.Node, words[1:]); wrong != "" {
				t.Errorf("%s: `%s`: there is no %s", page, span, wrong)
			}
		}
	}
	if spans < 100 {
		t.Errorf("%d commands in sentences, want those of all pages, more than 100", spans)
	}
}

// unknown is the first word of a command line that names a command or a flag that is not there.
func unknown(node *kong.Node, words []string) string {
	for _, w := range words {
		name, _, _ := strings.Cut(strings.Trim(w, "[]"), "=")
		if strings.HasPrefix(name, "-") {
			known := false
			for _, f := range slices.Concat(node.AllFlags(false)...) {
				known = known || name == "--"+f.Name || f.Short != 0 && name == "-"+string(f.Short)
			}
			if _, err := strconv.ParseFloat(name, 64); !known && err != nil {
				return name
			}
		} else if len(node.Children) > 0 {
			i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == name })
			if i < 0 {
				return name
			}
			node = node.Children[i]
		}
	}
	return ""
}

// Every flag of the commands that run as services is used by a script.
func TestFlagsOfServicesAreInScripts(t *testing.T) {
	var scripts strings.Builder
	for _, name := range []string{"serve", "stream", "webconfig"} {
		text, err := os.ReadFile(filepath.Join("testdata", "script", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		scripts.Write(text)
	}
	parser := newParser(new(commands), console{out: io.Discard, err: io.Discard}, func(int) {})
	for _, leaf := range parser.Model.Leaves(true) {
		if leaf.Name != "serve" && leaf.Name != "stream" {
			continue
		}
		for _, f := range slices.Concat(leaf.AllFlags(true)...) {
			used := regexp.MustCompile("exec ssnn " + leaf.Name + " .*--" + f.Name + "[ =\n]")
			if f.Name != "help" && f.Name != "version" && !used.MatchString(scripts.String()) {
				t.Errorf("no script uses ssnn %s --%s", leaf.Name, f.Name)
			}
		}
	}
}

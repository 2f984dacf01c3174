package main

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
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
	root := os.DirFS(filepath.Join("..", ".."))
	lines := 0
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		page, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, block := range strings.Split(string(page), "\n```sh\n")[1:] {
			block, _, _ = strings.Cut(block, "\n```")
			for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
				args := wordsOf(line)
				if len(args) < 2 || args[0] != "ssnn" {
					continue
				}
				lines++
				parser := newParser(new(commands), console{out: io.Discard, err: io.Discard},
					func(int) {})
				if _, err := parser.Parse(args[1:]); err != nil && args[1] != "--help" {
					t.Errorf("%s: %s: %v", name, strings.TrimSpace(line), err)
				}
			}
		}
		return nil
	})
	if err != nil || lines < 50 {
		t.Errorf("%d lines, %v, want those of all pages", lines, err)
	}
}

// wordsOf cuts a line as a shell does, up to a comment or another command.
func wordsOf(line string) (all []string) {
	var word strings.Builder
	in, quote := false, rune(0)
	end := func() {
		if in {
			all = append(all, word.String())
		}
		word.Reset()
		in = false
	}
	for _, r := range strings.TrimSpace(line) {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, in = r, true
		case quote == 0 && r == ' ':
			end()
		case quote == 0 && !in && strings.ContainsRune("#|&>;", r):
			return all
		default:
			word.WriteRune(r)
			in = true
		}
	}
	end()
	return all
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

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ssnn/internal/browser"
)

// Every link between files of the project leads to a file and a heading that are there.
func TestLinks(t *testing.T) {
	root := os.DirFS("../..")
	pages := map[string]*page{}
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".md" {
			pages[name], err = readPage(root, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for name, p := range pages {
		for _, l := range p.links() {
			links++
			if _, err := fs.Stat(root, l.file); err != nil {
				t.Errorf("%s: %q leads to %s, which is not there", name, l.text, l.file)
				continue
			}
			has := func(h heading) bool { return h.ID == l.fragment }
			if to := pages[l.file]; l.fragment != "" && to != nil &&
				!slices.ContainsFunc(to.headings(), has) {

				t.Errorf("%s: %q leads to %s#%s, and there is no such heading", name, l.text,
					l.file, l.fragment)
			}
		}
	}
	if links < 200 {
		t.Errorf("%d links in %d pages, want those of the documentation", links, len(pages))
	}
}

// All pages of the documentation are in the menu or in the list of decisions.
func TestEveryPageIsListed(t *testing.T) {
	root := os.DirFS("../..")
	listed := map[string]bool{contents: true}
	for _, name := range []string{contents, "docs/decisions/README.md"} {
		p, err := readPage(root, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range p.links() {
			listed[l.file] = true
		}
	}
	err := fs.WalkDir(root, "docs", func(name string, e fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".md" && !listed[name] {
			t.Errorf("%s is in no list: name it in %s or docs/decisions/README.md", name, contents)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	hrefs   = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	ids     = regexp.MustCompile(` id="([^"]*)"`)
	outside = regexp.MustCompile(`^[a-z]+:`)
)

// The site has a page for each, and its links lead to files and headings that are in it; it asks
// nothing of other servers.
func TestSite(t *testing.T) {
	files, err := render(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if files["index.html"] == nil || files["docs/reference/keys.html"] == nil || len(files) < 60 {
		t.Fatalf("%d files, want the pages of the documentation", len(files))
	}
	for name, data := range files {
		if path.Ext(name) != ".html" {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(string(data), -1) {
			to, fragment, _ := strings.Cut(m[1], "#")
			if outside.MatchString(to) {
				if strings.HasPrefix(m[0], "src") {
					t.Errorf("%s shows %s, want pictures of the site alone", name, to)
				}
				continue
			}
			if to = path.Join(path.Dir(name), to); strings.HasPrefix(m[1], "#") {
				to = name
			}
			target, ok := files[to]
			if !ok {
				t.Errorf("%s leads to %s, which the site has not", name, to)
			}
			if fragment == "" {
				continue
			}
			has := func(m []string) bool { return m[1] == fragment }
			if !slices.ContainsFunc(ids.FindAllStringSubmatch(string(target), -1), has) {
				t.Errorf("%s leads to %s#%s, which the site has not", name, to, fragment)
			}
		}
	}
}

// On a telephone and on a desk no page is wider than the window.
func TestChromium(t *testing.T) {
	chromium := browser.Chromium(t)
	out := filepath.Join(t.TempDir(), "site")
	if err := build("../..", out); err != nil {
		t.Fatal(err)
	}
	if err := build("../..", out); err == nil {
		t.Error("a folder was written over")
	}
	// A page that shows others at both widths, and says by its title which are too wide.
	var names []string
	look := func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".html" {
			rel, _ := filepath.Rel(out, name)
			names = append(names, `"`+filepath.ToSlash(rel)+`"`)
		}
		return err
	}
	if err := filepath.WalkDir(filepath.Join(out, "docs"), look); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/widths.html")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, `"index.html"`)
	text := strings.Replace(string(script), "PAGES", strings.Join(names, ","), 1)
	if err := os.WriteFile(filepath.Join(out, "widths.html"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--allow-file-access-from-files", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=60000", "--dump-dom", "file://"+filepath.Join(out, "widths.html"))
	c.WaitDelay = time.Second
	dom, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(dom), `<pre id="said">`)
	said, _, _ = strings.Cut(said, "</pre>")
	if !strings.HasSuffix(said, "done") {
		t.Fatalf("not all pages were looked at: %q", said)
	}
	if said != "done" {
		t.Errorf("pages that are wider than the window: %s", said)
	}
}

package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// home is the first page. contents is the list of all other pages, and the menu of each page.
const home, contents = "README.md", "docs/README.md"

//go:embed page.html
var layoutText string

//go:embed site.css
var style []byte

var layout = template.Must(template.New("page").Parse(layoutText))

// group is a part of the menu: a heading of contents, and the pages that are listed below the
// heading.
type group struct {
	Title string
	Items []item
}

type item struct {
	Title, file string
	Link        string // relative to the page that shows the menu
	Here        bool
}

// shown is the data of the layout.
type shown struct {
	Title, Root string // Root: path from the page to the folder of the site, "" or "../" and so on
	Menu        []group
	Parts       []heading // headings of the second level
	Body        template.HTML
}

// pictures are the endings of files that are copied unchanged.
var pictures = []string{".svg", ".png"}

// render makes the files of the site, by their paths in it. Pages and files keep their paths in the
// project, so that links between them change only in their endings.
func render(root fs.FS) (map[string][]byte, error) {
	site := map[string][]byte{"site.css": style}
	list, err := readPage(root, contents)
	if err != nil {
		return nil, err
	}
	menu := menuOf(list)
	done := map[string]bool{}
	for todo := []string{home, contents}; len(todo) > 0; todo = todo[1:] {
		name := todo[0]
		if done[name] {
			continue
		}
		done[name] = true
		if slices.Contains(pictures, path.Ext(name)) {
			if site[name], err = fs.ReadFile(root, name); err != nil {
				return nil, err
			}
			continue
		}
		p, err := pageOf(root, name)
		if err != nil {
			return nil, err
		}
		var links []link
		if path.Ext(name) == ".md" { // a file that is shown as it is has no links
			links = p.links()
		}
		for _, l := range links {
			todo = append(todo, l.file)
			relink(p, l)
		}
		if site[placeOf(name)], err = show(p, menu); err != nil {
			return nil, err
		}
	}
	return site, nil
}

// placeOf returns the path in the site of a file of the project.
func placeOf(name string) string {
	switch {
	case name == home:
		return "index.html"
	case slices.Contains(pictures, path.Ext(name)):
		return name
	case path.Ext(name) == ".md":
		return strings.TrimSuffix(name, ".md") + ".html"
	}
	return name + ".html"
}

// relink makes a link lead to the place of its file in the site.
func relink(p *page, l link) {
	to := from(p.name, placeOf(l.file))
	if l.fragment != "" {
		to += "#" + l.fragment
	}
	switch n := l.node.(type) {
	case *ast.Link:
		n.Destination = []byte(to)
	case *ast.Image:
		n.Destination = []byte(to)
	}
}

// from returns the relative path from a page of the site to another file of it.
func from(name, to string) string {
	rel, err := filepath.Rel(filepath.FromSlash(path.Dir(name)), filepath.FromSlash(to))
	if err != nil { // both are paths from the root
		panic("site: " + err.Error())
	}
	return filepath.ToSlash(rel)
}

// pageOf reads a page, or makes a page of a file or a folder that pages link to.
func pageOf(root fs.FS, name string) (*page, error) {
	if path.Ext(name) == ".md" {
		return readPage(root, name)
	}
	info, err := fs.Stat(root, name)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# %s\n\n", name)
	if info.IsDir() {
		entries, err := fs.ReadDir(root, name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			fmt.Fprintf(&text, "- `%s`\n", e.Name())
		}
	} else {
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(b)) {
			text.WriteString("    " + line)
		}
	}
	p, err := readPage(single{name, text.String()}, name)
	return p, err
}

// single is a file system of one file.
type single struct{ name, text string }

// Open is of fs.FS, and fs.ReadFile asks for ReadFile first.
func (s single) Open(name string) (fs.File, error) { return nil, fs.ErrNotExist }

// ReadFile returns the text.
func (s single) ReadFile(name string) ([]byte, error) { return []byte(s.text), nil }

// menuOf reads the menu from the page of contents.
func menuOf(p *page) (all []group) {
	in := -1
	items := map[ast.Node]bool{} // list items whose first link was taken
	p.walk(func(n ast.Node) {
		if h, ok := n.(*ast.Heading); ok && h.Level == 2 {
			all = append(all, group{Title: p.plain(h)})
			in++
		}
	})
	in = -1
	byNode := map[ast.Node]link{}
	for _, l := range p.links() {
		byNode[l.node] = l
	}
	p.walk(func(n ast.Node) {
		if h, ok := n.(*ast.Heading); ok && h.Level == 2 {
			in++
		}
		l, ok := byNode[n]
		if !ok || in < 0 || n.Parent().Parent().Kind() != ast.KindListItem ||
			items[n.Parent().Parent()] {

			return
		}
		items[n.Parent().Parent()] = true
		all[in].Items = append(all[in].Items, item{Title: l.text, file: l.file})
	})
	return all
}

// show puts a page into the layout.
func show(p *page, menu []group) ([]byte, error) {
	body, err := p.html()
	if err != nil {
		return nil, err
	}
	// Wide tables scroll by themselves, so that the page need not.
	body = bytes.ReplaceAll(body, []byte("<table>"), []byte(`<div class="wide"><table>`))
	body = bytes.ReplaceAll(body, []byte("</table>"), []byte("</table></div>"))
	s := shown{Title: p.title(), Root: strings.Repeat("../", strings.Count(p.name, "/")),
		Body: template.HTML(body)}
	for _, g := range menu {
		of := group{Title: g.Title}
		for _, i := range g.Items {
			i.Link, i.Here = from(p.name, placeOf(i.file)), i.file == p.name
			of.Items = append(of.Items, i)
		}
		s.Menu = append(s.Menu, of)
	}
	for _, h := range p.headings() {
		if h.Level == 2 {
			s.Parts = append(s.Parts, h)
		}
	}
	var b bytes.Buffer
	err = layout.Execute(&b, s)
	return b.Bytes(), err
}

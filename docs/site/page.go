package main

import (
	"bytes"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// markdown parses the dialect of GitHub, and gives headings the same ids. HTML in a page is left
// out.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// page is a parsed Markdown file.
type page struct {
	name string // its path from the root of the project, with slashes
	text []byte
	tree ast.Node
}

// link is a link from a page to another file of the project.
type link struct {
	file     string // path from the root of the project; may be a folder
	fragment string // id of a heading, or ""
	text     string // text of the link
	node     ast.Node
}

func readPage(root fs.FS, name string) (*page, error) {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	return &page{name, b, markdown.Parser().Parse(text.NewReader(b))}, nil
}

// walk calls visit for each node of a page, a parent before its children.
func (p *page) walk(visit func(ast.Node)) {
	ast.Walk(p.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			visit(n)
		}
		return ast.WalkContinue, nil
	})
}

// plain returns the text of a node without its markup.
func (p *page) plain(n ast.Node) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Segment.Value(p.text))
				if n.SoftLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// heading is a heading of a page.
type heading struct {
	Level    int
	ID, Text string
}

func (p *page) headings() (all []heading) {
	p.walk(func(n ast.Node) {
		if h, ok := n.(*ast.Heading); ok {
			id, _ := h.AttributeString("id")
			b, _ := id.([]byte)
			all = append(all, heading{h.Level, string(b), p.plain(h)})
		}
	})
	return all
}

// title returns the text of the first heading.
func (p *page) title() string {
	for _, h := range p.headings() {
		return h.Text
	}
	return p.name
}

// links returns the links to files of the project, including those of pictures.
func (p *page) links() (all []link) {
	p.walk(func(n ast.Node) {
		var to []byte
		switch n := n.(type) {
		case *ast.Link:
			to = n.Destination
		case *ast.Image:
			to = n.Destination
		default:
			return
		}
		u, err := url.Parse(string(to))
		if err != nil || u.Scheme != "" || u.Host != "" {
			return
		}
		file := p.name
		if u.Path != "" {
			file = path.Join(path.Dir(p.name), u.Path)
		}
		all = append(all, link{file, u.Fragment, p.plain(n), n})
	})
	return all
}

// html returns the body of the page as HTML.
func (p *page) html() ([]byte, error) {
	var b bytes.Buffer
	err := markdown.Renderer().Render(&b, p.text, p.tree)
	return b.Bytes(), err
}

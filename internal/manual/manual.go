// Package manual reads pages of Markdown for tests: their code blocks, and the commands in the
// blocks.
package manual

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Block is a code block of a page.
type Block struct {
	Page     string // path of the page from the root of the project
	Line     int    // line of the page at which the block's code begins
	Language string
	Code     string
	Marks    map[string]string // text of the comments in front of the block, by their first word
}

func (b Block) String() string { return fmt.Sprintf("%s:%d", b.Page, b.Line) }

// mark matches a comment for the test of package docs, which says what each comment means.
var mark = regexp.MustCompile(
	`<!-- (not run|page not run|needs|with|file|serves|prints):? ?(.*?) ?-->`)

// Blocks returns the code blocks of a page below root. An indented block has no language.
func Blocks(root, page string) (all []Block, err error) {
	tree, source, err := parse(root, page)
	if err != nil {
		return nil, err
	}
	marks, whole := map[string]string{}, ""
	block := func(lines *text.Segments, language string) Block {
		b := Block{Page: page, Language: language, Code: string(lines.Value(source))}
		if lines.Len() > 0 {
			b.Line = 1 + bytes.Count(source[:lines.At(0).Start], []byte("\n"))
		}
		return b
	}
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
			b := block(n.Lines(), string(n.Language(source)))
			b.Marks = marks
			if _, left := marks["not run"]; !left && whole != "" && b.Language == "sh" {
				marks["not run"] = whole
			}
			all = append(all, b)
			marks = map[string]string{}
		case *ast.CodeBlock:
			all = append(all, block(n.Lines(), ""))
		}
		return ast.WalkContinue, nil
	})
	return all, err
}

// parse reads and parses a page below root.
func parse(root, page string) (tree ast.Node, source []byte, err error) {
	source, err = os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
	if err != nil {
		return nil, nil, err
	}
	return goldmark.DefaultParser().Parse(text.NewReader(source)), source, nil
}

// Pages returns the paths of all pages of Markdown below root, relative to root.
func Pages(root string) (all []string, err error) {
	err = filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, filepath.ToSlash(name))
		return err
	})
	return all, err
}

// Spans returns the pieces of inline code of a page below root.
func Spans(root, page string) (all []string, err error) {
	tree, source, err := parse(root, page)
	if err != nil {
		return nil, err
	}
	err = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if span, ok := n.(*ast.CodeSpan); ok && entering {
			var code strings.Builder
			for c := span.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					code.Write(t.Segment.Value(source))
				}
			}
			all = append(all, strings.Join(strings.Fields(code.String()), " "))
		}
		return ast.WalkContinue, nil
	})
	return all, err
}

// Lines of Go and of prose over 100 columns, a tab counting 4: the program lists them, and fails if
// there are any.
//
//	go run .ci/lines.go
//
// Lines that cannot be broken do not count: those with an address, directives of the compiler, tags
// of fields (package reflect reads them as one line), rows of tables, generated ones, and in
// Markdown headings, code blocks and comments.
package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	columns = 100
	tab     = "    "
)

var (
	inProse   = regexp.MustCompile("^(\\||#|<!--)|://|^ *`[^`]*`[.,;]?$")
	exempt    = regexp.MustCompile("^\\||://|^ *//go:|^ *// *\\||`[a-z]+:\".*`$")
	generated = regexp.MustCompile(`^// Code generated .* DO NOT EDIT\.$|^<!-- Made of `)
)

func main() {
	all, err := long(".")
	fmt.Print(strings.Join(append(all, ""), "\n"))
	if err == nil && all != nil {
		err = fmt.Errorf("%d lines over %d columns", len(all), columns)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lines:", err)
		os.Exit(1)
	}
}

// long lists the lines that are too long, as "folder/file.go:12: 104 columns".
func long(root string) (all []string, err error) {
	err = filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == ".git" || e.Name() == "testdata"):
			return fs.SkipDir
		case e.IsDir() || path.Ext(name) != ".go" && path.Ext(name) != ".md":
			return nil
		}
		of, err := longOf(name)
		all = append(all, of...)
		return err
	})
	return all, err
}

func longOf(name string) (all []string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	exempt, inCode := exempt, false
	if path.Ext(name) == ".md" {
		exempt = inProse
	}
	for n := 1; lines.Scan(); n++ {
		line := strings.ReplaceAll(lines.Text(), "\t", tab)
		if path.Ext(name) == ".md" && strings.HasPrefix(strings.TrimSpace(line), "```") {
			inCode = !inCode
		}
		if inCode {
			continue
		}
		if generated.MatchString(line) {
			return nil, nil
		}
		if wide := utf8.RuneCountInString(line); wide > columns && !exempt.MatchString(line) {
			all = append(all, fmt.Sprintf("%s:%d: %d columns", filepath.ToSlash(name), n, wide))
		}
	}
	return all, lines.Err()
}

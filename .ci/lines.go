// Lines of Go and of prose over 100 columns, a tab counting 4.
//
//	go run .ci/lines.go          fails where a folder has more than .ci/lines.known
//	go run .ci/lines.go list     lists them
//	go run .ci/lines.go known    prints what .ci/lines.known has to say
//
// Lines that cannot be broken do not count: those with an address, directives of the compiler, tags
// of fields (package reflect reads them as one line), rows of tables, generated ones, and in
// Markdown headings, code blocks and comments.
//
// The folders in .ci/lines.known had such lines before there was this check. Their numbers only
// fall, and the file goes with the last of them.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	columns   = 100
	tab       = "    "
	knownFile = ".ci/lines.known"
)

var (
	inProse   = regexp.MustCompile("^(\\||#|<!--)|://|^ *`[^`]*`[.,;]?$")
	exempt    = regexp.MustCompile("^\\||://|^ *//go:|^ *// *\\||`[a-z]+:\".*`( *//.*)?$")
	generated = regexp.MustCompile(`^// Code generated .* DO NOT EDIT\.$|^<!-- Made of `)
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lines:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	all, err := long(".")
	if err != nil {
		return err
	}
	now := counts(all)
	switch {
	case len(args) == 0:
		return check(now)
	case slices.Equal(args, []string{"list"}):
		fmt.Print(strings.Join(append(all, ""), "\n"))
	case slices.Equal(args, []string{"known"}):
		fmt.Print(now)
	default:
		return fmt.Errorf("%q, want list, known or nothing", args)
	}
	return nil
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

// counts are a line a folder, "12 events".
func counts(all []string) string {
	n := map[string]int{}
	var folders []string
	for _, line := range all {
		file, _, _ := strings.Cut(line, ":")
		folder := path.Dir(file)
		if n[folder]++; n[folder] == 1 {
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	var text strings.Builder
	for _, folder := range folders {
		fmt.Fprintf(&text, "%d %s\n", n[folder], folder)
	}
	return text.String()
}

// check is an error where a folder has more than is known. Where it has fewer, that is said.
func check(now string) error {
	text, err := os.ReadFile(knownFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	is, known := parse(now), parse(string(text))
	var more []string
	for _, folder := range slices.Sorted(maps.Keys(is)) {
		if n, was := is[folder], known[folder]; n > was {
			more = append(more, fmt.Sprintf("%s %d, not %d", folder, n, was))
		}
	}
	if more != nil {
		return fmt.Errorf("more lines over %d columns than %s says (%s): go run .ci/lines.go list "+
			"names them", columns, knownFile, strings.Join(more, "; "))
	}
	if !maps.Equal(is, known) {
		fmt.Printf("fewer lines over %d columns: go run .ci/lines.go known >%s keeps it so\n",
			columns, knownFile)
	}
	return nil
}

// parse reads what counts wrote.
func parse(text string) map[string]int {
	all := map[string]int{}
	for line := range strings.Lines(text) {
		var n int
		var folder string
		if _, err := fmt.Sscan(line, &n, &folder); err == nil {
			all[folder] = n
		}
	}
	return all
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// unreleased returns the files of changes that no release contains yet, ordered by name.
func unreleased(root string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(root, "changelog", "unreleased", "*.md"))
	return slices.DeleteFunc(all, func(name string) bool {
		return filepath.Base(name) == "README.md"
	}), err
}

// assemble moves the texts of unreleased changes to CHANGELOG.md, below a heading for the version,
// and removes their files.
func assemble(root, version string) error {
	name := filepath.Join(root, "CHANGELOG.md")
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	files, err := unreleased(root)
	if err != nil {
		return err
	}
	text, heading := string(b), "## "+strings.TrimPrefix(version, "v")+"\n"
	at := strings.Index(text, "\n## ") + 1
	switch {
	case strings.Contains(text, "\n"+heading):
		return fmt.Errorf("%s has %s already, want a version that it has not", name, version)
	case at == 0:
		return fmt.Errorf("%s has no heading of a version, want one", name)
	case len(files) == 0:
		return fmt.Errorf("no changes in changelog/unreleased, want some for %s", version)
	}
	var all strings.Builder
	all.WriteString(text[:at] + heading + "\n")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		all.WriteString(asList(string(b)))
	}
	all.WriteString("\n" + text[at:])
	if err := os.WriteFile(name, []byte(all.String()), 0o644); err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// asList makes a text an item of a list, unless it is a list already.
func asList(text string) string {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "- ") {
		text = "- " + strings.ReplaceAll(text, "\n", "\n  ")
		text = strings.ReplaceAll(text, "\n  \n", "\n\n")
	}
	return text + "\n"
}

// released returns an error if CHANGELOG.md does not have the version, or if there are unreleased
// changes.
func released(root, version string) error {
	b, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if !strings.Contains(string(b), "\n## "+strings.TrimPrefix(version, "v")+"\n") {
		return fmt.Errorf("CHANGELOG.md has no heading %s: go run ./release -changelog %s makes it",
			strings.TrimPrefix(version, "v"), version)
	}
	files, err := unreleased(root)
	if err == nil && len(files) > 0 {
		err = fmt.Errorf("changes such as %s are in no release: go run ./release -changelog moves "+
			"them into CHANGELOG.md", filepath.Base(files[0]))
	}
	return err
}

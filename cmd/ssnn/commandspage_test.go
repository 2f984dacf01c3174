package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"ssnn/internal/madepage"
)

// The page of commands is made of the program's help.
func TestCommandsPage(t *testing.T) {
	parser := newParser(new(commands), console{out: io.Discard, err: io.Discard}, func(int) {})
	var b strings.Builder
	fmt.Fprintf(&b, "# Commands\n\n"+
		"<!-- Made of the program's help: go test ./cmd/ssnn -run CommandsPage -update -->\n\n"+
		"%s\n\n%s\n\n`ssnn help COMMAND` and `ssnn COMMAND --help` print what this page says of a "+
		"command.\n\n| command | what it does |\n|---|---|\n",
		exitCodes, strings.ReplaceAll(forJSON, "--json", "`--json`"))
	leaves := parser.Model.Leaves(true)
	for _, leaf := range leaves {
		name := "ssnn " + strings.TrimPrefix(leaf.FullPath(), "ssnn ")
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", name, strings.ReplaceAll(name, " ", "-"),
			cell(leaf.Help))
	}
	for _, leaf := range leaves {
		writeCommand(&b, leaf)
	}
	madepage.Check(t, "../../docs/reference/commands.md", b.String())
}

func writeCommand(b *strings.Builder, leaf *kong.Node) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", leaf.FullPath(), cell(leaf.Help))
	if leaf.Detail != "" {
		fmt.Fprintf(b, "%s\n\n", leaf.Detail)
	}
	fmt.Fprintf(b, "```text\nssnn %s\n```\n\n| argument | meaning |\n|---|---|\n", leaf.Summary())
	for _, p := range leaf.Positional {
		fmt.Fprintf(b, "| `%s` | %s |\n", p.Summary(), cell(helpWithDefault(p)))
	}
	for _, flags := range leaf.AllFlags(true) {
		for _, f := range flags {
			if f.Name == "help" || f.Name == "version" {
				continue // of every command
			}
			name := "--" + f.Name
			if f.Short != 0 {
				name = "-" + string(f.Short) + ", " + name
			}
			if !f.IsBool() {
				name += "=" + f.FormatPlaceHolder()
			}
			fmt.Fprintf(b, "| `%s` | %s |\n", cell(name), cell(helpWithDefault(f.Value)))
		}
	}
}

// cell is text in a table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text) }

package manual

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Commands are the commands of a shell's script, each as its words without quotes: those in loops,
// in conditions and in $(...) too. A variable stands as "1" in them, as what it has is not known.
// What the shell does not understand is an error.
func Commands(code string) (all [][]string, err error) {
	file, err := syntax.NewParser().Parse(strings.NewReader(code), "")
	if err != nil {
		return nil, err
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			var words []string
			for _, w := range call.Args {
				words = append(words, plain(w.Parts))
			}
			all = append(all, words)
		}
		return true
	})
	return all, nil
}

// plain is a word without its quotes.
func plain(parts []syntax.WordPart) string {
	var s strings.Builder
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			s.WriteString(strings.ReplaceAll(part.Value, `\`, ""))
		case *syntax.SglQuoted:
			s.WriteString(part.Value)
		case *syntax.DblQuoted:
			s.WriteString(plain(part.Parts))
		default:
			s.WriteString("1")
		}
	}
	return s.String()
}

// launchers are programs that call another one, whose name and arguments follow their own. In a
// container that is /ssnn.
var launchers = map[string]bool{"exec": true, "nice": true, "time": true, "mpirun": true,
	"srun": true, "parallel": true}

// Arguments are those of each call of a program in a script: called by itself, by a launcher, in a
// container, in a quoted script, or, if it is a command of the project, by go run.
func Arguments(code, program string) (all [][]string, err error) {
	commands, err := Commands(code)
	if err != nil {
		return nil, err
	}
	for _, words := range commands {
		if words[0] == "parallel" { // ::: begins what is put in for {}
			words = words[:slices.Index(append(words, ":::"), ":::")]
		}
		for i, w := range words {
			if strings.HasPrefix(w, program+" ") {
				quoted, err := Arguments(w, program)
				if err != nil {
					return nil, err
				}
				all = append(all, quoted...)
			} else if path.Base(w) == program && (i == 0 || launchers[words[0]]) ||
				w == "/"+program || w == "./cmd/"+program && words[0] == "go" && words[1] == "run" {

				all = append(all, words[i+1:])
				break
			}
		}
	}
	return all, nil
}

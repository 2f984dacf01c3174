package manual

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Commands returns the commands of a shell script, each as its words without quotes, including the
// commands in loops, in conditions and in $(...). A variable is replaced by "1", because its value
// is not known. A syntax error of the shell is an error.
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

// plain returns a word without its quotes.
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

// launchers are programs that run another program, whose name and arguments follow their own. A
// container runs /ssnn.
var launchers = map[string]bool{"exec": true, "nice": true, "time": true, "mpirun": true,
	"srun": true, "parallel": true}

// Arguments returns the arguments of each call of a program in a script: calls by itself, by a
// launcher, in a container, in a quoted script, or, if it is a command of the project, by go run.
func Arguments(code, program string) (all [][]string, err error) {
	commands, err := Commands(code)
	if err != nil {
		return nil, err
	}
	for _, words := range commands {
		if words[0] == "parallel" { // the words after ::: are put in for {}
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

package plainjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrCut is the error of a last line without its end that is no JSON: the file was cut there, as
// where its writing or a copy of it was interrupted. The lines before it are whole.
var ErrCut = errors.New("the file is cut within this line")

// Line is a line of a file of JSON: its value or, where it holds none, why.
type Line[T any] struct {
	Value T
	Err   error // nil where Value was read; ErrCut of a cut last line
}

// Lines reads a file of one value a line. A damaged line is among them with its error, so that the
// line of index i is the file's line i+1.
func Lines[T any](text []byte) (all []Line[T]) {
	for line := range bytes.Lines(text) {
		var l Line[T]
		l.Err = Unmarshal(line, &l.Value)
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			l.Err = errors.New("an empty line, want JSON")
		case line[len(line)-1] != '\n' && !json.Valid(line):
			l.Err = ErrCut
		}
		all = append(all, l)
	}
	return all
}

// AtLine is an error of a line of a file, counted from 1, followed by what helps. Line 0 is the
// file as a whole.
func AtLine(path string, line int, err error, help string) error {
	if line == 0 {
		return fmt.Errorf("%s: %w; %s", path, err, help)
	}
	return fmt.Errorf("%s, line %d: %w; %s", path, line, err, help)
}

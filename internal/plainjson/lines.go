package plainjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrCut is the error of a last line that is not valid JSON and does not end in a newline: writing
// or copying the file was interrupted there. The lines before it are whole.
var ErrCut = errors.New("the file is cut within this line")

// Line is a line of a file of JSON lines: its value, or the error of reading it.
type Line[T any] struct {
	Value T
	Err   error // nil if Value was read; ErrCut for a cut last line
}

// Lines reads a file that holds one value a line. A damaged line is included with its error, so
// that the element of index i is the file's line i+1.
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

// AtLine returns the error of a line of a file, counted from 1, followed by help, which says what
// the user can do. Line 0 means the file as a whole.
func AtLine(path string, line int, err error, help string) error {
	if line == 0 {
		return fmt.Errorf("%s: %w; %s", path, err, help)
	}
	return fmt.Errorf("%s, line %d: %w; %s", path, line, err, help)
}

package events

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// header is the lines at the beginning of a file.
type header struct {
	lines  []string
	rest   source // begins after the lines
	offset int64  // of rest in the file
}

const (
	mostHeader = 16 << 20 // bytes of a header; jAER writes its preferences into it
	lookAhead  = 64       // bytes of the file that readLines has before it calls more
)

// readLines reads lines as long as more accepts them. It gives more the lines before and the file
// from the beginning of the next line on, at least lookAhead bytes unless the file ends.
func readLines(s source, format string, more func(lines []string, b []byte) bool) (header, error) {
	h := header{rest: s}
	ended := false
	var failed error // the error of reading the file, other than io.EOF
	for {
		b := h.rest.begin
		end := bytes.IndexByte(b, '\n')
		switch {
		case (len(b) >= lookAhead || ended) && !more(h.lines, b):
			return h, nil
		case end >= 0 && (len(b) >= lookAhead || ended):
			h.lines = append(h.lines, strings.TrimRight(string(b[:end]), "\r"))
			h.rest.begin = b[end+1:]
			h.offset += int64(end) + 1
		case failed != nil:
			return h, failed
		case ended:
			return h, &FormatError{format, h.offset, "the end of a line of the header",
				"the end of the file"}
		case h.offset+int64(len(b)) > mostHeader:
			return h, &FormatError{format, h.offset, "a header of at most 16 MiB", "more lines"}
		default:
			if len(b) == cap(b) {
				b = slices.Grow(b, bufferSize)
			}
			n, err := h.rest.r.Read(b[len(b):cap(b)])
			h.rest.begin = b[:len(b)+n]
			if ended = err != nil; ended && err != io.EOF {
				failed, h.rest.r = err, broken{err}
			}
		}
	}
}

// has says whether the header has a line "% key value".
func (h header) has(key string) bool { return h.value(key) != "" }

// value returns the value of the first line "% key value", or "".
func (h header) value(key string) string {
	for _, line := range h.lines {
		word, value, _ := strings.Cut(strings.TrimSpace(strings.TrimLeft(line, "%#")), " ")
		if strings.EqualFold(word, key) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// sizeOf reads a size like "1280x720", of at most 65536 pixels a side.
func sizeOf(text string) (Size, error) {
	var s Size
	if err := s.UnmarshalText([]byte(text)); err != nil || s.Width > 1<<16 || s.Height > 1<<16 {
		return Size{}, fmt.Errorf("%q", text)
	}
	return s, nil
}

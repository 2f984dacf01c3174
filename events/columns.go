package events

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// columns says which columns of a table are t, x, y and p, and what t is counted in.
type columns struct {
	at   [4]int // of t, x, y, p
	n    int    // columns of a line
	unit string // of t, one of units, or "" where nothing says it
}

// columnNames are names of columns, by what they are.
var columnNames = [4][]string{
	{"t", "ts", "time", "timestamp", "timestamps"},
	{"x", "xs", "col"},
	{"y", "ys", "row"},
	{"p", "ps", "pol", "polarity", "polarities", "on"},
}

// units are how a time's unit is written behind its name, as in t[us], t(us), t_us.
var units = []string{"s", "ms", "us", "ns"}

// parseColumns reads names of columns, in any order, others among them. It is an error unless t, x, y and p are there once each.
func parseColumns(fields []string) (columns, error) {
	c := columns{at: [4]int{-1, -1, -1, -1}, n: len(fields)}
	for i, field := range fields {
		name := strings.ToLower(strings.Trim(field, "\"' "))
		if at := strings.LastIndex(name, "events_"); at >= 0 { // as in EVIMO's events_t
			name = name[at+len("events_"):]
		}
		unit := ""
		for _, u := range units {
			for _, written := range []string{"[" + u + "]", "(" + u + ")", "_" + u} {
				if base, ok := strings.CutSuffix(name, written); ok {
					name, unit = strings.TrimSpace(base), u
				}
			}
		}
		for what, all := range columnNames {
			if !slices.Contains(all, name) {
				continue
			}
			if c.at[what] >= 0 {
				return c, fmt.Errorf("two columns of %s", columnNames[what][0])
			}
			c.at[what] = i
			if what == 0 {
				c.unit = unit
			}
		}
	}
	for what, at := range c.at {
		if at < 0 {
			return c, fmt.Errorf("no column of %s", columnNames[what][0])
		}
	}
	return c, nil
}

// columns reads Options.Columns.
func (o Options) columns() (columns, error) {
	if o.Columns == "" {
		return columns{at: [4]int{0, 1, 2, 3}, n: 4}, nil
	}
	c, err := parseColumns(strings.Fields(strings.ReplaceAll(o.Columns, ",", " ")))
	if err != nil {
		err = fmt.Errorf("columns %q: %w, want t, x, y and p, like \"t x y p\" or \"x y p t[ms]\"", o.Columns, err)
	}
	return c, err
}

// columnReader reads events whose t, x, y and p lie in arrays of their own.
type columnReader struct {
	numbers
	format  string
	next    func(what int) ([]byte, error)      // the next element of t, x, y or p
	turn    func(e Event) (Event, *FormatError) // moves events to where they belong; nil: they are there
	n, left int64
	err     error
}

func (d *columnReader) Format() string { return d.format }

func (d *columnReader) Sensor() Size { return Size{} }

func (d *columnReader) Read(buf []Event) (n int, err error) {
	for n < len(buf) && d.left > 0 && d.err == nil {
		buf[n], d.err = d.read()
		switch {
		case d.err == errSkipped:
			d.err = nil
		case d.err != nil:
			return readResult(n, buf, d.err)
		default:
			n++
		}
		d.n++
		d.left--
	}
	if d.left == 0 && d.err == nil {
		d.err = io.EOF
	}
	return readResult(n, buf, d.err)
}

func (d *columnReader) read() (e Event, err error) {
	var words [4][]byte
	for i := range words {
		if words[i], err = d.next(i); err != nil {
			return e, &FormatError{d.format, 0, fmt.Sprintf("element %d of %s", d.n, columnNames[i][0]), err.Error()}
		}
	}
	e, wrong := d.event(words[0], words[1], words[2], words[3])
	if wrong == nil && d.turn != nil {
		if e, wrong = d.turn(e); wrong != nil && d.skipped != nil {
			d.skipped.Add(1)
			wrong = errSkipped
		}
	}
	if wrong == errSkipped {
		return e, wrong
	}
	if wrong != nil {
		wrong.Format, wrong.Want = d.format, fmt.Sprintf("in element %d %s", d.n, wrong.Want)
		return e, wrong
	}
	return e, nil
}

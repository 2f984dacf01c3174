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

	assumed bool // nothing says which column is which
}

// hint is what an error adds that columns in another order may have caused.
func (c columns) hint() string {
	if !c.assumed {
		return ""
	}
	return ` (columns t, x, y, p are assumed; --columns "x y t p" says others)`
}

// columnNames are names of columns, by what they are.
var columnNames = [4][]string{
	{"t", "ts", "time", "timestamp", "timestamps"},
	{"x", "xs", "col"},
	{"y", "ys", "row"},
	{"p", "ps", "pol", "polarity", "polarities", "on"},
}

// units are those of times, by how they are written behind a column's name, as in t[us], t(us) or
// t_us, or stand in an attribute.
var units = map[string]string{
	"s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
	"ms": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
	"us": "us", "usec": "us", "µs": "us", "μs": "us", "microsecond": "us", "microseconds": "us",
	"ns": "ns", "nsec": "ns", "nanosecond": "ns", "nanoseconds": "ns",
}

// cutUnit takes a unit off the end of a name, "" where there is none.
func cutUnit(name string) (base, unit string) {
	for _, around := range []string{"[]", "()", "_"} {
		inside, ok := strings.CutSuffix(name, around[1:])
		at := strings.LastIndex(inside, around[:1])
		if ok && at > 0 && units[inside[at+1:]] != "" {
			return strings.TrimSpace(inside[:at]), units[inside[at+1:]]
		}
	}
	return name, ""
}

// parseColumns reads names of columns, in any order, others among them. It is an error unless t, x,
// y and p are there once each.
func parseColumns(fields []string) (columns, error) {
	c := columns{at: [4]int{-1, -1, -1, -1}, n: len(fields)}
	for i, field := range fields {
		name := strings.ToLower(strings.Trim(field, "\"' "))
		if at := strings.LastIndex(name, "events_"); at >= 0 { // as in EVIMO's events_t
			name = name[at+len("events_"):]
		}
		name, unit := cutUnit(name)
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
		return columns{at: [4]int{0, 1, 2, 3}, n: 4, assumed: true}, nil
	}
	c, err := parseColumns(strings.Fields(strings.ReplaceAll(o.Columns, ",", " ")))
	if err != nil {
		err = fmt.Errorf("columns %q: %w, want t, x, y and p, like \"t x y p\" or \"x y p t[ms]\"",
			o.Columns, err)
	}
	return c, err
}

// named are the columns that a file names. Options.Columns may say what names of other words mean,
// but must not contradict.
func (o Options) named(format string, names []string) (c columns, err error) {
	given, err := o.columns()
	if err != nil {
		return c, err
	}
	c, err = parseColumns(names)
	switch {
	case err != nil && o.Columns != "" && given.n == len(names):
		return given, nil
	case err != nil:
		return c, unknownNames(format, names)
	case o.Columns != "" && c.order() != given.order():
		return c, fmt.Errorf("columns %q, but the file names them %q", o.Columns,
			strings.Join(names, " "))
	}
	return c, nil
}

// unknownNames is the error for names of columns that are not t, x, y and p.
func unknownNames(format string, names []string) *FormatError {
	return &FormatError{format, 0, fmt.Sprintf("columns called t, x, y and p once each (--columns "+
		"\"x y t p\" says it of all %d in their order, _ of others)", len(names)),
		fmt.Sprintf("%.80q", strings.Join(names, " "))}
}

// columnReader reads events whose t, x, y and p lie in arrays of their own.
type columnReader struct {
	numbers
	format string
	next   func(what int) ([]byte, error) // the next element of t, x, y or p
	// moves events to where they belong; nil: they are there
	turn    func(e Event) (Event, *FormatError)
	n, left int64
	err     error
	hint    string // for errors that come of columns in another order
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
			return e, &FormatError{d.format, 0, fmt.Sprintf("element %d of %s", d.n,
				columnNames[i][0]), err.Error()}
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
		wrong.Got += d.hint
		return e, wrong
	}
	return e, nil
}

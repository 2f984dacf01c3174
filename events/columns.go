package events

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// columns says which columns of a table are t, x, y and p, and in which unit t counts.
type columns struct {
	at   [4]int // the columns of t, x, y and p, from 0 on
	n    int    // number of columns of a line
	unit string // the unit of t: "s", "ms", "us", "ns", or "" where nothing gives it

	assumed bool // neither the file nor an option names the columns
}

// hint is the end of an error that columns in another order may have caused.
func (c columns) hint() string {
	if !c.assumed {
		return ""
	}
	return ` (columns t, x, y, p are assumed; --columns "x y t p" says others)`
}

// columnNames are the names of columns of t, x, y and p, in lower case.
var columnNames = [4][]string{
	{"t", "ts", "time", "times", "timestamp", "timestamps"},
	{"x", "xs", "col", "column"},
	{"y", "ys", "row"},
	{"p", "ps", "pol", "pols", "polarity", "polarities", "on"},
}

// units are the units of times, by their spellings behind a column's name, as in t[us], t(us) or
// t_us, or in an attribute of an HDF5 dataset.
var units = map[string]string{
	"s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
	"ms": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
	"us": "us", "usec": "us", "µs": "us", "μs": "us", "microsecond": "us", "microseconds": "us",
	"ns": "ns", "nsec": "ns", "nanosecond": "ns", "nanoseconds": "ns",
}

// cutUnit splits a unit off the end of a name. The unit is "" where the name has none.
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

// cutNote cuts brackets off the end of a name of x, y or p, as in x[px] or polarity [0/1]. Nothing
// depends on the text in them.
func cutNote(name string) string {
	for _, around := range []string{"[]", "()"} {
		at := strings.Index(name, around[:1])
		if at > 0 && strings.HasSuffix(name, around[1:]) {
			return strings.TrimSpace(name[:at])
		}
	}
	return name
}

// parseColumns finds t, x, y and p among the names of columns, in any order and among others. It is
// an error unless each of the four is there exactly once.
func parseColumns(fields []string) (columns, error) {
	c := columns{at: [4]int{-1, -1, -1, -1}, n: len(fields)}
	for i, field := range fields {
		name := strings.ToLower(strings.Trim(field, "\"' "))
		for _, prefix := range []string{"events_", "event_"} { // as in EVIMO's events_t
			if at := strings.LastIndex(name, prefix); at >= 0 {
				name = name[at+len(prefix):]
			}
		}
		name, unit := cutUnit(name)
		for what, all := range columnNames {
			if what > 0 {
				name = cutNote(name)
			}
			if !slices.Contains(all, name) {
				continue
			}
			if c.at[what] >= 0 {
				return c, fmt.Errorf("%s has two columns", columnNames[what][0])
			}
			c.at[what] = i
			if what == 0 {
				c.unit = unit
			}
		}
	}
	for what, at := range c.at {
		if at < 0 {
			return c, fmt.Errorf("%s has no column", columnNames[what][0])
		}
	}
	return c, nil
}

// columns parses Options.Columns. Without the option, the columns are assumed to be t, x, y, p.
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

// named returns the columns of a file that names them. Options.Columns may give names that are not
// understood a meaning, but must not contradict names that are.
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

// columnReader reads events whose t, x, y and p lie in an array each.
type columnReader struct {
	numbers
	format string
	// next returns elements of t, x, y or p (0 to 3) from the n-th on: have of them, at least one,
	// whose beginnings are step bytes apart
	next func(what int) (words []byte, step, have int64, err error)
	// turn moves an event to its pixel under another orientation, or is nil
	turn    func(e Event) (Event, *FormatError)
	n, left int64 // events read, and events to come
	err     error
	hint    string // the end of errors that columns in another order may have caused
}

func (d *columnReader) Format() string { return d.format }

func (d *columnReader) Sensor() Size { return Size{} }

func (d *columnReader) Read(buf []Event) (n int, err error) {
	for n < len(buf) && d.left > 0 && d.err == nil {
		var k int
		k, d.err = d.some(buf[n:])
		n += k
	}
	if d.left == 0 && d.err == nil {
		d.err = io.EOF
	}
	return readResult(n, buf, d.err)
}

// some reads as many events as all four arrays have elements of at hand.
func (d *columnReader) some(buf []Event) (n int, err error) {
	var rows [4][]byte
	var step [4]int64
	most := min(int64(len(buf)), d.left)
	for i := range rows {
		var have int64
		if rows[i], step[i], have, err = d.next(i); err != nil {
			return 0, &FormatError{d.format, 0, fmt.Sprintf("element %d of %s", d.n,
				columnNames[i][0]), err.Error()}
		}
		most = min(most, have)
	}
	k, wrong := d.events(buf[:most], rows, step)
	if n = k; d.turn != nil {
		var off *FormatError
		if n, k, off = d.turned(buf[:k]); off != nil {
			wrong = off
		}
	}
	d.n += int64(k)
	d.left -= int64(k)
	if wrong == errSkipped {
		d.n++
		d.left--
		return n, nil
	}
	if wrong != nil {
		wrong.Format, wrong.Want = d.format, fmt.Sprintf("in element %d %s", d.n, wrong.Want)
		wrong.Got += d.hint
		return n, wrong
	}
	return n, nil
}

// turned moves the events of buf by turn, up to the first that turn refuses. It returns how many
// events remain and how many it has looked at. Where the options leave out refused events it looks
// at all of them.
func (d *columnReader) turned(buf []Event) (n, looked int, wrong *FormatError) {
	for i, e := range buf {
		e, wrong := d.turn(e)
		switch {
		case wrong == nil:
			buf[n] = e
			n++
		case d.skipped == nil:
			return n, i, wrong
		default:
			d.skipped.Add(1)
		}
	}
	return n, len(buf), nil
}

// elements reads an array of elements in blocks.
type elements struct {
	*bufio.Reader
	size        int64 // bytes of an element
	block       []byte
	first, have int64 // number of the block's first element, and how many it has
	err         error // returned behind the block
}

// from returns the n-th element and the have-1 elements after it in the same block. The element
// must lie in the block or be the first behind it; left counts the elements from the n-th to the
// last of the array.
func (e *elements) from(n, left int64) (words []byte, have int64, err error) {
	if n >= e.first+e.have {
		if e.err != nil {
			return nil, 0, e.err
		}
		e.block = slices.Grow(e.block[:0], int(min(left, 2*batch)*e.size))
		e.block = e.block[:min(left, 2*batch)*e.size]
		var read int
		read, e.err = io.ReadFull(e.Reader, e.block)
		if e.first, e.have = n, int64(read)/e.size; e.have == 0 {
			return nil, 0, e.err
		}
	}
	return e.block[(n-e.first)*e.size:], e.first + e.have - n, nil
}

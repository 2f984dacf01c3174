package events

import (
	"bufio"
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
	{"t", "ts", "time", "times", "timestamp", "timestamps"},
	{"x", "xs", "col", "column"},
	{"y", "ys", "row"},
	{"p", "ps", "pol", "pols", "polarity", "polarities", "on"},
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

// cutNote takes what stands in brackets off the end of a name, as in x[px] or polarity [0/1]. What
// it says of x, y or p changes nothing.
func cutNote(name string) string {
	for _, around := range []string{"[]", "()"} {
		at := strings.Index(name, around[:1])
		if at > 0 && strings.HasSuffix(name, around[1:]) {
			return strings.TrimSpace(name[:at])
		}
	}
	return name
}

// parseColumns reads names of columns, in any order, others among them. It is an error unless t, x,
// y and p are there once each.
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
	// next are elements of t, x, y or p from the n-th on, so many bytes apart and so many of them,
	// at least one
	next func(what int) (words []byte, step, have int64, err error)
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
		var k int
		k, d.err = d.some(buf[n:])
		n += k
	}
	if d.left == 0 && d.err == nil {
		d.err = io.EOF
	}
	return readResult(n, buf, d.err)
}

// some reads as many events as there are elements of.
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

// turned moves events to where they belong, and says how many are left of how many that it looked
// at: those before one that is wrong.
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

// elements reads elements of so many bytes a block at a time.
type elements struct {
	*bufio.Reader
	size        int64 // of an element
	block       []byte
	first, have int64 // elements of the block
	err         error // behind it
}

// from returns the n-th element, which is of the block or follows it, and those after it that are
// of the same block, of which there are left in all.
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

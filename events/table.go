package events

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Tables are text, a line an event, of four columns or more that commas, semicolons, tabs or spaces separate; lines that begin with # or % are
// comments. The first line may name the columns, as in "t,x,y,p"; if it is two numbers, as in the sets of the University of Zurich, they are the
// sensor's width and height. A time without a unit in its column's name is in us if it is an integer and in seconds if it has a decimal point.
// Polarities are 0 or -1, false, off, and 1, true, on. A last line without an end is taken for one that was cut.
const tableFormat = "table"

type table struct {
	columns columns
	last    Micros
	any     bool
	fields  [][]byte
}

// fieldsOf splits a line. Separators next to each other are one.
func fieldsOf(line []byte, fields [][]byte) [][]byte {
	from := -1
	for i, c := range line {
		if c == ',' || c == ';' || c == ' ' || c == '\t' || c == '\r' {
			if from >= 0 {
				fields = append(fields, line[from:i])
				from = -1
			}
		} else if from < 0 {
			from = i
		}
	}
	if from >= 0 {
		fields = append(fields, line[from:])
	}
	return fields
}

func isComment(line []byte) bool { return len(line) > 0 && (line[0] == '#' || line[0] == '%') }

// isTable says whether a file is text whose first line that is no comment names the columns or has four numbers; or two, and the next four.
func isTable(b []byte) bool {
	if !isText(b) {
		return false
	}
	for line := range bytes.Lines(b) {
		fields := fieldsOf(bytes.TrimSpace(line), nil)
		if isComment(line) || len(fields) == 0 {
			continue
		}
		if _, err := parseColumns(texts(fields)); err == nil {
			return true
		}
		for _, f := range fields {
			if _, err := strconv.ParseFloat(string(f), 64); err != nil {
				if _, err := parsePolarity(f); err != nil {
					return false
				}
			}
		}
		return len(fields) == 2 || len(fields) >= 4
	}
	return false
}

func texts(fields [][]byte) []string {
	var all []string
	for _, f := range fields {
		all = append(all, string(f))
	}
	return all
}

// openTable reads what comes before the first event.
func openTable(s source, o Options) (Reader, error) {
	c, err := o.columns()
	if err != nil {
		return nil, err
	}
	var sensor Size
	var offset int64
	for {
		end := bytes.IndexByte(s.begin, '\n')
		if end < 0 {
			break
		}
		fields := texts(fieldsOf(s.begin[:end], nil))
		if named, err := parseColumns(fields); err == nil {
			c = named
		} else if len(fields) == 2 && sensor == (Size{}) {
			if sensor, err = sizeOf(fields[0] + "x" + fields[1]); err != nil {
				return nil, &FormatError{tableFormat, offset, "a width and a height in pixels, or four columns", err.Error()}
			}
		} else if len(fields) > 0 && !isComment(s.begin) {
			break
		}
		s.begin = s.begin[end+1:]
		offset += int64(end) + 1
	}
	return newStream(s, offset, tableFormat, sensor, &table{columns: c}), nil
}

func (d *table) whole([]byte) string { return "the end of a line" }

// mostLine is the longest line.
const mostLine = 1 << 16

func (d *table) decode(b []byte, buf []Event) (used, n int, err error) {
	for n < len(buf) {
		end := bytes.IndexByte(b[used:], '\n')
		if end < 0 {
			if len(b)-used > mostLine {
				err = &FormatError{Offset: int64(used), Want: "a line of at most 64 KiB", Got: "a longer one"}
			}
			return used, n, err
		}
		line := b[used : used+end]
		d.fields = fieldsOf(line, d.fields[:0])
		if len(d.fields) > 0 && !isComment(line) {
			e, err := d.event()
			if err != nil {
				return used, n, &FormatError{Offset: int64(used), Want: fmt.Sprintf("%d columns with t, x, y and p", d.columns.n), Got: fmt.Sprintf("%.40q (%v)", line, err)}
			}
			if d.any && e.T < d.last {
				return used, n, runsBack(used, d.last, e.T)
			}
			d.last, d.any = e.T, true
			buf[n] = e
			n++
		}
		used += end + 1
	}
	return used, n, nil
}

func (d *table) seek(rest *io.SectionReader, from Micros) int64 {
	return bisectWords(rest, 1, from, func(b []byte) (at int, latest Micros, ok bool) {
		for at = bytes.IndexByte(b, '\n') + 1; at > 0; {
			end := bytes.IndexByte(b[at:], '\n')
			if end < 0 {
				break
			}
			line := b[at : at+end]
			if d.fields = fieldsOf(line, d.fields[:0]); len(d.fields) > 0 && !isComment(line) {
				e, err := d.event()
				return at, e.T, err == nil
			}
			at += end + 1
		}
		return 0, 0, false
	})
}

// event is that of the line's fields.
func (d *table) event() (e Event, err error) {
	if len(d.fields) < d.columns.n {
		return e, fmt.Errorf("%d columns", len(d.fields))
	}
	field := func(what int) []byte { return d.fields[d.columns.at[what]] }
	if e.T, err = parseTime(field(0), d.columns.unit); err != nil {
		return e, fmt.Errorf("t: %w", err)
	}
	for what, to := range []*uint16{1: &e.X, 2: &e.Y} {
		if to == nil {
			continue
		}
		v, err := strconv.ParseUint(strings.TrimSuffix(string(field(what)), ".0"), 10, 16)
		if err != nil {
			return e, fmt.Errorf("%s: want a pixel, 0 to 65535", columnNames[what][0])
		}
		*to = uint16(v)
	}
	if e.On, err = parsePolarity(field(3)); err != nil {
		return e, fmt.Errorf("p: %w", err)
	}
	return e, nil
}

func parsePolarity(b []byte) (on bool, err error) {
	switch strings.ToLower(string(b)) {
	case "1", "1.0", "+1", "true", "on":
		return true, nil
	case "0", "0.0", "-1", "-1.0", "false", "off":
		return false, nil
	}
	return false, fmt.Errorf("want 0, -1 or 1, true or false, on or off")
}

// parseTime reads a decimal number of the unit as us, rounded to the nearest, without the errors of floating point.
func parseTime(b []byte, unit string) (Micros, error) {
	shift := 0
	switch {
	case unit == "s" || unit == "" && bytes.IndexByte(b, '.') >= 0:
		shift = 6
	case unit == "ms":
		shift = 3
	}
	if bytes.ContainsAny(b, "eE") {
		return parseFloatTime(b, unit, shift)
	}
	digits := bytes.TrimPrefix(b, []byte("-"))
	var v Micros
	after, any := -1, false // digits after the point, or -1 before it
	up := false
	for _, c := range digits {
		switch {
		case c == '.' && after < 0:
			after = 0
			continue
		case c < '0' || c > '9' || v > 1<<62/10:
			return 0, errTime
		case after == shift:
			up = c >= '5'
		case after < shift:
			v = 10*v + Micros(c-'0')
		}
		any = true
		if after >= 0 {
			after++
		}
	}
	for after = max(after, 0); after < shift; after++ {
		if v > 1<<62/10 {
			return 0, errTime
		}
		v *= 10
	}
	switch {
	case !any:
		return 0, errTime
	case unit == "ns":
		v = (v + 500) / 1000
	case up:
		v++
	}
	if len(digits) < len(b) {
		v = -v
	}
	return v, nil
}

var errTime = errors.New("want a number, in us below 2^62")

// parseFloatTime reads what numpy.savetxt writes by default, 1.5e+06.
func parseFloatTime(b []byte, unit string, shift int) (Micros, error) {
	if unit == "" {
		return 0, errors.New("want a unit for a number with an exponent, as in the column's name: t[us], t[s]")
	}
	v, err := strconv.ParseFloat(string(b), 64)
	v *= math.Pow10(shift)
	if unit == "ns" {
		v /= 1000
	}
	if err != nil || !(math.Abs(v) < 1<<62) {
		return 0, errTime
	}
	return Micros(math.Round(v)), nil
}

// newTableWriter writes "t,x,y,p" and lines of integers, t in us.
func newTableWriter(w io.Writer, _ Size) (Writer, error) {
	b := bufio.NewWriterSize(w, bufferSize)
	_, err := b.WriteString("t,x,y,p\n")
	return &wordWriter{w: b, encode: func(b []byte, e Event) ([]byte, error) {
		b = strconv.AppendInt(b, int64(e.T), 10)
		b = strconv.AppendUint(append(b, ','), uint64(e.X), 10)
		b = strconv.AppendUint(append(b, ','), uint64(e.Y), 10)
		return append(b, ',', '0'+byte(bit(e.On)), '\n'), nil
	}}, err
}

package events

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"
)

// A table is text with a line for each event. Commas, semicolons, bars, tabs or spaces separate its
// columns. Lines that begin with # or % are comments. The meaning of the columns, and the unit of
// t, come from
//
//   - Options.Columns;
//   - a line of names before the events, as "t,x,y,p" or "t (ms), x, y, p", which may stand in a
//     comment; one column more than names is an index before them, as pandas and R write it. A
//     comment that has the names among other words must not contradict the other sources;
//   - "%geometry:1280,720", as Metavision's decoders write it above columns x, y, p and t;
//   - else the order t, x, y and p of four columns.
//
// A first line of two numbers, as in the sets of the University of Zurich, is the sensor's width
// and height. Polarities are 0 or -1, false, off, and 1, true, on. A comma inside of a number is a
// decimal point where semicolons, tabs or spaces separate the columns. Any field may be quoted.
const tableFormat = "table"

// byteOrderMark begins the UTF-8 files of some editors and spreadsheets.
const byteOrderMark = "\ufeff"

type table struct {
	columns columns
	timing  timing
	last    Micros
	any     bool
	fields  [][]byte
	quick   quickTable
	hint    string // the end of errors that columns in another order may have caused

	decimalComma bool   // numbers have decimal commas: the event "0,5;1;2;1" is at 0.5
	line         []byte // the line with decimal points

	anyOrder bool
	skipped  *atomic.Int64 // counts events whose x or y no Event can hold; nil: they are an error
}

// fieldsOf splits a line into fields and appends them to fields. Separators next to each other
// count as one, and separators in quotes as none.
func fieldsOf(line []byte, fields [][]byte) [][]byte {
	from, quoted := -1, false
	for i, c := range line {
		switch {
		case quoted:
			quoted = c != '"'
		case isSeparator[c]:
			if from >= 0 {
				fields = append(fields, line[from:i])
				from = -1
			}
		case from < 0:
			from, quoted = i, c == '"'
		}
	}
	if from >= 0 {
		fields = append(fields, line[from:])
	}
	return fields
}

// hasDecimalComma says whether a comma stands inside of a number, and other separators between
// numbers.
func hasDecimalComma(line []byte) bool {
	comma, other, quoted := false, false, false
	line = bytes.Trim(line, "; \t\r\n")
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',':
			comma = comma || i > 0 && i+1 < len(line) && isDigit(line[i-1]) && isDigit(line[i+1])
		case !quoted && bytes.IndexByte([]byte("; \t"), c) >= 0:
			before, after := bytes.TrimRight(line[:i], " \t"), bytes.TrimLeft(line[i+1:], " \t")
			other = other || !bytes.HasSuffix(before, []byte(",")) &&
				!bytes.HasPrefix(after, []byte(","))
		}
	}
	return comma && other
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// unquoted returns a field without the quotes around it.
func unquoted(field []byte) []byte {
	if n := len(field); n > 1 && field[0] == '"' && field[n-1] == '"' {
		return field[1 : n-1]
	}
	return field
}

func isComment(line []byte) bool { return len(line) > 0 && (line[0] == '#' || line[0] == '%') }

// isTable says whether a file is a table: text whose first line that is no comment names the
// columns, or has four numbers or more, or has the two numbers of a size.
func isTable(b []byte) bool {
	is, ended := looksLikeTable(b)
	return is || !ended && len(b) == opening && isText(b) // the comments go on behind b
}

// looksLikeTable says whether b is the beginning of a table. ended is false where b ends before the
// first line that would show it.
func looksLikeTable(b []byte) (is, ended bool) {
	if !isText(b) {
		return false, false
	}
	named := false
	for line := range bytes.Lines(bytes.TrimPrefix(b, []byte(byteOrderMark))) {
		line = bytes.TrimSpace(line)
		fields := fieldsOf(line, nil)
		if isComment(line) || len(fields) == 0 {
			continue
		}
		names := namesOf(line)
		if _, err := parseColumns(names); err == nil {
			return true, true
		}
		if isNumbers(fields) {
			return len(fields) >= 4 || len(fields) == 2 && !named, true
		}
		if named || !isNames(names) { // others than t, x, y and p, if numbers follow
			return false, true
		}
		named = true
	}
	return false, named
}

// isNumbers says whether all fields may be fields of an event: numbers or polarities.
func isNumbers(fields [][]byte) bool {
	return !slices.ContainsFunc(fields, func(f []byte) bool {
		f = unquoted(f)
		if _, err := strconv.ParseFloat(string(f), 64); err == nil {
			return false
		}
		_, err := parsePolarity(f)
		return err != nil
	})
}

// isNames says whether fields may be names of columns: four or more that all begin with a letter.
func isNames(fields []string) bool {
	return len(fields) >= 4 && !slices.ContainsFunc(fields, func(f string) bool {
		return f != "" && !unicode.IsLetter(rune(f[0])) && f[0] < 0x80
	})
}

// namesOf splits a line of names. Names that commas, semicolons, tabs or bars separate may have
// spaces in them: "Unnamed: 0,t [us],x [px],y [px],p". But the line is split at spaces too if t, x,
// y and p are only then among the names: "Format: t, x, y, p".
func namesOf(line []byte) []string {
	words := texts(fieldsOf(line, nil))
	all := string(line)
	if _, err := parseColumns(words); err == nil && len(strings.Fields(all)) == 1 ||
		!strings.ContainsAny(all, ",;\t|") {

		return words
	}
	var names []string
	for _, name := range strings.FieldsFunc(all, func(c rune) bool {
		return strings.ContainsRune(",;\t|", c)
	}) {
		if name = strings.Trim(strings.TrimSpace(name), `"`); name != "" {
			names = append(names, name)
		}
	}
	if _, err := parseColumns(names); err != nil {
		if _, err := parseColumns(words); err == nil {
			return words
		}
	}
	return names
}

// texts returns the fields of a line of names as texts. A unit that a space separates from a name
// is joined to the name.
func texts(fields [][]byte) []string {
	var all []string
	for _, f := range fields {
		text := strings.Trim(string(f), `"`)
		if n := len(all) - 1; n >= 0 && text != "" && (text[0] == '[' || text[0] == '(') {
			if _, unit := cutUnit(all[n] + strings.ToLower(text)); unit != "" {
				all[n] += text
				continue
			}
		}
		all = append(all, text)
	}
	return all
}

// openTable opens a table and reads the lines before its first event.
func openTable(s source, o Options) (Reader, error) {
	whole := len(s.begin) < opening // s.begin is the whole file
	mark := len(s.begin)
	s.begin = bytes.TrimPrefix(s.begin, []byte(byteOrderMark))
	mark -= len(s.begin)
	looked, isFirst := 0, true // lines looked at, and whether all of them are comments or empty
	h, err := readLines(s, tableFormat, func(lines []string, b []byte) bool {
		line, _, _ := bytes.Cut(b, []byte("\n"))
		fields := fieldsOf(line, nil)
		columns := namesOf(line)
		_, err := parseColumns(columns)
		for ; looked < len(lines); looked++ {
			l := lines[looked]
			isFirst = isFirst && (len(l) == 0 || isComment([]byte(l)))
		}
		size := len(fields) == 2 && isFirst
		names := err == nil || isFirst && isNames(columns) && !isNumbers(fields)
		return len(b) > 0 && (len(fields) == 0 || isComment(line) || size || names)
	})
	if err != nil {
		return nil, err
	}
	h.offset += int64(mark)
	head, err := readTableHead(h.lines)
	if err != nil {
		return nil, err
	}
	// The first lines of events show decimal commas, the number of columns and fractions of t.
	d := &table{}
	for line := range bytes.Lines(h.rest.begin) {
		d.decimalComma = d.decimalComma || !isComment(line) && hasDecimalComma(line)
	}
	var first [][][]byte
	for line := range bytes.Lines(h.rest.begin) {
		fields := fieldsOf(bytes.TrimSpace(bytes.Clone(d.decimals(line))), nil)
		cut := !whole && !bytes.HasSuffix(line, []byte("\n"))
		if len(fields) > 0 && !isComment(line) && !cut {
			first = append(first, fields)
		}
	}
	c, err := head.columns(o, first)
	if err != nil {
		if wrong, ok := err.(*FormatError); ok {
			wrong.Offset = h.offset
		}
		return nil, err
	}
	floats := false
	for _, fields := range first {
		floats = floats || len(fields) == c.n && bytes.ContainsAny(fields[c.at[0]], ".eE")
	}
	k, err := c.timing(o, floats)
	if err != nil {
		return nil, err
	}
	if k.guessed && head.unit != "" && head.unit != k.unit {
		return nil, &FormatError{tableFormat, 0, "the unit of t, " + k.option(),
			fmt.Sprintf("a comment with the word for %s, and numbers as of %s", head.unit, k.unit)}
	}
	if o.Format != CSV && o.Columns == "" && !CSV.named(s.name) && head.names == nil &&
		!head.metavision {

		return nil, &ForeignError{"text of numbers without the names of its columns", CSV}
	}
	d.columns, d.timing, d.hint = c, k, c.hint()
	d.anyOrder, d.skipped = o.anyOrder(), o.skips()
	d.quick = d.quickly()
	return k.watch(newStream(h.rest, h.offset, tableFormat, head.sensor, d)), nil
}

// tableHead is the content of the lines before the first event.
type tableHead struct {
	sensor     Size
	names      []string   // the names of a line that is no comment
	index      bool       // the first of these names is empty
	unknown    bool       // t, x, y and p are not among these names
	commented  [][]string // the words of each comment that has t, x, y and p among them
	unit       string     // the first unit among the words of such comments
	metavision bool       // the line "%geometry:" is there
}

func readTableHead(lines []string) (head tableHead, err error) {
	for _, line := range lines {
		fields := namesOf([]byte(line))
		if isComment([]byte(line)) {
			text := strings.TrimLeft(line, "#% ")
			if size, ok := strings.CutPrefix(text, "geometry:"); ok {
				head.metavision = true
				fields = texts(fieldsOf([]byte(size), nil))
			} else {
				fields = namesOf([]byte(text))
				if len(fields) > 4 && strings.HasSuffix(fields[0], ":") { // "Format: t x y p"
					fields = fields[1:]
				}
				if _, err := parseColumns(fields); err == nil {
					head.commented = append(head.commented, fields)
				}
				continue
			}
		} else if _, err := parseColumns(fields); err == nil ||
			isNames(fields) {

			head.unknown = err != nil
			head.names, head.index = fields, strings.IndexAny(line, ",;\t|") == 0
			continue
		}
		if len(fields) == 0 {
			continue
		}
		if head.sensor, err = sizeOf(strings.Join(fields, "x")); err != nil {
			return head, &FormatError{tableFormat, 0,
				"a width and a height in pixels, or four columns", err.Error()}
		}
	}
	return head, nil
}

// columns finds out the columns, by the lines before the events and the fields of the first events.
func (h *tableHead) columns(o Options, first [][][]byte) (c columns, err error) {
	given, err := o.columns()
	if err != nil {
		return c, err
	}
	n := 4
	if len(first) > 0 {
		n = len(first[0])
	}
	for _, names := range h.commented {
		if h.names == nil && len(names) == n {
			h.names = names
		}
	}
	if h.names != nil {
		if !h.unknown && n == len(h.names)+1 && (h.index || isIndex(first)) {
			h.names = append([]string{""}, h.names...)
		}
		if c, err = o.named(tableFormat, h.names); err != nil {
			return c, err
		}
	} else {
		c = given
		if o.Columns == "" && h.metavision {
			c = columns{at: [4]int{3, 0, 1, 2}, n: 4}
		}
		if err := h.sentences(&c); err != nil && o.Columns == "" {
			return c, err
		}
	}
	if len(first) > 0 && n != c.n {
		return c, wrongColumns(c, first[0])
	}
	return c, nil
}

// sentences reads comments that name the columns among other words. It takes the unit of t from
// them, and returns an error where their order of the columns is not that of c.
func (h *tableHead) sentences(c *columns) error {
	for _, names := range h.commented {
		said, err := parseColumns(names)
		if err != nil {
			return err
		}
		if said.order() != c.order() {
			return &FormatError{tableFormat, 0,
				`the order of the columns, as in --columns "x y t p"`,
				fmt.Sprintf("a comment that may name them, %.60q", strings.Join(names, " "))}
		}
		c.unit = cmp.Or(c.unit, said.unit)
		for _, word := range names {
			h.unit = cmp.Or(h.unit, units[strings.ToLower(strings.Trim(word, "()[].,:"))])
		}
	}
	return nil
}

// order returns the ranks of the columns of t, x, y and p among these four, from the left.
func (c columns) order() (order [4]int) {
	for what, at := range c.at {
		for _, other := range c.at {
			if other < at {
				order[what]++
			}
		}
	}
	return order
}

// isIndex says whether the first column numbers the lines from 0 or 1, or is quoted.
func isIndex(first [][][]byte) bool {
	for i, fields := range first {
		v, err := strconv.Atoi(strings.Trim(string(fields[0]), `"`))
		begin, _ := strconv.Atoi(strings.Trim(string(first[0][0]), `"`))
		if err != nil || v != begin+i || begin > 1 || begin < 0 {
			return fields[0][0] == '"'
		}
	}
	return true
}

func wrongColumns(c columns, fields [][]byte) *FormatError {
	want := fmt.Sprintf("%d columns with t, x, y and p (--columns \"t x y p\" names those of "+
		"others)", c.n)
	return &FormatError{tableFormat, 0, want, fmt.Sprintf("%d, as in %.40q", len(fields),
		bytes.Join(fields, []byte(" ")))}
}

func (d *table) whole([]byte) string { return "the end of a line" }

// ending returns the end of a line, which the last line may lack.
func (d *table) ending() string { return "\n" }

// mostLine is the longest line that is read, in bytes.
const mostLine = 1 << 16

func (d *table) decode(b []byte, buf []Event) (used, n int, err error) {
	for n < len(buf) {
		e, length := d.quick.line(b[used:])
		if length > 0 && (e.T >= d.last || !d.any || d.anyOrder) {
			d.last, d.any = e.T, true
			buf[n] = e
			n++
			used += length
			continue
		}
		end := bytes.IndexByte(b[used:], '\n')
		if end < 0 {
			if len(b)-used > mostLine {
				err = &FormatError{Offset: int64(used), Want: "a line of at most 64 KiB",
					Got: "a longer one"}
			}
			return used, n, err
		}
		line := b[used : used+end]
		d.fields = fieldsOf(d.decimals(line), d.fields[:0])
		if len(d.fields) > 0 && !isComment(line) {
			e, err := d.event()
			if err == errSkipped {
				used += end + 1
				continue
			}
			if err != nil {
				wrong := &FormatError{Offset: int64(used),
					Want: fmt.Sprintf("%d columns with t, x, y and p", d.columns.n),
					Got:  fmt.Sprintf("%.40q (%v)", line, err)}
				if len(d.fields) == d.columns.n {
					wrong.Got += d.hint
				}
				return used, n, wrong
			}
			if d.any && e.T < d.last && !d.anyOrder {
				wrong := runsBack(used, d.last, e.T)
				wrong.Got += d.hint
				return used, n, wrong
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
			if d.fields = fieldsOf(d.decimals(line), d.fields[:0]); len(d.fields) > 0 &&
				!isComment(line) {

				e, err := d.event()
				return at, e.T, err == nil
			}
			at += end + 1
		}
		return 0, 0, false
	})
}

// decimals returns a line with decimal points in place of decimal commas.
func (d *table) decimals(line []byte) []byte {
	if !d.decimalComma {
		return line
	}
	d.line = append(d.line[:0], line...)
	for i, c := range d.line {
		if c == ',' {
			d.line[i] = '.'
		}
	}
	return d.line
}

// event returns the event of d.fields.
func (d *table) event() (e Event, err error) {
	if len(d.fields) != d.columns.n {
		return e, fmt.Errorf("%d columns", len(d.fields))
	}
	field := func(what int) []byte { return unquoted(d.fields[d.columns.at[what]]) }
	beyond := false
	if e.T, err = parseTime(field(0), d.timing); err != nil {
		return e, fmt.Errorf("t: %w", err)
	}
	for what, to := range []*uint16{1: &e.X, 2: &e.Y} {
		if to == nil {
			continue
		}
		v, ok := parsePixel(field(what))
		if !ok && d.skipped != nil && isWhole(field(what)) {
			beyond = true
			continue
		}
		if !ok {
			return e, fmt.Errorf("%s: want a whole number of pixels, 0 to 65535",
				columnNames[what][0])
		}
		*to = v
	}
	if e.On, err = parsePolarity(field(3)); err != nil {
		return e, fmt.Errorf("p: %w", err)
	}
	if beyond {
		d.skipped.Add(1)
		return e, errSkipped
	}
	return e, nil
}

// isWhole says whether a text is a whole number.
func isWhole(b []byte) bool {
	f, err := strconv.ParseFloat(string(b), 64)
	return err == nil && f == math.Trunc(f) && !math.IsInf(f, 0)
}

// parsePixel reads a whole number, which may be written as a float.
func parsePixel(b []byte) (uint16, bool) {
	v := 0
	for i, c := range b {
		if c < '0' || c > '9' || i == 6 {
			f, err := strconv.ParseFloat(string(b), 64)
			return uint16(f), err == nil && f == math.Trunc(f) && f >= 0 && f <= math.MaxUint16
		}
		v = 10*v + int(c-'0')
	}
	return uint16(v), len(b) > 0 && v <= math.MaxUint16
}

func parsePolarity(b []byte) (on bool, err error) {
	switch strings.ToLower(string(b)) {
	case "1", "true", "on":
		return true, nil
	case "0", "-1", "false", "off":
		return false, nil
	}
	if f, err := strconv.ParseFloat(string(b), 64); err == nil && (f == 1 || f == 0 || f == -1) {
		return f == 1, nil
	}
	return false, fmt.Errorf("want 0, -1 or 1, true or false, on or off")
}

// parseTime reads a decimal number as us, rounded to the nearest, without the errors of floating
// point where it has no exponent.
func parseTime(b []byte, k timing) (Micros, error) {
	if k.guessed && k.unit == "us" && bytes.ContainsAny(b, ".eE") {
		return 0, fmt.Errorf("want a whole number, as the first ones are, or the unit of t, %s",
			k.option())
	}
	shift := 0
	switch k.unit {
	case "s":
		shift = 6
	case "ms":
		shift = 3
	}
	if bytes.ContainsAny(b, "eE") {
		v, err := strconv.ParseFloat(string(b), 64)
		if v = math.Round(v * k.scale()); err != nil || !(math.Abs(v) < 1<<62) {
			return 0, errTime
		}
		return Micros(v), nil
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
	case k.unit == "ns":
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

// newTableWriter returns a writer of the line "t,x,y,p" and lines of integers, with t in us.
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

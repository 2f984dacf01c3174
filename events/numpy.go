package events

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// A NumPy array (numpy.org, "numpy.lib.format") is six bytes of magic, a version, the size of the
// header, the header, which is a Python dictionary of the type of elements, the order and the
// shape, and the elements. Recordings are arrays of structures with fields for t, x, y and p, or
// numbers of shape (N, 4) or (4, N), in C or Fortran order. Options.Columns names the columns of
// arrays that have more than four.
const npyFormat = ".npy"

// field describes a number in an element.
type field struct {
	offset, size int  // bytes from the element's beginning, and bytes of the number
	kind         byte // 'i', 'u', 'f' or 'b' (bool), as NumPy writes it
	big          bool // big-endian
}

// npyArray is the header of an array.
type npyArray struct {
	names   []string // names of the fields of structures; nil for plain numbers
	fields  []field
	size    int // bytes of an element
	shape   []int64
	fortran bool
	units   []string // for each field the unit of a time type, or ""
}

// elements is how many elements an array has, and 0 where the number is beyond 2^62.
func (a npyArray) elements() int64 {
	n := int64(1)
	for _, side := range a.shape {
		if side > 0 && n > 1<<62/side {
			return 0
		}
		n *= side
	}
	return n
}

var (
	npyDescr  = regexp.MustCompile(`'descr':\s*('([^']*)'|\[(.*)\])\s*,\s*'fortran_order'`)
	npyOrder  = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	npyShape  = regexp.MustCompile(`'shape':\s*\(([0-9, ]*)\)`)
	npyField  = regexp.MustCompile(`\(\s*'([^']*)'\s*,\s*'([^']*)'\s*\)`)
	npyNumber = regexp.MustCompile(`^([<>|=])([iufb])([1248])$`)
	npyTime   = regexp.MustCompile(`^([<>])[mM]8\[(s|ms|us|ns)\]$`) // datetime64, timedelta64
)

// readNPYHeader reads an array up to its elements and returns the number of bytes read.
func readNPYHeader(r io.Reader) (a npyArray, length int64, err error) {
	refuse := func(want, got string) (npyArray, int64, error) {
		return a, 0, &FormatError{npyFormat, 0, want, got}
	}
	begin := make([]byte, 12)
	if _, err := io.ReadFull(r, begin[:10]); err != nil {
		return refuse("10 bytes of a header", "the end of the file")
	}
	size := int64(binary.LittleEndian.Uint16(begin[8:]))
	length = 10
	switch {
	case string(begin[:6]) != "\x93NUMPY" || begin[6] < 1 || begin[6] > 3:
		return refuse("a NumPy array, version 1 to 3", fmt.Sprintf("%q", begin[:8]))
	case begin[6] > 1:
		if _, err := io.ReadFull(r, begin[10:]); err != nil {
			return refuse("12 bytes of a header", "the end of the file")
		}
		size = int64(binary.LittleEndian.Uint32(begin[8:]))
		length = 12
	}
	if size > 1<<20 {
		return refuse("a header of at most 1 MiB", fmt.Sprintf("%d bytes", size))
	}
	text := make([]byte, size)
	if n, err := io.ReadFull(r, text); err != nil {
		return refuse(fmt.Sprintf("%d bytes of a header", size),
			fmt.Sprintf("%d at the end of the file", n))
	}
	length += size
	descr, order, shape := npyDescr.FindSubmatch(text), npyOrder.FindSubmatch(text),
		npyShape.FindSubmatch(text)
	if descr == nil || order == nil || shape == nil {
		return refuse("a header with descr, fortran_order and shape", fmt.Sprintf("%.60q", text))
	}
	a.fortran = string(order[1]) == "True"
	for _, n := range strings.Split(string(shape[1]), ",") {
		if n = strings.TrimSpace(n); n != "" {
			v, err := strconv.ParseInt(n, 10, 64)
			if err != nil || v > 1<<48 {
				return refuse("a shape of numbers below 2^48", n)
			}
			a.shape = append(a.shape, v)
		}
	}
	types := [][2]string{{"", string(descr[2])}}
	if descr[3] != nil {
		types = nil
		for _, m := range npyField.FindAllSubmatch(descr[3], -1) {
			types = append(types, [2]string{string(m[1]), string(m[2])})
		}
		if len(types) == 0 || strings.Count(string(descr[3]), "(") != len(types) {
			return refuse("fields that are numbers", fmt.Sprintf("%.60q", descr[3]))
		}
	}
	for _, t := range types {
		if size, isPadding := strings.CutPrefix(t[1], "|V"); isPadding && t[0] == "" &&
			descr[3] != nil {

			n, err := strconv.Atoi(size)
			if err != nil || n > 1<<10 {
				return refuse("padding of at most 1 KiB", t[1])
			}
			a.names, a.fields = append(a.names, ""), append(a.fields,
				field{offset: a.size, size: n})
			a.units = append(a.units, "")
			a.size += n
			continue
		}
		m, unit := npyNumber.FindStringSubmatch(t[1]), ""
		if time := npyTime.FindStringSubmatch(t[1]); time != nil {
			m, unit = []string{"", time[1], "i", "8"}, time[2]
		}
		if m == nil {
			return refuse("numbers, like <i8", fmt.Sprintf("%q", t[1]))
		}
		f := field{a.size, int(m[3][0] - '0'), m[2][0], m[1] == ">"}
		if f.kind == 'f' && f.size < 4 {
			return refuse("floats of 4 or 8 bytes", t[1])
		}
		a.names, a.fields = append(a.names, t[0]), append(a.fields, f)
		a.units = append(a.units, unit)
		a.size += f.size
	}
	if descr[3] == nil {
		a.names = nil
	}
	return a, length, nil
}

// bits returns the bytes of the field as an unsigned integer.
func (f field) bits(b []byte) (v uint64) {
	for i := range f.size {
		at := i
		if !f.big {
			at = f.size - 1 - i
		}
		v = v<<8 | uint64(b[f.offset+at])
	}
	return v
}

// number returns the field times scale, rounded to an integer. It is false where the product is no
// number or beyond 2^62.
func (f field) number(b []byte, scale float64) (int64, bool) {
	bits := f.bits(b)
	var v float64
	switch {
	case f.kind == 'f' && f.size == 4:
		v = float64(math.Float32frombits(uint32(bits))) * scale
	case f.kind == 'f':
		v = math.Float64frombits(bits) * scale
	default:
		n := int64(bits)
		if f.kind == 'i' {
			n = n << (64 - 8*f.size) >> (64 - 8*f.size)
		} else if n < 0 {
			return 0, false
		}
		if scale == 1 {
			return n, true
		}
		if scale == 1e-3 { // a float64 would not hold ns since 1970 exactly
			us := n / 1000
			return us + (n-1000*us)/500, true
		}
		v = float64(n) * scale
	}
	v = math.Round(v)
	return int64(v), math.Abs(v) < 1<<62
}

// whole returns the field as an integer. It is false where the field is a fraction or no number.
func (f field) whole(b []byte) (int64, bool) {
	if f.kind == 'f' {
		if v := f.float(b); v != math.Trunc(v) {
			return 0, false
		}
	}
	return f.number(b, 1)
}

// value writes the field for an error.
func (f field) value(b []byte) string {
	switch bits := f.bits(b); f.kind {
	case 'f':
		return fmt.Sprint(f.float(b))
	case 'i':
		return fmt.Sprint(int64(bits) << (64 - 8*f.size) >> (64 - 8*f.size))
	default:
		return fmt.Sprint(bits)
	}
}

// numbers turns fields into events.
type numbers struct {
	fields [4]field // t, x, y, p
	scale  float64  // us in a unit of t
	first  [4]int64 // the number from which t, x, y and p count: 0, or 1 in MATLAB
	last   Micros
	any    bool

	anyOrder bool
	skipped  *atomic.Int64 // counts events whose x or y no Event can hold; nil: they are an error
}

// errSkipped stands for an event that was skipped and counted.
var errSkipped = &FormatError{Want: "an event that can be", Got: "another"}

// newNumbers returns numbers of these fields. It reads a polarity of several bytes as signed, as
// some programs, like v2e, write -1 as unsigned. A polarity of one byte may be the 255 of a
// picture, which stays an error.
func newNumbers(fields [4]field, c timing, o Options) numbers {
	if p := &fields[3]; p.kind == 'u' && p.size > 1 {
		p.kind = 'i'
	}
	return numbers{fields: fields, scale: c.scale(), anyOrder: o.anyOrder(), skipped: o.skips()}
}

// time returns the time of an element. It is false where the field is no number.
func (d *numbers) time(b []byte) (Micros, bool) {
	t, ok := d.fields[0].number(b, d.scale)
	return Micros(t), ok
}

// event returns the event whose fields lie in the elements t, x, y and p, which may be the same.
func (d *numbers) event(t, x, y, p []byte) (e Event, err *FormatError) {
	v := [4]int64{}
	for i, b := range [4][]byte{t, x, y, p} {
		var ok bool
		if i == 0 {
			v[i], ok = d.fields[i].number(b, d.scale)
		} else {
			v[i], ok = d.fields[i].whole(b)
		}
		if !ok {
			want := "t below 2^62 us"
			if i > 0 {
				want = columnNames[i][0] + " as a whole number"
			}
			return e, &FormatError{Want: want, Got: d.fields[i].value(b)}
		}
		v[i] -= d.first[i]
	}
	switch {
	case d.skipped != nil && uint64(v[1]|v[2]) > math.MaxUint16:
		d.skipped.Add(1)
		return e, errSkipped
	case v[1] < 0 || v[1] > math.MaxUint16 || v[2] < 0 || v[2] > math.MaxUint16:
		return e, &FormatError{Want: "x and y of 0 to 65535",
			Got: fmt.Sprintf("x %d, y %d", v[1], v[2]) + skipHint}
	case v[3] < -1 || v[3] > 1:
		return e, &FormatError{Want: "a polarity of -1, 0 or 1", Got: fmt.Sprint(v[3])}
	case d.any && Micros(v[0]) < d.last && !d.anyOrder:
		return e, runsBack(0, d.last, Micros(v[0]))
	}
	d.last, d.any = Micros(v[0]), true
	return Event{T: d.last, X: uint16(v[1]), Y: uint16(v[2]), On: v[3] > 0}, nil
}

// npy decodes the elements of an array whose events have their numbers together.
type npy struct {
	numbers
	size int    // bytes of an event
	left int64  // events to come
	hint string // the end of errors that columns in another order may have caused
}

func (d *npy) whole([]byte) string { return "" }

func (d *npy) missing() string {
	if d.left == 0 {
		return ""
	}
	return fmt.Sprintf("%d more elements", d.left)
}

func (d *npy) decode(b []byte, buf []Event) (used, n int, err error) {
	size := int64(d.size)
	for {
		k := min(int64(len(b)-used)/size, int64(len(buf)-n), d.left)
		if k == 0 {
			break
		}
		w := b[used:]
		made, wrong := d.events(buf[n:n+int(k)], [4][]byte{w, w, w, w},
			[4]int64{size, size, size, size})
		n += made
		if wrong == errSkipped {
			made++
		}
		used += made * d.size
		d.left -= int64(made)
		if wrong != nil && wrong != errSkipped {
			wrong.Offset = int64(used)
			wrong.Got += d.hint
			return used, n, wrong
		}
	}
	if d.left == 0 && used < len(b) {
		err = &FormatError{Offset: int64(used), Want: "the end of the file after the last element",
			Got: "more"}
	}
	return used, n, err
}

func (d *npy) seek(rest *io.SectionReader, from Micros) int64 {
	size := int64(d.size)
	skip := bisectWords(rest, size, from, eachWord(size, d.time))
	if skip/size > d.left {
		return 0
	}
	d.left -= skip / size
	return skip
}

// openNPY opens a recording that is one array.
func openNPY(s source, o Options) (Reader, error) {
	r := bufio.NewReaderSize(s.reader(), bufferSize)
	a, length, err := readNPYHeader(r)
	if err != nil {
		return nil, err
	}
	c, err := o.columns()
	if err != nil {
		return nil, err
	}
	if a.names != nil {
		if c, err = o.named(npyFormat, a.names); err != nil {
			return nil, err
		}
		if len(a.shape) != 1 && len(a.shape) != 2 || a.elements() != slices.Max(a.shape) {
			return nil, &FormatError{npyFormat, 0, "structures in one dimension",
				fmt.Sprintf("shape %v", a.shape)}
		}
		a.shape = []int64{a.elements()}
	} else if len(a.shape) != 2 || a.shape[1] != int64(c.n) && a.shape[0] != int64(c.n) {
		return nil, noLines(npyFormat, c, a.shape)
	}
	var fields [4]field
	for what, at := range c.at {
		fields[what] = a.fields[0]
		if a.names != nil {
			fields[what] = a.fields[at]
		}
	}
	t := 0
	if a.names != nil {
		t = c.at[0]
	}
	c.unit = cmp.Or(a.units[t], c.unit)
	k, err := c.timing(o, fields[0].kind == 'f')
	if err != nil {
		return nil, err
	}
	rest := source{r: r, at: s.at, size: s.size}
	n := a.shape[0]
	if a.names == nil {
		lines := a.shape[1] == int64(c.n)
		if !lines {
			n = a.shape[1]
		}
		if lines == a.fortran {
			return openNPYColumns(rest, length, o, fields, c, k, n)
		}
		for what, at := range c.at {
			fields[what].offset = at * a.size
		}
		a.size *= c.n
	}
	d := &npy{hint: c.hint(), numbers: newNumbers(fields, k, o), size: a.size, left: n}
	return k.watch(newStream(rest, length, npyFormat, Size{}, d)), nil
}

// noLines is the error for an array of a shape that events cannot have.
func noLines(format string, c columns, shape []int64) *FormatError {
	want := fmt.Sprintf("an array of structures, or of %d numbers an event (--columns \"t x y "+
		"p\" names those of others)", c.n)
	return &FormatError{format, 0, want, fmt.Sprintf("shape %v", shape)}
}

// openNPYColumns opens an array whose columns lie one after the other, n numbers each, from the
// byte at of the file on. A stream is held in memory.
func openNPYColumns(s source, at int64, o Options, fields [4]field, c columns, k timing, n int64) (
	Reader, error) {

	size := int64(fields[0].size)
	if s.at == nil {
		most := o.unpacked(mostMatlab)
		all, err := io.ReadAll(io.LimitReader(s.r, most+1))
		if err != nil {
			return nil, err
		}
		if int64(len(all)) > most {
			return nil, &FormatError{npyFormat, at,
				fmt.Sprintf("at most %d bytes of columns that come as a stream", most), "more"}
		}
		s.at, s.size, at = bytes.NewReader(all), int64(len(all)), 0
	}
	if got := s.size - at; got != n*size*int64(c.n) {
		return nil, &FormatError{npyFormat, at, fmt.Sprintf("%d columns of %d numbers", c.n, n),
			fmt.Sprintf("%d bytes", got)}
	}
	d := &columnReader{format: npyFormat, hint: c.hint(), numbers: newNumbers(fields, k, o),
		left: n}
	var columns [4]*elements
	for what, i := range c.at {
		part := io.NewSectionReader(s.at, at+int64(i)*n*size, n*size)
		columns[what] = &elements{Reader: bufio.NewReaderSize(part, 1<<14), size: size}
	}
	d.next = func(what int) (words []byte, step, have int64, err error) {
		words, have, err = columns[what].from(d.n, d.left)
		return words, size, have, err
	}
	return k.watch(d), nil
}

package events

import (
	"archive/zip"
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An archive of NumPy arrays (.npz) is a zip of .npy files. Recordings in it are arrays t, x, y and
// p (SpikingJelly, t in us; ESIM of rpg_vid2e, t in ns), events_t in s, events_xy and events_p
// (EVIMO), or t in s and xyp (RPG's event representations). The reader reads the arrays side by
// side, so that a recording of any length needs little memory. A single array that holds all four
// is read like an .npy file: the only array of an archive, an array of structures with t, x, y and
// p, or the array that is called events or that Options.Group names.
const npzFormat = ".npz"

// npz reads the arrays of an archive side by side.
type npz struct {
	columnReader
	members []*npzMember
}

// npzMember is an array of an archive, or one column of it.
type npzMember struct {
	elements                   // an element is all numbers of an event that lie together
	stored   *io.SectionReader // the elements in the file; nil if they are compressed
	length   int64             // number of events
	field    field             // the first number of an element
	unit     string            // the unit of times whose type gives it, else ""
}

// seekTime bisects by t, if no array is compressed.
func (d *npz) seekTime(from Micros) {
	for _, m := range d.members {
		if m.stored == nil {
			return
		}
	}
	size := int64(d.fields[0].size)
	rest := io.NewSectionReader(d.members[0].stored, d.n*size, d.left*size)
	skip := bisectWords(rest, size, from, eachWord(size, d.time)) / size
	if skip == 0 {
		return
	}
	d.n += skip
	d.left -= skip
	for _, m := range d.members {
		at := d.n * m.size
		m.Reset(io.NewSectionReader(m.stored, at, m.stored.Size()-at))
		m.first, m.have = d.n, 0
	}
}

// openMember opens an array with each numbers an event, of shape (N, each) or (each, N), in C or
// Fortran order. It returns a member for each of the columns: all the same member where an event's
// numbers lie together.
func openMember(f *zip.File, s source, each int) (columns []*npzMember, err error) {
	begun, err := openArray(f)
	if err != nil {
		return nil, err
	}
	a, header, err := readNPYHeader(begun)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	wide, n := int64(1), int64(each)
	sides := a.shape
	if len(sides) == 1 {
		sides = []int64{sides[0], 1}
	}
	if a.names != nil || len(sides) != 2 || sides[0] != n && sides[1] != n {
		want := fmt.Sprintf("%s with %d numbers an event", f.Name, each)
		return nil, &FormatError{npzFormat, 0, want, fmt.Sprintf("shape %v", a.shape)}
	}
	length := sides[0]
	if sides[1] != n {
		length = sides[1]
	}
	if (sides[1] == n) != a.fortran { // an event's numbers lie together
		wide, n = n, 1
	}
	for i := range n {
		m := &npzMember{elements: elements{Reader: begun, size: wide * int64(a.size)}}
		at, size := i*length*int64(a.size), wide*length*int64(a.size)
		if begin, err := f.DataOffset(); err == nil && f.Method == zip.Store {
			there := max(0, int64(f.UncompressedSize64)-header-at)
			m.stored = io.NewSectionReader(s.at, begin+header+at, min(size, there))
			m.Reader = bufio.NewReaderSize(m.stored, 1<<14)
		} else if i > 0 {
			if m.Reader, err = openArray(f); err != nil {
				return nil, err
			}
			if n, err := io.CopyN(io.Discard, m, header+at); err != nil {
				return nil, &FormatError{npzFormat, 0, fmt.Sprintf("%d bytes of %s", header+at,
					f.Name), fmt.Sprintf("%d: %v", n, err)}
			}
		}
		m.length, m.field, m.unit = length, a.fields[0], a.units[0]
		columns = append(columns, m)
	}
	for len(columns) < each {
		columns = append(columns, columns[0])
	}
	return columns, nil
}

// openArray opens an array at its header.
func openArray(f *zip.File) (*bufio.Reader, error) {
	r, err := f.Open()
	if err != nil {
		return nil, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
	}
	return bufio.NewReaderSize(r, 1<<14), nil
}

// together splits the name of an array of several columns, which has a letter for each, like xy,
// events_xyp or txyp, into names of the columns. Any other name is returned as it is.
func together(name string) []string {
	at := strings.LastIndex(name, "_") + 1
	letters := name[at:]
	if len(letters) < 2 {
		return []string{name}
	}
	var names []string
	for i, c := range letters {
		if !strings.ContainsRune("txyp", c) || strings.ContainsRune(letters[:i], c) {
			return []string{name}
		}
		names = append(names, name[:at]+string(c))
	}
	return names
}

// openNPZ opens an archive and finds the arrays of t, x, y and p.
func openNPZ(s source, o Options) (Reader, error) {
	if s.at == nil {
		return nil, fmt.Errorf("%s that comes as a stream, want a file: its table of contents is "+
			"at its end", npzFormat)
	}
	z, err := zip.NewReader(s.at, s.size)
	if err != nil {
		return nil, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
	}
	if what := foreignZip(z.File); what != "" {
		return nil, &ForeignError{What: what}
	}
	all, err := oneArray(z.File, o)
	if err != nil {
		return nil, err
	}
	if all != nil {
		f, err := all.Open()
		if err != nil {
			return nil, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
		}
		most := o.unpackedAll(s.size)
		if all.UncompressedSize64 > uint64(most) {
			return nil, &UnpackedError{npzFormat, 0, most}
		}
		return openNPY(source{r: io.LimitReader(f, most)}, o)
	}
	var found []string
	var in, column []int // for each name, the array that has it and the column there
	each := make([]int, len(z.File))
	for i, f := range z.File {
		names := together(strings.TrimSuffix(f.Name, ".npy"))
		each[i] = len(names)
		for k, name := range names {
			found, in, column = append(found, name), append(in, i), append(column, k)
		}
	}
	c, err := parseColumns(found)
	if err != nil {
		want := "arrays t, x, y and p, or one called events (--group names it)"
		return nil, &FormatError{npzFormat, 0, want,
			fmt.Sprintf("%.80q", strings.Join(found, ", "))}
	}
	d := &npz{columnReader: columnReader{format: npzFormat}}
	opened := map[int][]*npzMember{}
	var members [4]*npzMember
	var fields [4]field
	for what, at := range c.at {
		columns := opened[in[at]]
		if columns == nil {
			if columns, err = openMember(z.File[in[at]], s, each[in[at]]); err != nil {
				return nil, err
			}
			opened[in[at]] = columns
		}
		m := columns[column[at]]
		if what > 0 && m.length != d.left {
			return nil, &FormatError{npzFormat, 0,
				fmt.Sprintf("as many elements of %s as of %s, %d", found[at], found[c.at[0]],
					d.left), fmt.Sprint(m.length)}
		}
		if !slices.Contains(d.members, m) {
			d.members = append(d.members, m)
		}
		d.left, members[what], fields[what] = m.length, m, m.field
		if m.size > int64(m.field.size) {
			fields[what].offset = column[at] * m.field.size
		}
	}
	whole, most := int64(0), o.unpackedAll(s.size)
	for _, m := range d.members {
		if m.length > most { // so that the product below does not overflow
			return nil, &UnpackedError{npzFormat, 0, most}
		}
		whole += m.length * m.size
	}
	if whole > most {
		return nil, &UnpackedError{npzFormat, 0, most}
	}
	c.unit = cmp.Or(members[0].unit, c.unit)
	k, err := c.timing(o, fields[0].kind == 'f')
	if err != nil {
		return nil, err
	}
	d.numbers = newNumbers(fields, k, o)
	d.next = func(what int) (words []byte, step, have int64, err error) {
		m := members[what]
		words, have, err = m.from(d.n, d.left)
		return words, m.size, have, err
	}
	return k.watch(d), nil
}

// oneArray finds the array that holds all of t, x, y and p. It is nil if there is none.
func oneArray(all []*zip.File, o Options) (found *zip.File, err error) {
	if len(all) == 1 && len(together(strings.TrimSuffix(all[0].Name, ".npy"))) < 4 {
		return all[0], nil
	}
	var names []string
	for _, f := range all {
		name := strings.TrimSuffix(f.Name, ".npy")
		is := o.Group == name
		if o.Group == "" {
			if is, err = hasEvents(f, name); err != nil {
				return nil, err
			}
		}
		if is {
			names, found = append(names, name), f
		}
	}
	switch {
	case len(names) > 1:
		return nil, fmt.Errorf("%s: events in %s, want one of them named (--group %s)", npzFormat,
			strings.Join(names, ", "), names[0])
	case o.Group != "" && found == nil:
		return nil, fmt.Errorf("%s: no array %q, want the name of one in the file (--group)",
			npzFormat, o.Group)
	}
	return found, nil
}

// hasEvents says whether an array has structures with t, x, y and p, or is called events and has
// lines of numbers.
func hasEvents(f *zip.File, name string) (bool, error) {
	r, err := f.Open()
	if err != nil {
		return false, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
	}
	defer r.Close()
	a, _, err := readNPYHeader(r)
	if err != nil { // another kind of array, as of text
		return false, nil
	}
	_, err = parseColumns(a.names)
	return err == nil || name == "events" && (a.names != nil || len(a.shape) == 2), nil
}

// npzWriter holds the columns in memory until Close, 13 bytes an event, as each column is a file of
// its own that begins with its length.
type npzWriter struct {
	w io.Writer
	n int

	t, x, y, p []byte
}

func newNPZWriter(w io.Writer, _ Size) (Writer, error) { return &npzWriter{w: w}, nil }

func (w *npzWriter) Write(all []Event) error {
	for _, e := range all {
		w.t = binary.LittleEndian.AppendUint64(w.t, uint64(e.T))
		w.x = binary.LittleEndian.AppendUint16(w.x, e.X)
		w.y = binary.LittleEndian.AppendUint16(w.y, e.Y)
		w.p = append(w.p, byte(bit(e.On)))
	}
	w.n += len(all)
	return nil
}

func (w *npzWriter) Close() error {
	z := zip.NewWriter(w.w)
	for _, a := range []struct {
		name, descr string
		data        []byte
	}{{"t", "<i8", w.t}, {"x", "<u2", w.x}, {"y", "<u2", w.y}, {"p", "|u1", w.p}} {
		f, err := z.Create(a.name + ".npy")
		if err != nil {
			return err
		}
		header := npyHead("'"+a.descr+"'", w.n)
		for _, b := range [][]byte{header, a.data} {
			if _, err := f.Write(b); err != nil {
				return err
			}
		}
	}
	return z.Close()
}

package events

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Archives of NumPy arrays (.npz: a zip of .npy files), as SpikingJelly keeps recordings: arrays t, x, y and p, t in us. They are read side by
// side, so that a recording of any length needs little memory. An archive of a single array of structures is read too.
const npzFormat = ".npz"

// npz reads arrays side by side.
type npz struct {
	columnReader
	members [4]npzMember
}

// npzMember is an array.
type npzMember struct {
	*bufio.Reader
	stored *io.SectionReader // its elements; nil if they are compressed
}

// seekTime passes over elements of arrays that are not compressed.
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
	for i, m := range d.members {
		at := d.n * int64(d.fields[i].size)
		m.Reset(io.NewSectionReader(m.stored, at, m.stored.Size()-at))
	}
}

// openMember opens an array, whose elements begin behind its header.
func openMember(f *zip.File, s source) (m npzMember, a npyArray, err error) {
	r, err := f.Open()
	if err != nil {
		return m, a, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
	}
	m.Reader = bufio.NewReaderSize(r, 1<<14)
	a, header, err := readNPYHeader(m)
	if err != nil {
		return m, a, fmt.Errorf("%s: %w", f.Name, err)
	}
	if at, err := f.DataOffset(); err == nil && f.Method == zip.Store {
		m.stored = io.NewSectionReader(s.at, at+header, int64(f.UncompressedSize64)-header)
	}
	return m, a, nil
}

// openNPZ finds the arrays.
func openNPZ(s source, o Options) (Reader, error) {
	if s.at == nil {
		return nil, fmt.Errorf("%s that comes as a stream, want a file: its table of contents is at its end", npzFormat)
	}
	z, err := zip.NewReader(s.at, s.size)
	if err != nil {
		return nil, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
	}
	var found []string
	for _, f := range z.File {
		found = append(found, strings.TrimSuffix(f.Name, ".npy"))
	}
	if len(z.File) == 1 {
		f, err := z.File[0].Open()
		if err != nil {
			return nil, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
		}
		return openNPY(source{r: f}, o)
	}
	c, err := parseColumns(found)
	if err != nil {
		return nil, &FormatError{npzFormat, 0, "arrays t, x, y and p", fmt.Sprintf("%.80q", strings.Join(found, ", "))}
	}
	d := &npz{columnReader: columnReader{format: npzFormat}}
	var fields [4]field
	var words [4][]byte
	for i, at := range c.at {
		var a npyArray
		d.members[i], a, err = openMember(z.File[at], s)
		switch {
		case err != nil:
			return nil, err
		case a.names != nil || len(a.shape) != 1:
			return nil, &FormatError{npzFormat, 0, "an array of numbers " + found[at], fmt.Sprintf("shape %v", a.shape)}
		case i > 0 && a.shape[0] != d.left:
			return nil, &FormatError{npzFormat, 0, fmt.Sprintf("as many elements of %s as of %s, %d", found[at], found[c.at[0]], d.left), fmt.Sprint(a.shape[0])}
		}
		d.left, fields[i], words[i] = a.shape[0], a.fields[0], make([]byte, a.size)
	}
	d.numbers = newNumbers(fields, c.unit)
	d.next = func(i int) ([]byte, error) {
		_, err := io.ReadFull(d.members[i], words[i])
		return words[i], err
	}
	return d, nil
}

// npzWriter keeps the columns in memory, 13 bytes an event, as each is a file of its own that begins with its length.
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
		text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", a.descr, w.n)
		text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n" // the elements begin at a multiple of 64 bytes
		header := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
		for _, b := range [][]byte{header, []byte(text), a.data} {
			if _, err := f.Write(b); err != nil {
				return err
			}
		}
	}
	return z.Close()
}

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

type npz struct {
	numbers
	members [4]*bufio.Reader
	words   [4][]byte
	n, left int64
	err     error
}

func (d *npz) Format() string { return npzFormat }

func (d *npz) Sensor() Size { return Size{} }

func (d *npz) Read(buf []Event) (n int, err error) {
	for ; n < len(buf) && d.err == nil; n++ {
		if d.left == 0 {
			d.err = io.EOF
			break
		}
		for i, m := range d.members {
			if _, err := io.ReadFull(m, d.words[i]); err != nil {
				d.err = &FormatError{npzFormat, d.n, fmt.Sprintf("element %d of %s", d.n, names[i][0]), err.Error()}
			}
		}
		if d.err != nil {
			break
		}
		e, err := d.event(d.words[0], d.words[1], d.words[2], d.words[3])
		if err != nil {
			err.Format, err.Offset = npzFormat, 0
			err.Want = fmt.Sprintf("in element %d %s", d.n, err.Want)
			d.err = err
			break
		}
		buf[n] = e
		d.n++
		d.left--
	}
	if n > 0 && (d.err == nil || d.err == io.EOF) || n == len(buf) {
		return n, nil
	}
	return n, d.err
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
	d := &npz{}
	var fields [4]field
	for i, at := range c.at {
		f, err := z.File[at].Open()
		if err != nil {
			return nil, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
		}
		d.members[i] = bufio.NewReaderSize(f, 1<<14)
		a, _, err := readNPYHeader(d.members[i])
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", z.File[at].Name, err)
		case a.names != nil || len(a.shape) != 1:
			return nil, &FormatError{npzFormat, 0, "an array of numbers " + found[at], fmt.Sprintf("shape %v", a.shape)}
		case i > 0 && a.shape[0] != d.left:
			return nil, &FormatError{npzFormat, 0, fmt.Sprintf("as many elements of %s as of %s, %d", found[at], found[c.at[0]], d.left), fmt.Sprint(a.shape[0])}
		}
		d.left, fields[i], d.words[i] = a.shape[0], a.fields[0], make([]byte, a.size)
	}
	d.numbers = newNumbers(fields[:], columns{at: [4]int{0, 1, 2, 3}, unit: c.unit})
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

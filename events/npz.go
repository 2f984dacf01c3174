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
	d := &columnReader{format: npzFormat}
	var fields [4]field
	var members [4]*bufio.Reader
	var words [4][]byte
	for i, at := range c.at {
		f, err := z.File[at].Open()
		if err != nil {
			return nil, &FormatError{npzFormat, 0, "a zip archive of arrays", err.Error()}
		}
		members[i] = bufio.NewReaderSize(f, 1<<14)
		a, _, err := readNPYHeader(members[i])
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", z.File[at].Name, err)
		case a.names != nil || len(a.shape) != 1:
			return nil, &FormatError{npzFormat, 0, "an array of numbers " + found[at], fmt.Sprintf("shape %v", a.shape)}
		case i > 0 && a.shape[0] != d.left:
			return nil, &FormatError{npzFormat, 0, fmt.Sprintf("as many elements of %s as of %s, %d", found[at], found[c.at[0]], d.left), fmt.Sprint(a.shape[0])}
		}
		d.left, fields[i], words[i] = a.shape[0], a.fields[0], make([]byte, a.size)
	}
	d.numbers = newNumbers(fields, c.unit)
	d.next = func(i int) ([]byte, error) {
		_, err := io.ReadFull(members[i], words[i])
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

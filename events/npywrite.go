package events

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
)

// npyHead returns the header of an array in C order; descr is the type of its elements as a Python
// literal.
func npyHead(descr string, shape ...int) []byte {
	var sides strings.Builder
	for _, side := range shape {
		fmt.Fprintf(&sides, "%d, ", side)
	}
	text := fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': (%s), }", descr,
		strings.TrimSuffix(sides.String(), " "))
	// Spaces fill the header, so that the elements begin at a multiple of 64 bytes.
	text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n"
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
	return append(b, text...)
}

// WriteArray writes a NumPy array (.npy) of float32 in C order, which ReadArray reads. The number
// of values must be the product of the shape.
func WriteArray(w io.Writer, values []float32, shape ...int) error {
	b := npyHead("'<f4'", shape...)
	for _, v := range values {
		if b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v)); len(b) >= bufferSize {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}

// npyWriter writes an array of structures. It holds them in memory until Close, 13 bytes an event,
// as their number stands in the header.
type npyWriter struct {
	w    io.Writer
	rows []byte
}

// npyEvent are the fields of an event; t is in us.
const npyEvent = "[('t', '<i8'), ('x', '<u2'), ('y', '<u2'), ('p', '|u1')]"

func newNPYWriter(w io.Writer, _ Size) (Writer, error) { return &npyWriter{w: w}, nil }

func (w *npyWriter) Write(all []Event) error {
	for _, e := range all {
		w.rows = binary.LittleEndian.AppendUint64(w.rows, uint64(e.T))
		w.rows = binary.LittleEndian.AppendUint16(w.rows, e.X)
		w.rows = binary.LittleEndian.AppendUint16(w.rows, e.Y)
		w.rows = append(w.rows, byte(bit(e.On)))
	}
	return nil
}

func (w *npyWriter) Close() error {
	for _, b := range [][]byte{npyHead(npyEvent, len(w.rows)/13), w.rows} {
		if _, err := w.w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

package events

import (
	"encoding/binary"
	"fmt"
	"io"
)

// aedat3Most is the largest number of events that the writer puts into a packet.
const aedat3Most = 4096

// aedat3Writer writes AEDAT 3.1.
type aedat3Writer struct {
	w      io.Writer
	packet []byte
	n      int
	wraps  Micros // how often the 31-bit clock has wrapped before the packet's events
}

func newAEDAT3Writer(w io.Writer, sensor Size) (Writer, error) {
	if err := cannotHold("AEDAT 3.1", sensor, Size{1 << 15, 1 << 15}); err != nil {
		return nil, err
	}
	source := sensor.String()
	for _, c := range chips {
		if c.sensor == sensor {
			source = c.source
		}
	}
	_, err := fmt.Fprintf(w, "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: %s\r\n#!END-HEADER\r\n",
		source)
	return &aedat3Writer{w: w}, err
}

func (w *aedat3Writer) Write(all []Event) error {
	for _, e := range all {
		wraps := e.T >> 31
		if wraps < 0 || wraps >= 1<<31 {
			return farTime("AEDAT 3.1", e.T, "0 to 2^62-1")
		}
		if w.n == aedat3Most || w.n > 0 && wraps != w.wraps {
			if err := w.flush(); err != nil {
				return err
			}
		}
		if w.n == 0 {
			w.wraps = wraps
			w.packet = append(w.packet[:0], make([]byte, aedat3Header)...)
		}
		w.packet = binary.LittleEndian.AppendUint32(w.packet,
			1|bit(e.On)<<1|uint32(e.Y)<<2|uint32(e.X)<<17)
		w.packet = binary.LittleEndian.AppendUint32(w.packet, uint32(e.T&(1<<31-1)))
		w.n++
	}
	return nil
}

// flush completes the header of the packet and writes the packet.
func (w *aedat3Writer) flush() error {
	p := w.packet
	binary.LittleEndian.PutUint16(p, 1)
	binary.LittleEndian.PutUint16(p[2:], 1)
	for i, v := range []int{8, 4, int(w.wraps), w.n, w.n, w.n} {
		binary.LittleEndian.PutUint32(p[4+4*i:], uint32(v))
	}
	w.n = 0
	_, err := w.w.Write(p)
	return err
}

func (w *aedat3Writer) Close() error {
	if w.n == 0 {
		return nil
	}
	return w.flush()
}

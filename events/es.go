package events

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"
)

// Event Stream (github.com/neuromorphicsystems/event_stream, 2.0) is "Event Stream", three bytes of
// version, one of type (1 for a DVS, 2 for an ATIS), width and height as little-endian words of 16
// bits, then events of five bytes. The clock is 0 at the beginning, and dt is the time since the
// event before, in us.
//
//	DVS:  | dt 7 | on 1 |, x u16, y u16        255: the clock advances by 127 us, 254: none
//	ATIS: | dt 6 | on 1 | threshold 1 |, x, y  252 + n: the clock advances by n*63 us, 252: none
//
// y counts from the lower edge. The reader passes over the threshold crossings of an ATIS, which
// measure exposure.
type es struct {
	atis    bool
	stored  bool          // y stays as stored
	skipped *atomic.Int64 // counts events outside of the sensor; nil: they are an error
	sensor  Size
	t       Micros
}

const (
	esFormat = "Event Stream"
	esHeader = 20 // bytes
)

func (d *es) whole([]byte) string { return "5 bytes of an event" }

func (d *es) decode(b []byte, buf []Event) (used, n int, err error) {
	for used < len(b) && n < len(buf) {
		first := b[used]
		if d.atis && first >= 252 {
			d.t += 63 * Micros(first-252)
			used++
			continue
		}
		if !d.atis && first >= 254 {
			d.t += 127 * Micros(first-254)
			used++
			continue
		}
		if len(b)-used < 5 {
			return used, n, nil
		}
		x, y := binary.LittleEndian.Uint16(b[used+1:]), binary.LittleEndian.Uint16(b[used+3:])
		lost := int(x) >= d.sensor.Width || int(y) >= d.sensor.Height
		if lost && d.skipped == nil {
			return used, n, outside(used, d.sensor, int(x), int(y))
		}
		if !d.stored {
			y = uint16(d.sensor.Height) - 1 - y
		}
		if d.atis {
			d.t += Micros(first >> 2)
			if first&1 != 0 {
				used += 5
				continue // a measurement of exposure
			}
			buf[n] = Event{T: d.t, X: x, Y: y, On: first&2 != 0}
		} else {
			d.t += Micros(first >> 1)
			buf[n] = Event{T: d.t, X: x, Y: y, On: first&1 != 0}
		}
		used += 5
		if lost {
			d.skipped.Add(1)
			continue
		}
		n++
	}
	return used, n, nil
}

// openES reads an Event Stream.
func openES(s source, o Options) (Reader, error) {
	begin := s.begin
	if len(begin) < esHeader {
		return nil, &FormatError{esFormat, int64(len(begin)), "20 bytes of a header",
			"the end of the file"}
	}
	if version := begin[12]; version != 2 {
		return nil, &FormatError{esFormat, 12, "version 2", fmt.Sprint(version)}
	}
	kind := begin[15]
	if kind != 1 && kind != 2 {
		return nil, &FormatError{esFormat, 15, "type 1 (DVS) or 2 (ATIS)", fmt.Sprint(kind)}
	}
	sensor := Size{int(binary.LittleEndian.Uint16(begin[16:])),
		int(binary.LittleEndian.Uint16(begin[18:]))}
	if sensor.Width == 0 || sensor.Height == 0 {
		return nil, &FormatError{esFormat, 16, "a width and a height", sensor.String()}
	}
	d := &es{atis: kind == 2, stored: o.Orientation == Stored, sensor: sensor, skipped: o.skips()}
	s.begin = begin[esHeader:]
	return newStream(s, esHeader, esFormat, sensor, d), nil
}

// newESWriter returns a writer of Event Streams of type DVS.
func newESWriter(w io.Writer, sensor Size) (Writer, error) {
	if err := cannotHold(esFormat, sensor, Size{1<<16 - 1, 1<<16 - 1}); err != nil {
		return nil, err
	}
	header := binary.LittleEndian.AppendUint16([]byte(esFormat+"\x02\x00\x00\x01"),
		uint16(sensor.Width))
	header = binary.LittleEndian.AppendUint16(header, uint16(sensor.Height))
	last := Micros(0)
	return newWordWriter(w, string(header), func(b []byte, e Event) ([]byte, error) {
		if e.T < last || e.T-last > esGap {
			return b, farTime(esFormat, e.T, "0 or more and at most an hour after the one before")
		}
		dt := e.T - last
		last = e.T
		for ; dt >= 127; dt -= 127 {
			b = append(b, 255)
		}
		b = append(b, byte(dt<<1)|byte(bit(e.On)))
		b = binary.LittleEndian.AppendUint16(b, e.X)
		return binary.LittleEndian.AppendUint16(b, uint16(sensor.Height)-1-e.Y), nil
	})
}

// esGap is the longest time between two events that the writer accepts, as it writes a byte for
// every 127 us of it.
const esGap Micros = 3600e6

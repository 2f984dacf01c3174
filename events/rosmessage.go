package events

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rosTypes are the types of messages with events, and how each is decoded. All begin with a header,
// the height and the width of the sensor; then follow
//
//	EventArray    events: x u16, y u16, time, polarity bool (dvs_msgs, prophesee_event_msgs)
//	EventPacket   number u64, time_base u64, encoding, is_bigendian bool, bytes
//	              (event_camera_msgs, which were event_array_msgs)
//
// A header is the number of the message u32 (ROS 1 alone), a time, and the name of a frame. A time
// is seconds and nanoseconds, 32 bits each. The length of a text or array, u32, stands before it.
// ROS 1 writes all this little-endian and side by side (wiki.ros.org/msg). ROS 2 writes CDR (OMG,
// "Extended CDR", 7.4.3): four bytes give the order of bytes, and each number lies at a multiple of
// its size behind them.
var rosTypes = map[string]func(*rosMessages, *rosWords, []Event) ([]Event, error){
	"dvs_msgs/EventArray":             (*rosMessages).array,
	"prophesee_event_msgs/EventArray": (*rosMessages).array,
	"event_camera_msgs/EventPacket":   (*rosMessages).packet,
	"event_array_msgs/EventArray":     (*rosMessages).packet,
}

func rosTypeNames() string { return strings.Join(slices.Sorted(maps.Keys(rosTypes)), ", ") }

// rosMessages decodes the messages of a topic.
type rosMessages struct {
	kind    func(*rosMessages, *rosWords, []Event) ([]Event, error)
	cdr     bool
	options Options
	sensor  Size // the size that the last message gave

	encoding string
	codec    packetCodec // decodes the bytes of an EventPacket
	turn     Micros      // how often the codec's clock has wrapped before the first message
	count    bool        // skipped events are counted
}

func newROSMessages(kind, encoding string, o Options) (*rosMessages, error) {
	if encoding != "ros1" && encoding != "cdr" {
		return nil, fmt.Errorf("want messages as ros1 or cdr, got encoding %.40q", encoding)
	}
	return &rosMessages{kind: rosTypes[kind], cdr: encoding == "cdr", options: o, count: true}, nil
}

// restart forgets the state that earlier messages have set.
func (d *rosMessages) restart() { d.codec = nil }

// decode appends the events of a message to to. Events before an error are good.
func (d *rosMessages) decode(b []byte, to []Event) ([]Event, error) {
	w := &rosWords{b: b, order: binary.LittleEndian}
	if d.cdr {
		if len(b) < 4 || b[0] != 0 {
			return to, &FormatError{Want: "a message in CDR",
				Got: fmt.Sprintf("% x", b[:min(4, len(b))])}
		}
		switch b[1] {
		case 0, 6:
			w.order = binary.BigEndian
		case 1, 7:
		default:
			return to, &FormatError{Want: "a message in plain CDR",
				Got: fmt.Sprintf("kind %d", b[1])}
		}
		w.b, w.most = b[4:], 8
		if b[1] >= 6 { // version 2
			w.most = 4
		}
	} else {
		w.uint32()
	}
	w.uint32()
	w.uint32()
	w.text()
	height, width := w.uint32(), w.uint32()
	if w.short {
		return to, errShortMessage
	}
	if width > 0 && height > 0 && width <= 1<<16 && height <= 1<<16 {
		d.sensor = Size{int(width), int(height)}
	}
	return d.kind(d, w, to)
}

var errShortMessage = &FormatError{Want: "a message that has all of its fields",
	Got: "one that ends before them"}

// array decodes an EventArray.
func (d *rosMessages) array(w *rosWords, to []Event) ([]Event, error) {
	n := int(w.uint32())
	to = slices.Grow(to, min(n, len(w.b)/13+1))
	for range n {
		w.align(2)
		if w.most == 0 && len(w.b)-w.at >= 13 { // ROS 1
			b := w.b[w.at:][:13]
			sec, ns := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
			to = append(to, Event{rosTime(sec, ns), binary.LittleEndian.Uint16(b),
				binary.LittleEndian.Uint16(b[2:]), b[12] != 0})
			w.at += 13
			continue
		}
		e := Event{X: uint16(w.uint(2)), Y: uint16(w.uint(2))}
		sec, ns := w.uint32(), w.uint32()
		e.T, e.On = rosTime(sec, ns), w.uint(1) != 0
		if w.short {
			return to, errShortMessage
		}
		to = append(to, e)
	}
	return to, nil
}

// rosTime is a time in us, rounded to the nearest.
func rosTime(sec, ns uint32) Micros { return Micros(sec)*1e6 + Micros(ns+500)/1000 }

// packet decodes an EventPacket.
func (d *rosMessages) packet(w *rosWords, to []Event) ([]Event, error) {
	w.uint(8)
	base := w.uint(8)
	encoding := w.text()
	big := w.uint(1) != 0
	b := w.bytes(int(w.uint32()))
	if w.short {
		return to, errShortMessage
	}
	if d.codec == nil {
		if d.codec = newPacketCodec(encoding, d); d.codec == nil {
			return to, &FormatError{Want: "events as " + packetEncodings,
				Got: fmt.Sprintf("encoding %.40q", encoding)}
		}
		d.encoding = encoding
	}
	switch {
	case encoding != d.encoding:
		return to, &FormatError{Want: "events as " + d.encoding + ", like those before",
			Got: fmt.Sprintf("encoding %.40q", encoding)}
	case big && encoding != "evt2" && encoding != "evt21" && encoding != "evt3":
		return to, &FormatError{Want: "events of a little-endian machine", Got: "a big-endian one"}
	}
	return d.codec.decode(b, base, to)
}

// rosWords reads the fields of a message. Fields beyond its end are 0 and set short.
type rosWords struct {
	b     []byte
	at    int // bytes of b read
	most  int // numbers lie at multiples of their size, at most most; 0: side by side
	order binary.ByteOrder
	short bool
}

// align passes over the bytes that fill up to a multiple of size.
func (w *rosWords) align(size int) {
	if size = min(size, w.most); size > 1 {
		w.at += -w.at & (size - 1)
	}
}

func (w *rosWords) bytes(n int) []byte {
	if n < 0 || w.at > len(w.b) || n > len(w.b)-w.at {
		w.at, w.short = len(w.b), true
		return nil
	}
	part := w.b[w.at : w.at+n]
	w.at += n
	return part
}

func (w *rosWords) uint(size int) uint64 {
	w.align(size)
	b := w.bytes(size)
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(w.order.Uint16(b))
	case 4:
		return uint64(w.order.Uint32(b))
	case 8:
		return w.order.Uint64(b)
	}
	return 0
}

func (w *rosWords) uint32() uint32 { return uint32(w.uint(4)) }

// text reads a text, without the zero byte that CDR writes at its end.
func (w *rosWords) text() string {
	return strings.TrimSuffix(string(w.bytes(int(w.uint32()))), "\x00")
}

package events

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// A packetCodec decodes the bytes of EventPackets, one after the other, by an encoding of
// ros-event-camera/event_camera_codecs.
type packetCodec interface {
	decode(b []byte, base uint64, to []Event) ([]Event, error)
}

const packetEncodings = "evt3, evt2, evt21, mono, libcaer or libcaer_cmp"

func newPacketCodec(encoding string, d *rosMessages) packetCodec {
	switch encoding {
	case "evt3", "evt2", "evt21":
		format := map[string]string{"evt3": "EVT3", "evt2": "EVT2", "evt21": "EVT21"}[encoding]
		o := d.options
		if !d.count {
			o.SkipInvalid, o.AnyOrder = false, o.anyOrder()
		}
		_, words := rawDecoder(format, d.sensor, true, o)
		if e, ok := words.(*asEvents); ok {
			if e3, ok := e.placer.(*evt3); ok {
				e3.loops = d.turn
			}
		}
		return &rawPackets{words}
	case "mono":
		return monoPackets{}
	case "libcaer":
		return libcaerPackets{}
	case "libcaer_cmp":
		return &libcaerColumns{sensor: d.sensor}
	}
	return nil
}

// loops compares a decoder's time t with the time that the recording's clock makes expected. It
// returns what the decoder's turn must be for the two to agree, which counts how often the sensor's
// clock has wrapped, and false where the two times leave the number in doubt.
func (d *rosMessages) loops(t, expected Micros) (turn Micros, sure bool) {
	period := map[string]Micros{"evt3": 1 << 24, "evt2": clockWrap, "evt21": clockWrap}[d.encoding]
	if period == 0 {
		return 0, true
	}
	away := expected - t
	turns := Micros(math.Round(float64(away) / float64(period)))
	rest := away - turns*period
	if turns != 0 && d.encoding != "evt3" {
		return 0, false
	}
	return turns + d.turn*bitOf(turns != 0), max(rest, -rest) < period/4
}

func bitOf(b bool) Micros { return Micros(bit(b)) }

// rawPackets decodes packets of words as a Prophesee camera sends them. The decoder keeps its state
// from packet to packet, and the times are the sensor's.
type rawPackets struct{ decoder }

func (d *rawPackets) decode(b []byte, _ uint64, to []Event) ([]Event, error) {
	for len(b) > 0 {
		to = slices.Grow(to, 1024)
		used, n, err := d.decoder.decode(b, to[len(to):cap(to)])
		to = to[:len(to)+n]
		if err != nil {
			return to, err
		}
		if used == 0 && n == 0 {
			if whole := d.whole(b); whole != "" {
				return to, &FormatError{Want: whole,
					Got: fmt.Sprintf("%d at the end of the packet", len(b))}
			}
			return to, nil
		}
		b = b[used:]
	}
	return to, nil
}

// wholeWords returns an error unless a packet is a whole number of words of 8 bytes.
func wholeWords(b []byte) error {
	if len(b)%8 != 0 {
		return &FormatError{Want: "packets of 8 bytes an event",
			Got: fmt.Sprintf("%d bytes", len(b))}
	}
	return nil
}

// monoPackets decodes words | on 1 | y 15 | x 16 | ns 32 |. The ns are added to the packet's base
// time, in ns.
type monoPackets struct{}

func (monoPackets) decode(b []byte, base uint64, to []Event) ([]Event, error) {
	if err := wholeWords(b); err != nil {
		return to, err
	}
	for ; len(b) > 0; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		t, err := packetTime(base, w&math.MaxUint32)
		if err != nil {
			return to, err
		}
		to = append(to, Event{t, uint16(w >> 32), uint16(w >> 48 & 0x7fff), w>>63 != 0})
	}
	return to, nil
}

// packetTime is the sum of two times in ns, rounded to us.
func packetTime(base, ns uint64) (Micros, error) {
	if base > math.MaxInt64/2 {
		return 0, &FormatError{Want: "a time_base below 2^62 ns", Got: fmt.Sprint(base)}
	}
	return Micros((base + ns + 500) / 1000), nil
}

// libcaerPackets decodes events as libcaer holds them in memory (AEDAT 3): a word with 15 bits of x
// from bit 17, 15 bits of y from bit 2 and the polarity in bit 1, then a time as i32 in us, which
// is added to the packet's base time, in ns. The 31-bit clock may wrap inside of a packet.
type libcaerPackets struct{}

func (libcaerPackets) decode(b []byte, base uint64, to []Event) ([]Event, error) {
	if err := wholeWords(b); err != nil {
		return to, err
	}
	last, over := uint64(0), uint64(0)
	for ; len(b) > 0; b = b[8:] {
		w, us := binary.LittleEndian.Uint32(b),
			uint64(binary.LittleEndian.Uint32(b[4:])&math.MaxInt32)
		if us < last {
			over += 1 << 31
		}
		last = us
		t, err := packetTime(base, (over+us)*1000)
		if err != nil {
			return to, err
		}
		to = append(to, Event{t, uint16(w >> 17), uint16(w >> 2 & 0x7fff), w&2 != 0})
	}
	return to, nil
}

// libcaerColumns decodes words of 16 bits that change the state of the decoder. The upper four bits
// are the type:
//
//	0 time 12, 1 time 12   upper and lower part of the us that are added to the packet's base time
//	2 x 11                 the column of the events that follow
//	3 on 1, y 11           an event
//	4 on 1, y 11           where the next vector begins
//	5 mask 8               a vector: events at the pixels of the mask; the next begins 8 further
//
// Pixels outside the sensor make no events.
type libcaerColumns struct {
	sensor Size
	x, y   uint16
	on     bool
}

func (d *libcaerColumns) decode(b []byte, base uint64, to []Event) ([]Event, error) {
	if len(b)%2 != 0 {
		return to, &FormatError{Want: "packets of 2 bytes a word",
			Got: fmt.Sprintf("%d bytes", len(b))}
	}
	begin, err := packetTime(base, 0)
	if err != nil {
		return to, err
	}
	var high, low Micros
	event := func(y uint16, on bool) {
		if int(d.x) < d.sensor.Width && int(y) < d.sensor.Height {
			to = append(to, Event{begin + (high | low), d.x, y, on})
		}
	}
	for ; len(b) > 0; b = b[2:] {
		w := binary.LittleEndian.Uint16(b)
		switch kind := w >> 12; kind {
		case 0:
			high = Micros(w&0xfff) << 12
		case 1:
			low = Micros(w & 0xfff)
		case 2:
			d.x = w & 0x7ff
		case 3:
			event(w&0x7ff, w&0x800 != 0)
		case 4:
			d.y, d.on = w&0x7ff, w&0x800 != 0
		case 5:
			for i := range uint16(8) {
				if w>>i&1 != 0 {
					event(d.y+i, d.on)
				}
			}
			d.y += 8
		default:
			return to, unknown(0, uint32(kind))
		}
	}
	return to, nil
}

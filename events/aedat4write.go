package events

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/pierrec/lz4/v4"
)

// aedat4Writer writes AEDAT 4 with one stream of events, in packets compressed by LZ4. It holds the
// packets in memory until Close, some 5 to 8 bytes an event, because the header says where the
// table behind the packets begins.
type aedat4Writer struct {
	w       io.Writer
	sensor  Size
	packets bytes.Buffer
	table   []aedat4Written
	first   Micros

	events []byte // the events of the next packet
	start  Micros // the time of the first of them
	last   Micros // and of the last
}

// aedat4Written is the table's entry for a packet.
type aedat4Written struct {
	at          int64 // where its data begin, in bytes from the first packet
	size, n     int   // bytes, compressed; events
	first, last Micros
}

// aedat4Most is the largest number of events that the writer puts into a packet.
const aedat4Most = 4096

// aedat4Info is the XML of the header, with the attributes that dv-processing asks for. Its verbs
// take the width, the height and the time of the first event.
const aedat4Info = `<dv version="2.0">
    <node name="outInfo" path="/mainloop/Recorder/outInfo/">
        <node name="0" path="/mainloop/Recorder/outInfo/0/">
            <attr key="compression" type="string">LZ4</attr>
            <attr key="originalModuleName" type="string">ssnn</attr>
            <attr key="originalOutputName" type="string">events</attr>
            <attr key="typeDescription" type="string">Array of events (polarity ON/OFF).</attr>
            <attr key="typeIdentifier" type="string">EVTS</attr>
            <node name="info" path="/mainloop/Recorder/outInfo/0/info/">
                <attr key="sizeX" type="int">%d</attr>
                <attr key="sizeY" type="int">%d</attr>
                <attr key="source" type="string">ssnn</attr>
                <attr key="tsOffset" type="long">%d</attr>
            </node>
        </node>
    </node>
</dv>
`

func newAEDAT4Writer(w io.Writer, sensor Size) (Writer, error) {
	err := cannotHold(aedat4Format, sensor, Size{1 << 15, 1 << 15})
	return &aedat4Writer{w: w, sensor: sensor}, err
}

func (w *aedat4Writer) Write(all []Event) error {
	for _, e := range all {
		if len(w.events) == 0 {
			w.start = e.T
			if len(w.table) == 0 {
				w.first = e.T
			}
		}
		w.events = binary.LittleEndian.AppendUint64(w.events, uint64(e.T))
		w.events = binary.LittleEndian.AppendUint16(w.events, e.X)
		w.events = binary.LittleEndian.AppendUint16(w.events, e.Y)
		w.events = append(w.events, byte(bit(e.On)), 0, 0, 0)
		w.last = e.T
		if len(w.events) == aedat4Most*aedat4Event {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush compresses the events into a packet.
func (w *aedat4Writer) flush() error {
	n := len(w.events) / aedat4Event
	packed, err := packLZ4(flatEvents(w.events, n))
	if err != nil {
		return err
	}
	head := binary.LittleEndian.AppendUint32(make([]byte, 4), uint32(len(packed))) // of stream 0
	w.packets.Write(head)
	w.table = append(w.table, aedat4Written{int64(w.packets.Len()), len(packed), n, w.start,
		w.last})
	w.packets.Write(packed)
	w.events = w.events[:0]
	return nil
}

func (w *aedat4Writer) Close() error {
	if len(w.events) > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	info := fmt.Sprintf(aedat4Info, w.sensor.Width, w.sensor.Height, w.first)
	begin := int64(len(aedat4Line) + len(flatHeader(0, info)))
	table, err := packLZ4(flatPackets(w.table, begin))
	if err != nil {
		return err
	}
	header := flatHeader(begin+int64(w.packets.Len()), info)
	for _, b := range [][]byte{[]byte(aedat4Line), header, w.packets.Bytes(), table} {
		if _, err := w.w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// packLZ4 compresses b into a frame of LZ4.
func packLZ4(b []byte) ([]byte, error) {
	var packed bytes.Buffer
	z := lz4.NewWriter(&packed)
	if err := z.Apply(lz4.ChecksumOption(false)); err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	err := z.Close()
	return packed.Bytes(), err
}

// The writer lays out a FlatBuffer in this order: its size, the offset of the root table, the
// identifier, the list of the root's fields (the vtable), the root, and the text or vector that the
// root points to. Numbers of 8 bytes lie at multiples of 8, as dv-processing checks.

// flatBegin writes a FlatBuffer up to the root. The root has size bytes, and fields are the offsets
// of its fields in it.
func flatBegin(identifier string, size int, fields ...int) []byte {
	list := 4 + 2*len(fields)
	root := (12 + list + 3) &^ 3
	b := binary.LittleEndian.AppendUint32(make([]byte, 4), uint32(root-4))
	b = append(b, identifier...)
	b = binary.LittleEndian.AppendUint16(b, uint16(list))
	b = binary.LittleEndian.AppendUint16(b, uint16(size))
	for _, f := range fields {
		b = binary.LittleEndian.AppendUint16(b, uint16(f))
	}
	b = append(b, make([]byte, root-len(b))...)
	return binary.LittleEndian.AppendUint32(b, uint32(root-12))
}

// flatEnd fills in the size at the beginning of a FlatBuffer.
func flatEnd(b []byte) []byte {
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

// flatHeader makes an IOHeader of the compression, the offset of the table in the file, and the
// XML.
func flatHeader(table int64, info string) []byte {
	const lz4 = 1
	b := flatBegin("IOHE", 20, 4, 8, 16)
	b = binary.LittleEndian.AppendUint32(b, lz4)
	b = binary.LittleEndian.AppendUint64(b, uint64(table))
	b = binary.LittleEndian.AppendUint32(b, 4) // to the text
	b = binary.LittleEndian.AppendUint32(b, uint32(len(info)))
	b = append(b, info...)
	return flatEnd(append(b, make([]byte, 8-len(b)&7)...))
}

// flatEvents makes an EventPacket of n events.
func flatEvents(events []byte, n int) []byte {
	b := flatBegin("EVTS", 8, 4)
	b = binary.LittleEndian.AppendUint32(b, 4) // to the vector
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	return flatEnd(append(b, events...))
}

// flatPackets makes a FileDataTable of packets, the first of which begins in the file at the byte
// begin.
func flatPackets(all []aedat4Written, begin int64) []byte {
	const size, step = 44, 48 // bytes of a packet's table, and from one table to the next
	b := flatBegin("FTAB", 8, 4)
	b = binary.LittleEndian.AppendUint32(b, 4) // to the vector
	b = binary.LittleEndian.AppendUint32(b, uint32(len(all)))
	list := len(b) + 4*len(all) // the list of fields (vtable) that all tables share
	tables := (list+14+3)&^7 + 4
	for i := range all {
		b = binary.LittleEndian.AppendUint32(b, uint32(tables+step*i-len(b)))
	}
	for _, v := range []uint16{14, size, 4, 12, 20, 28, 36} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for i, p := range all {
		b = append(b, make([]byte, tables+step*i-len(b))...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(b)-list))
		for _, v := range []int64{begin + p.at, int64(p.size) << 32, int64(p.n), int64(p.first),
			int64(p.last)} {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	return flatEnd(b)
}

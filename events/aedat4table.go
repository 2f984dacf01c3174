package events

import (
	"encoding/binary"
	"io"
	"math"
)

// The table at the end of an AEDAT 4 file (dv-processing, fileDataTable.fbs) is compressed like a
// packet. It is the size of a FlatBuffer FTAB and the FTAB: a vector of tables, one for each
// packet, with
//
//	where its data begin in the file i64, stream i32 and size i32 as in its header,
//	elements i64, first time i64, last time i64
//
// An aedat4Packet is a packet as the table describes it.
type aedat4Packet struct {
	at    int64  // where its header begins in the file, in bytes
	head  uint64 // stream and size, the 8 bytes of its header
	first Micros
}

// lastBefore finds in the table the last packet of events that begins before from. It returns false
// where there is no such packet, no table, or a table whose places or times are out of order.
func (d *aedat4) lastBefore(from Micros) (before aedat4Packet, ok bool) {
	if d.at == nil || d.end < d.offset || d.end >= d.size {
		return before, false
	}
	packed := io.NewSectionReader(d.at, d.end, min(d.size-d.end, mostPacket))
	if err := d.unpackFrom(packed, min(d.most, d.options.unpackedAll(packed.Size()))); err != nil ||
		len(d.raw) < 4 || int64(len(d.raw)) > d.most {

		return before, false
	}
	root, ok := rootTable(d.raw[4:], "FTAB")
	if !ok {
		return before, false
	}
	last := aedat4Packet{at: d.offset - 1, first: math.MinInt64}
	for e := range root.tables(0) {
		data, _ := e.uint64(0)
		head, _ := e.uint64(1)
		elements, _ := e.uint64(2)
		first, _ := e.uint64(3)
		if elements == 0 || int32(head) != d.stream {
			continue
		}
		p := aedat4Packet{int64(data) - 8, head, Micros(first)}
		if p.at <= last.at || p.at > d.end-8 || p.first < last.first {
			return before, false
		}
		if last = p; p.first < from {
			before = p
		}
	}
	return before, before.at > 0
}

// seekTime goes to the last packet that begins before from by the table, if the packet itself
// agrees with the table.
func (d *aedat4) seekTime(from Micros) {
	if d.err != nil || len(d.events) > 0 {
		return
	}
	to, ok := d.lastBefore(from)
	if !ok {
		return
	}
	var head [8]byte
	if _, err := d.at.ReadAt(head[:], to.at); err != nil ||
		binary.LittleEndian.Uint64(head[:]) != to.head {

		return
	}
	began := d.offset
	d.goTo(to.at)
	if d.packet() != nil || len(d.events) < aedat4Event ||
		Micros(binary.LittleEndian.Uint64(d.events)) != to.first {

		d.events = nil
		d.goTo(began)
	}
}

// goTo makes the packet at this offset of the file, in bytes, the next to be read.
func (d *aedat4) goTo(offset int64) {
	d.offset = offset
	d.r.Reset(io.NewSectionReader(d.at, offset, d.size-offset))
}

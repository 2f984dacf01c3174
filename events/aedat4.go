package events

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// AEDAT 4 (docs.inivation.com, "AEDAT 4.0"; dv-processing) is the line "#!AER-DAT4.0", the size of
// a FlatBuffer IOHeader, the IOHeader, and packets,
//
//	stream i32, size i32, size bytes
//
// whose bytes are the size of a FlatBuffer and the FlatBuffer, compressed by LZ4 or Zstandard as a
// frame of its own. A packet of events (EVTS) is a vector of 16 bytes an event:
//
//	t i64, x i16, y i16, on bool, 3 bytes
//
// with t in us since 1970. A network stream (dv-processing, NetworkWriter) is the same without the
// line. The header names the streams, in XML, and the position of a table of all packets, which
// follows the packets; the position is -1 if the recording was not ended. The reader yields the
// events of the first stream of events, or of the stream that Options.Topic names, and passes over
// the others.
const (
	aedat4Format = "AEDAT 4"
	aedat4Line   = "#!AER-DAT4.0\r\n"
	aedat4Event  = 16        // bytes
	mostPacket   = 64 << 20  // bytes of a packet or a header; usual are some kilobytes
	mostUnpacked = 256 << 20 // bytes of a packet, unpacked
)

type aedat4 struct {
	r           *bufio.Reader
	at          io.ReaderAt // the whole file, or nil
	size        int64       // bytes of the whole file
	offset      int64       // bytes read of the file
	sensor      Size
	stream      int32
	streams     []aedat4Stream // the streams of events
	chosen      int            // index of the stream that is read in streams
	unpack      func(io.Reader) (io.Reader, error)
	most        int64 // largest size of a packet, in bytes, unpacked
	options     Options
	packedSum   int64 // bytes of all packets of the stream so far, as stored
	unpackedSum int64 // and unpacked
	end         int64 // where the packets end in the file, in bytes, or -1
	last        Micros
	anyOrder    bool
	skipped     *atomic.Int64 // counts events whose x or y is below 0; nil: they are an error
	packed      bytes.Buffer
	raw         []byte // the bytes of the packet being read, unpacked
	lz4         bool
	events      []byte // the events of raw that have not been read yet
	err         error
}

func (d *aedat4) Format() string { return aedat4Format }

func (d *aedat4) Sensor() Size { return d.sensor }

// openAEDAT4 reads an AEDAT 4 file.
func openAEDAT4(s source, o Options) (Reader, error) {
	d := &aedat4{r: bufio.NewReaderSize(s.reader(), bufferSize), at: s.at, size: s.size,
		most: o.unpacked(mostUnpacked), options: o, anyOrder: o.anyOrder(), skipped: o.skips()}
	if _, err := d.r.Discard(len(aedat4Line)); err != nil {
		return nil, &FormatError{aedat4Format, 0, "the line #!AER-DAT4.0 and a header",
			"the end of the file"}
	}
	d.offset = int64(len(aedat4Line))
	return d.open()
}

// isAEDAT4Stream says whether b begins with the size of an IOHeader and the IOHeader, as a network
// stream does.
func isAEDAT4Stream(b []byte) bool { return len(b) >= 12 && string(b[8:12]) == "IOHE" }

// openAEDAT4Stream reads a network stream, which has no line before the header.
func openAEDAT4Stream(s source, o Options) (Reader, error) {
	return (&aedat4{r: bufio.NewReaderSize(s.reader(), bufferSize), most: o.unpacked(mostUnpacked),
		options: o, anyOrder: o.anyOrder(), skipped: o.skips()}).open()
}

// open reads the header.
func (d *aedat4) open() (Reader, error) {
	var size [4]byte
	if err := d.full(size[:], "4 bytes, the size of the header"); err != nil {
		return nil, err
	}
	at := d.offset
	if err := d.bytes(&d.packed, int64(binary.LittleEndian.Uint32(size[:])),
		"a header"); err != nil {
		return nil, err
	}
	header, ok := rootTable(d.packed.Bytes(), "IOHE")
	if !ok {
		return nil, &FormatError{aedat4Format, at, "a FlatBuffer IOHE", "something else"}
	}
	compression, _ := header.uint32(0)
	switch compression {
	case 0:
		d.unpack = func(r io.Reader) (io.Reader, error) { return r, nil }
	case 1, 2:
		d.lz4 = true
		z := lz4.NewReader(nil)
		d.unpack = func(r io.Reader) (io.Reader, error) { z.Reset(r); return z, nil }
	case 3, 4:
		var z *zstd.Decoder
		d.unpack = func(r io.Reader) (_ io.Reader, err error) {
			if z == nil {
				if z, err = newZstd(r, d.most); err != nil {
					return nil, err
				}
				return z, nil
			}
			return z, z.Reset(r)
		}
	default:
		return nil, &FormatError{aedat4Format, at, "compression 0 to 4 (none, LZ4, Zstandard)",
			fmt.Sprint(compression)}
	}
	d.end = -1
	if position, ok := header.uint64(1); ok {
		d.end = int64(position)
	}
	info, _ := header.string(2)
	var err error
	if d.streams, err = eventStreams(info); err != nil {
		return nil, &FormatError{aedat4Format, at,
			"the XML of a header that names a stream of events (EVTS)", err.Error()}
	}
	if d.chosen, err = chooseStream(d.streams, d.options.Topic); err != nil {
		return nil, err
	}
	d.stream, d.sensor = d.streams[d.chosen].id, d.streams[d.chosen].sensor
	return d, nil
}

// newZstd returns a decoder of Zstandard that uses at most so many bytes of memory and no threads.
func newZstd(r io.Reader, most int64) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxMemory(uint64(most)))
}

func (d *aedat4) Read(buf []Event) (n int, err error) {
	for n < len(buf) {
		// The next packet of a network stream may be long in coming, so Read returns without it
		// once it has events.
		for len(d.events) == 0 && d.err == nil && n == 0 {
			d.err = d.packet()
		}
		if len(d.events) == 0 {
			break
		}
		k := d.plain(buf[n:])
		n += k
		d.events = d.events[k*aedat4Event:]
		if k > 0 || n == len(buf) {
			continue
		}
		wrong := d.refuse(aedat4At(d.events))
		d.events = d.events[aedat4Event:]
		if wrong != errSkipped {
			wrong.Format, wrong.Offset = aedat4Format, d.offset
			wrong.Want += " (in the packet that ends here)"
			d.err, d.events = wrong, nil
		}
	}
	return readResult(n, buf, d.err)
}

// plain decodes events up to the first whose time runs back or whose x or y is below 0.
func (d *aedat4) plain(buf []Event) (n int) {
	all := as[[aedat4Event]byte](d.events)
	last := d.last
	if d.anyOrder {
		last = math.MinInt64
	}
	buf = buf[:min(len(buf), len(all))]
	for i := range buf {
		e := aedat4At(all[i][:])
		if e.T < last || (e.X|e.Y)>>15 != 0 {
			break
		}
		if !d.anyOrder {
			last = e.T
		}
		buf[i] = e
		n++
	}
	if n > 0 {
		d.last = buf[n-1].T
	}
	return n
}

// aedat4At is the event that b begins with.
func aedat4At(b []byte) Event {
	return Event{
		T:  Micros(binary.LittleEndian.Uint64(b)),
		X:  binary.LittleEndian.Uint16(b[8:]),
		Y:  binary.LittleEndian.Uint16(b[10:]),
		On: b[12] != 0,
	}
}

// refuse is the error for an event that plain stops at, or errSkipped where the options leave the
// event out.
func (d *aedat4) refuse(e Event) *FormatError {
	switch {
	case e.T < d.last && !d.anyOrder:
		return runsBack(0, d.last, e.T)
	case d.skipped != nil:
		d.skipped.Add(1)
		return errSkipped
	}
	return &FormatError{Want: "x and y of at least 0",
		Got: fmt.Sprintf("x %d, y %d", int16(e.X), int16(e.Y)) + skipHint}
}

// packet reads the next packet. It returns io.EOF where the packets end.
func (d *aedat4) packet() error {
	if d.end >= 0 && d.offset >= d.end {
		return io.EOF
	}
	at := d.offset
	var head [8]byte
	if _, err := d.r.Peek(1); err == io.EOF {
		if d.end >= 0 {
			return &FormatError{aedat4Format, at, fmt.Sprintf("packets up to the table at byte %d",
				d.end), "the end of the file"}
		}
		return io.EOF
	}
	if err := d.full(head[:], "8 bytes of a packet's header"); err != nil {
		return err
	}
	stream := int32(binary.LittleEndian.Uint32(head[:]))
	size := int64(binary.LittleEndian.Uint32(head[4:]))
	if stream != d.stream {
		return d.pass(size)
	}
	if err := d.bytes(&d.packed, size, "a packet"); err != nil {
		return err
	}
	d.packedSum += size
	all := d.options.unpackedAll(d.packedSum)
	err := d.unpackAll(min(d.most, all-d.unpackedSum))
	d.unpackedSum += int64(len(d.raw))
	switch {
	case d.unpackedSum > all:
		return &UnpackedError{aedat4Format, at + 8, all}
	case err != nil:
		return &FormatError{aedat4Format, at + 8, "a packet that can be unpacked", err.Error()}
	case int64(len(d.raw)) > d.most:
		return &FormatError{aedat4Format, at + 8,
			fmt.Sprintf("a packet of at most %d bytes, unpacked", d.most), "more"}
	case len(d.raw) < 4:
		return &FormatError{aedat4Format, at + 8, "a FlatBuffer behind its size",
			fmt.Sprintf("%d bytes", len(d.raw))}
	}
	root, ok := rootTable(d.raw[4:], "EVTS")
	if !ok {
		return &FormatError{aedat4Format, at + 8, "a FlatBuffer EVTS in a packet of events",
			"something else"}
	}
	if d.events, ok = root.structs(0, aedat4Event); !ok {
		return &FormatError{aedat4Format, at + 8, "a vector of events inside of its packet",
			"one that ends beyond it"}
	}
	return nil
}

// unpackAll unpacks d.packed into d.raw, up to one byte more than most, which shows that the packet
// is too long.
func (d *aedat4) unpackAll(most int64) error {
	if d.lz4 {
		var whole bool
		d.raw, whole = unpackLZ4Frame(d.raw[:0], d.packed.Bytes(), most)
		if whole && int64(len(d.raw)) <= most {
			return nil
		}
	}
	return d.unpackFrom(&d.packed, most)
}

// unpackFrom does the same with the bytes of a reader.
func (d *aedat4) unpackFrom(packed io.Reader, most int64) error {
	unpacked, err := d.unpack(packed)
	if err != nil {
		return err
	}
	to := bytes.NewBuffer(d.raw[:0])
	_, err = io.Copy(to, io.LimitReader(unpacked, most+1))
	d.raw = to.Bytes()
	return err
}

// full fills b from the file.
func (d *aedat4) full(b []byte, what string) error {
	n, err := io.ReadFull(d.r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &FormatError{aedat4Format, d.offset, what,
			fmt.Sprintf("%d at the end of the file", n)}
	}
	d.offset += int64(n)
	return err
}

// pass passes over a packet of another stream.
func (d *aedat4) pass(size int64) error {
	if size > mostPacket {
		return packetTooLong(d.offset, "a packet", size)
	}
	n, err := d.r.Discard(int(size))
	if err == io.EOF {
		return packetCut(d.offset, "a packet", size, int64(n))
	}
	d.offset += int64(n)
	return err
}

func packetTooLong(at int64, what string, size int64) error {
	return &FormatError{aedat4Format, at, what + " of at most 64 MiB",
		fmt.Sprintf("%d bytes", size)}
}

func packetCut(at int64, what string, size, there int64) error {
	return &FormatError{aedat4Format, at, fmt.Sprintf("%d bytes of %s", size, what),
		fmt.Sprintf("%d at the end of the file", there)}
}

// bytes reads size bytes into b, which grows only as the file yields bytes: a wrong size in a short
// file does not claim memory.
func (d *aedat4) bytes(b *bytes.Buffer, size int64, what string) error {
	if size > mostPacket {
		return packetTooLong(d.offset, what, size)
	}
	b.Reset()
	n, err := io.CopyN(b, d.r, size)
	if errors.Is(err, io.EOF) {
		return packetCut(d.offset, what, size, n)
	}
	d.offset += n
	return err
}

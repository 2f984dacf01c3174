package rosbag

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// An MCAP file (mcap.dev/spec) is magic, records, and magic again:
//
//	kind u8, length u64, that many bytes
//
// little-endian. A channel (4) has messages (5) of a schema (3), which names their type. Most
// messages lie in chunks (6), which may be compressed and have a checksum. The last record, a
// footer (2), says where the summary begins: schemas, channels, and an index of the chunks (8) with
// their times and channels. A file without a summary, such as one whose recording was interrupted,
// is scanned from its beginning instead.
const mcapMagic = "\x89MCAP0\r\n"

// IsMCAP reports whether a file begins as MCAP does.
func IsMCAP(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89MCAP")) }

// These are the kinds of records.
const (
	mcapFooter     = 2
	mcapSchema     = 3
	mcapChannel    = 4
	mcapMessage    = 5
	mcapChunk      = 6
	mcapChunkIndex = 8
	mcapStatistics = 11
)

type mcap struct {
	chunks
	r        io.ReaderAt
	size     int64
	unpacker unpacker
	topics   []Topic
	schemas  map[uint16]string // names by id
	channels map[uint16]int    // indexes of topics by id
}

func (*mcap) Format() string { return "ROS 2 bag (MCAP)" }

func (b *mcap) Topics() []Topic { return b.topics }

func (b *mcap) Choose(topic int, from int64) (bool, error) {
	b.choose(topic, from)
	return true, nil
}

// words reads the fields of a record. Fields beyond its end are 0, and then short is true.
type words struct {
	b     []byte
	short bool
}

func (w *words) bytes(n uint64) []byte {
	if n > uint64(len(w.b)) {
		w.b, w.short = nil, true
		return nil
	}
	part := w.b[:n]
	w.b = w.b[n:]
	return part
}

func (w *words) uint(size int) (v uint64) {
	for i, c := range w.bytes(uint64(size)) {
		v |= uint64(c) << (8 * i)
	}
	return v
}

func (w *words) text() string { return string(w.bytes(w.uint(4))) }

func openMCAP(r io.ReaderAt, size int64, l Limits) (Bag, error) {
	b := &mcap{r: r, size: size, unpacker: unpacker{limits: l}}
	b.load = b.messages
	magic, err := readAt(r, 0, min(size, int64(len(mcapMagic))), size, "a file")
	if err != nil {
		return nil, err
	}
	if string(magic) != mcapMagic {
		return nil, &Error{0, fmt.Sprintf("an MCAP file, %q", mcapMagic), fmt.Sprintf("%q", magic)}
	}
	b.clear()
	if err := b.readSummary(); err != nil {
		b.clear()
		b.scan()
	}
	b.sort()
	return b, nil
}

// clear forgets all that was read.
func (b *mcap) clear() {
	b.all, b.topics = nil, nil
	b.schemas, b.channels = map[uint16]string{}, map[uint16]int{}
}

// head reads the kind and the length of a record. It returns where the contents of the record begin
// and end.
func (b *mcap) head(at int64) (kind byte, begin, end int64, err error) {
	head, err := readAt(b.r, at, 9, b.size, "a record")
	if err != nil {
		return 0, 0, 0, err
	}
	length := binary.LittleEndian.Uint64(head[1:])
	begin = at + 9
	if length > uint64(b.size-begin) {
		return 0, 0, 0, &Error{at, fmt.Sprintf("%d bytes of a record", length),
			fmt.Sprintf("%d at the end of the file", b.size-begin)}
	}
	return head[0], begin, begin + int64(length), nil
}

// about adds a schema or a channel. It ignores records of other kinds.
func (b *mcap) about(kind byte, body []byte, at int64) error {
	w := words{b: body}
	switch kind {
	case mcapSchema:
		id, name := uint16(w.uint(2)), w.text()
		b.schemas[id] = name
	case mcapChannel:
		id, schema, topic, encoding := uint16(w.uint(2)), uint16(w.uint(2)), w.text(), w.text()
		b.channels[id] = addTopic(&b.topics, Topic{topic, b.schemas[schema], encoding, -1})
	}
	if w.short {
		return &Error{at, "a record that has all of its fields", "one that ends before them"}
	}
	return nil
}

// readSummary reads the summary that the footer leads to. A summary that does not name all chunks
// is an error.
func (b *mcap) readSummary() error {
	const footer = 9 + 20
	at := b.size - int64(len(mcapMagic)) - footer
	end, err := readAt(b.r, at, footer, b.size, "a footer")
	if err != nil {
		return err
	}
	start := binary.LittleEndian.Uint64(end[9:])
	if end[0] != mcapFooter || start == 0 || start > uint64(at) {
		return &Error{at, "a footer that leads to a summary", "another record"}
	}
	chunks, messages := int64(-1), uint64(0)
	perChannel := map[uint16]uint64{}
	for next := int64(start); next < at; {
		kind, begin, end, err := b.head(next)
		if err != nil {
			return err
		}
		body, err := readAt(b.r, begin, min(end-begin, mostRecord), b.size, "a record")
		if err != nil {
			return err
		}
		if err := b.about(kind, body, next); err != nil {
			return err
		}
		w := words{b: body}
		switch kind {
		case mcapChunkIndex:
			c := chunk{start: int64(w.uint(8)), end: int64(w.uint(8))}
			c.at, c.size = int64(w.uint(8)), int64(w.uint(8))
			for channels := (words{b: w.bytes(w.uint(4))}); len(channels.b) > 0; channels.uint(8) {
				topic, ok := b.channels[uint16(channels.uint(2))]
				if !ok {
					return &Error{next, "a chunk of known channels", "an unknown channel"}
				}
				if c.topics == nil {
					c.topics = map[int]uint32{}
				}
				c.topics[topic] = 1
			}
			b.all = append(b.all, c)
		case mcapStatistics:
			messages = w.uint(8)
			w.uint(2 + 4 + 4 + 4)
			chunks = 0
			w = words{b: body}
			w.bytes(8 + 2 + 4 + 4 + 4)
			chunks = int64(w.uint(4))
			w.bytes(16)
			for counts := (words{b: w.bytes(w.uint(4))}); len(counts.b) > 0; {
				channel := uint16(counts.uint(2))
				perChannel[channel] = counts.uint(8)
			}
		}
		if w.short {
			return &Error{next, "a record that has all of its fields", "one that ends before them"}
		}
		next = end
	}
	switch {
	case len(b.all) == 0 && messages > 0, chunks >= 0 && int64(len(b.all)) != chunks,
		len(b.all) == 0 && chunks < 0:
		return &Error{at, "a summary that names all chunks", "one that names fewer"}
	}
	for channel, topic := range b.channels {
		if n, ok := perChannel[channel]; ok {
			b.topics[topic].Messages = max(b.topics[topic].Messages, 0) + int64(n)
		} else if chunks >= 0 {
			b.topics[topic].Messages = max(b.topics[topic].Messages, 0)
		}
	}
	return nil
}

// mostLoose is the number of bytes from which messages outside of chunks are made into a chunk of
// their own.
const mostLoose = 1 << 20

// scan reads all records of a file without a usable summary. If the file is damaged, the messages
// before the damage are read, and then the error is returned.
func (b *mcap) scan() {
	loose := chunk{}
	end := func() {
		if loose.size > 0 {
			b.all = append(b.all, loose)
		}
		loose = chunk{}
	}
	defer end()
	see := func(c *chunk) func(topic int, m Message) {
		return func(topic int, m Message) {
			c.topics[topic]++
			c.start, c.end = min(c.start, m.Time), max(c.end, m.Time)
			b.topics[topic].Messages = max(b.topics[topic].Messages, 0) + 1
		}
	}
	empty := func(at int64) chunk {
		return chunk{at: at, start: math.MaxInt64, end: math.MinInt64, topics: map[int]uint32{}}
	}
	for at := int64(len(mcapMagic)); at < b.size; {
		kind, begin, stop, err := b.head(at)
		if err != nil {
			b.damage = err
			return
		}
		switch kind {
		case mcapFooter:
			return
		case mcapSchema, mcapChannel, mcapMessage:
			var body []byte
			if stop-begin > mostRecord {
				err = &Error{at, "a record of at most 256 MiB", fmt.Sprintf("%d bytes", stop-begin)}
			} else if body, err = readAt(b.r, begin, stop-begin, b.size, "a record"); err == nil {
				err = b.about(kind, body, at)
			}
			if err == nil && kind == mcapMessage {
				if loose.at+loose.size != at || loose.size > mostLoose {
					end()
					loose = empty(at)
				}
				if err = b.message(body, at, see(&loose)); err == nil {
					loose.size = stop - loose.at
				}
			}
		case mcapChunk:
			end()
			c := empty(at)
			c.size = stop - at
			err = b.inside(&c, see(&c))
			if c.end >= c.start {
				b.all = append(b.all, c)
			}
		}
		if err != nil {
			b.damage = err
			return
		}
		at = stop
	}
	b.damage = cmp.Or(b.damage, error(&Error{b.size, "a footer", "the end of the file"}))
}

// messages returns the messages of a topic in a chunk.
func (b *mcap) messages(c *chunk, topic int) (all []Message, err error) {
	err = b.inside(c, func(of int, m Message) {
		if of == topic {
			all = append(all, m)
		}
	})
	for i := range all {
		if wrong := b.unpacker.message(&all[i]); wrong != nil {
			return all[:i], wrong
		}
	}
	return all, err
}

// inside calls yield for each message of a chunk, or of records that lie outside of any chunk.
func (b *mcap) inside(c *chunk, yield func(topic int, m Message)) error {
	kind, begin, end, err := b.head(c.at)
	if err != nil {
		return err
	}
	if kind != mcapChunk {
		data, err := readAt(b.r, c.at, min(c.size, b.size-c.at), b.size, "messages")
		if err != nil {
			return err
		}
		return b.records(data, c.at, yield)
	}
	if most := b.unpacker.limits.Chunk; end-begin > most {
		return &Error{c.at, fmt.Sprintf("a chunk of at most %d bytes", most),
			fmt.Sprint(end - begin)}
	}
	body, err := readAt(b.r, begin, end-begin, b.size, "a chunk")
	if err != nil {
		return err
	}
	w := words{b: body}
	w.bytes(16)
	size, sum := w.uint(8), uint32(w.uint(4))
	how := w.text()
	packed := w.bytes(w.uint(8))
	if w.short || size > math.MaxInt64 {
		return &Error{c.at, "a chunk that has all of its fields", "one that ends before them"}
	}
	data, damaged := b.unpacker.unpack(packed, how, int64(size), c.at, &c.counted)
	if damaged == nil && sum != 0 && crc32.ChecksumIEEE(data) != sum {
		damaged = &Error{c.at, fmt.Sprintf("a chunk with checksum %08x", sum),
			fmt.Sprintf("%08x", crc32.ChecksumIEEE(data))}
		data = nil // the damage may be anywhere in the chunk
	}
	if err := b.records(data, c.at, yield); err != nil && damaged == nil {
		return err
	}
	return damaged
}

// records calls yield for each message among the records of an unpacked chunk.
func (b *mcap) records(data []byte, at int64, yield func(topic int, m Message)) error {
	for w := (words{b: data}); len(w.b) > 0; {
		kind := byte(w.uint(1))
		body := w.bytes(w.uint(8))
		if w.short {
			return &Error{at, "records that end inside of their chunk", "one that ends beyond it"}
		}
		err := b.about(kind, body, at)
		if err == nil && kind == mcapMessage {
			err = b.message(body, at, yield)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// message decodes a message and calls yield for it:
//
//	channel u16, number u32, recorded u64, sent u64, the message
func (b *mcap) message(body []byte, at int64, yield func(topic int, m Message)) error {
	w := words{b: body}
	channel := uint16(w.uint(2))
	w.uint(4)
	time := w.uint(8)
	w.uint(8)
	topic, ok := b.channels[channel]
	if w.short || !ok || time > math.MaxInt64 {
		return &Error{at, "a message with a time and a known channel", "one without"}
	}
	yield(topic, Message{int64(time), w.b, at})
	return nil
}

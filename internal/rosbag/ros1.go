package rosbag

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// A ROS 1 bag (wiki.ros.org/Bags/Format/2.0) is the line "#ROSBAG V2.0" and records, little-endian:
//
//	length u32, header, length u32, data
//
// where a header is fields, length u32 and "name=value", one of them op. At index_pos of the first
// record lie connections (7), whose data name the type of their messages, and an entry (6) for each
// chunk (5), with its place, its times, and how many messages of each connection it has. A chunk is
// a sequence of records, connections and messages (2), and may be compressed. A bag whose recording
// was interrupted has index_pos 0: its chunks are scanned instead.
const ros1Line = "#ROSBAG V2.0\n"

// IsROS1 reports whether a file begins as a ROS 1 bag does.
func IsROS1(b []byte) bool { return bytes.HasPrefix(b, []byte("#ROSBAG ")) }

// These are the operations of records.
const (
	opMessage    = 2
	opHeader     = 3
	opChunk      = 5
	opChunkInfo  = 6
	opConnection = 7
)

type ros1 struct {
	chunks
	r           io.ReaderAt
	size        int64
	unpacker    unpacker
	topics      []Topic
	connections map[uint32]int // indexes of topics by the number of the connection
}

func (*ros1) Format() string { return "ROS 1 bag" }

func (b *ros1) Topics() []Topic { return b.topics }

func (b *ros1) Choose(topic int, from int64) (bool, error) {
	b.choose(topic, from)
	return true, nil
}

// record is one record of a bag, or of a chunk.
type record struct {
	op     byte
	fields map[string][]byte
	data   []byte
	at     int64 // address of data
	end    int64
}

func (r record) uint32(name string) (uint32, bool) {
	b := r.fields[name]
	if len(b) != 4 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

// time returns a field of seconds and nanoseconds as a time in ns.
func (r record) time(name string) (int64, bool) {
	b := r.fields[name]
	if len(b) != 8 {
		return 0, false
	}
	return int64(binary.LittleEndian.Uint32(b))*1e9 + int64(binary.LittleEndian.Uint32(b[4:])), true
}

// parseFields decodes the fields of a header. ok is false if they are cut.
func parseFields(b []byte) (fields map[string][]byte, ok bool) {
	fields = map[string][]byte{}
	for len(b) > 0 {
		if len(b) < 4 {
			return nil, false
		}
		n := int64(binary.LittleEndian.Uint32(b))
		if n > int64(len(b)-4) {
			return nil, false
		}
		name, value, found := bytes.Cut(b[4:4+n], []byte("="))
		if !found {
			return nil, false
		}
		fields[string(name)] = value
		b = b[4+n:]
	}
	return fields, true
}

const mostRecord = 1 << 28 // bytes of a header, or of a record other than a chunk

// record reads the header of a record, and its data unless the record is a chunk.
func (b *ros1) record(at int64) (r record, err error) {
	head, err := readAt(b.r, at, 4, b.size, "a record")
	if err != nil {
		return r, err
	}
	n := int64(binary.LittleEndian.Uint32(head))
	if n > mostRecord {
		return r, &Error{at, "a record's header of at most 256 MiB", fmt.Sprintf("%d bytes", n)}
	}
	text, err := readAt(b.r, at+4, n+4, b.size, "a record's header")
	if err != nil {
		return r, err
	}
	var ok bool
	if r.fields, ok = parseFields(text[:n]); !ok || len(r.fields["op"]) != 1 {
		return r, &Error{at, "a record's header with fields, op among them", "one without"}
	}
	r.op = r.fields["op"][0]
	size := int64(binary.LittleEndian.Uint32(text[n:]))
	r.at = at + 4 + n + 4
	r.end = r.at + size
	if r.op == opChunk {
		if r.end > b.size {
			_, err := readAt(b.r, r.at, size, b.size, "a chunk")
			return r, err
		}
		return r, nil
	}
	if size > mostRecord {
		return r, &Error{at, "a record of at most 256 MiB", fmt.Sprintf("%d bytes", size)}
	}
	r.data, err = readAt(b.r, r.at, size, b.size, "a record")
	return r, err
}

func openROS1(r io.ReaderAt, size int64, l Limits) (Bag, error) {
	line, err := readAt(r, 0, min(size, int64(len(ros1Line))), size, "a bag")
	if err != nil {
		return nil, err
	}
	if string(line) != ros1Line {
		return nil, &Error{0, "a bag of version 2.0 (rosbag migrate writes one)",
			fmt.Sprintf("%q", line)}
	}
	b := &ros1{r: r, size: size, unpacker: unpacker{limits: l}, connections: map[uint32]int{}}
	b.load = b.messages
	head, err := b.record(int64(len(line)))
	switch {
	case err != nil:
		return nil, err
	case head.op != opHeader || len(head.fields["index_pos"]) != 8:
		return nil, &Error{int64(len(line)), "a header of a bag, with index_pos", "another record"}
	case len(head.fields["encryptor"]) > 0:
		return nil, &Error{int64(len(line)), "a bag that is not encrypted",
			fmt.Sprintf("encryptor %.40q", head.fields["encryptor"])}
	}
	index := binary.LittleEndian.Uint64(head.fields["index_pos"])
	if index == 0 || index > uint64(size) || b.readIndex(int64(index)) != nil {
		b.all, b.topics, b.connections = nil, nil, map[uint32]int{}
		b.scan(head.end)
	}
	b.sort()
	for i := range b.topics {
		b.topics[i].Messages = 0
		for _, c := range b.all {
			b.topics[i].Messages += int64(c.topics[i])
		}
	}
	return b, nil
}

// connect adds a connection.
func (b *ros1) connect(r record) error {
	number, ok := r.uint32("conn")
	about, said := parseFields(r.data)
	if !ok || !said {
		return &Error{r.at, "a connection with a number and a type", "another record"}
	}
	t := Topic{string(r.fields["topic"]), string(about["type"]), "ros1", 0}
	b.connections[number] = addTopic(&b.topics, t)
	return nil
}

// readIndex reads the connections and the entries of all chunks.
func (b *ros1) readIndex(at int64) error {
	for at < b.size {
		r, err := b.record(at)
		if err != nil {
			return err
		}
		switch r.op {
		case opConnection:
			if err := b.connect(r); err != nil {
				return err
			}
		case opChunkInfo:
			start, has := r.time("start_time")
			end, too := r.time("end_time")
			if !has || !too || len(r.fields["chunk_pos"]) != 8 || len(r.data)%8 != 0 {
				return &Error{r.at, "the place and the times of a chunk", "another record"}
			}
			c := chunk{at: int64(binary.LittleEndian.Uint64(r.fields["chunk_pos"])),
				start: start, end: end, topics: map[int]uint32{}}
			for d := r.data; len(d) > 0; d = d[8:] {
				topic, ok := b.connections[binary.LittleEndian.Uint32(d)]
				if !ok {
					return &Error{r.at, "a chunk of known connections", "an unknown connection"}
				}
				c.topics[topic] += binary.LittleEndian.Uint32(d[4:])
			}
			b.all = append(b.all, c)
		default:
			return &Error{r.at, "connections and places of chunks", fmt.Sprintf("op %d", r.op)}
		}
		at = r.end
	}
	return nil
}

// scan finds all chunks of a bag without a usable index. If the bag is damaged, the messages before
// the damage are read, and then the error is returned.
func (b *ros1) scan(at int64) {
	for at < b.size {
		r, err := b.record(at)
		if err == nil && r.op == opConnection {
			err = b.connect(r)
		}
		if err != nil {
			b.damage = err
			return
		}
		if r.op == opChunk {
			c := chunk{at: at, start: math.MaxInt64, end: math.MinInt64, topics: map[int]uint32{}}
			err := b.inside(&c, func(topic int, m Message) {
				c.topics[topic]++
				c.start, c.end = min(c.start, m.Time), max(c.end, m.Time)
			})
			if c.end >= c.start {
				b.all = append(b.all, c)
			}
			if err != nil {
				b.damage = err
				return
			}
		}
		at = r.end
	}
}

// messages returns the messages of a topic in a chunk.
func (b *ros1) messages(c *chunk, topic int) (all []Message, err error) {
	err = b.inside(c, func(of int, m Message) {
		if of == topic {
			all = append(all, m)
		}
	})
	return all, err
}

// inside calls yield for each message of a chunk.
func (b *ros1) inside(c *chunk, yield func(topic int, m Message)) error {
	r, err := b.record(c.at)
	if err != nil {
		return err
	}
	size, ok := r.uint32("size")
	if r.op != opChunk || !ok {
		return &Error{c.at, "a chunk", fmt.Sprintf("a record of op %d", r.op)}
	}
	if r.end-r.at > b.unpacker.limits.Chunk {
		return &Error{c.at, fmt.Sprintf("a chunk of at most %d bytes", b.unpacker.limits.Chunk),
			fmt.Sprint(r.end - r.at)}
	}
	packed, err := readAt(b.r, r.at, r.end-r.at, b.size, "a chunk")
	if err != nil {
		return err
	}
	how := string(r.fields["compression"])
	data, damaged := b.unpacker.unpack(packed, how, int64(size), r.at, &c.counted)
	if err := b.records(data, r.at, yield); err != nil && damaged == nil {
		return err
	}
	return damaged
}

// records calls yield for each message among the records of an unpacked chunk.
func (b *ros1) records(data []byte, at int64, yield func(topic int, m Message)) error {
	cut := &Error{at, "records that end inside of their chunk", "one that ends beyond it"}
	next := func() ([]byte, bool) {
		if len(data) < 4 {
			return nil, false
		}
		n := int64(binary.LittleEndian.Uint32(data))
		if n > int64(len(data)-4) {
			return nil, false
		}
		part := data[4 : 4+n]
		data = data[4+n:]
		return part, true
	}
	for len(data) > 0 {
		head, ok := next()
		body, too := next()
		if !ok || !too {
			return cut
		}
		r := record{data: body, at: at}
		if r.fields, ok = parseFields(head); !ok || len(r.fields["op"]) != 1 {
			return &Error{at, "records with fields, op among them", "one without"}
		}
		switch r.fields["op"][0] {
		case opConnection:
			if err := b.connect(r); err != nil {
				return err
			}
		case opMessage:
			number, _ := r.uint32("conn")
			time, ok := r.time("time")
			topic, known := b.connections[number]
			if !ok || !known {
				return &Error{at, "a message with a time and a known connection", "one without"}
			}
			yield(topic, Message{time, body, at})
		}
	}
	return nil
}

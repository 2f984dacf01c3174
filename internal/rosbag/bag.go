// Package rosbag reads the messages of ROS bags: those of ROS 1 (.bag), and of ROS 2 in MCAP
// (.mcap) or SQLite (.db3). It finds the topics, goes through the messages of one of them in the
// order in which they were recorded, and can begin at a time, by the bag's index. What messages
// hold is not its business. Decision 30 in docs/decisions says why bags are read here.
package rosbag

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Error says where a bag stops making sense, or what of it is not read.
type Error struct {
	Offset    int64 // byte
	Want, Got string
}

func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: want %s, got %s", e.Offset, e.Want, e.Got)
}

// PackedError says that a bag is unpacked to more bytes than Limits allow.
type PackedError struct{ Offset, Most int64 }

func (e *PackedError) Error() string {
	return fmt.Sprintf("byte %d: more than %d bytes, unpacked", e.Offset, e.Most)
}

// Limits are how much a bag may be unpacked to, in bytes.
type Limits struct {
	Chunk int64 // one chunk or message
	All   int64 // all chunks or messages that are read
}

// Topic is what messages are about.
type Topic struct {
	Name     string // "/dvs/events"
	Type     string // "dvs_msgs/EventArray", without the "msg" that ROS 2 has in the middle
	Encoding string // "ros1" or "cdr"
	Messages int64  // -1 where the index does not say it
}

// Message is one of a topic.
type Message struct {
	Time   int64  // when it was recorded, in ns
	Data   []byte // good until the next one
	Offset int64  // byte of the file where it lies, or the chunk that holds it
}

// Bag is an open bag.
type Bag interface {
	// Format is "ROS 1 bag", "ROS 2 bag (MCAP)" or "ROS 2 bag (SQLite)".
	Format() string
	// Topics are all topics, in the order in which the bag has them.
	Topics() []Topic
	// Choose makes Next give the messages of a topic, by its place in Topics, with times of at
	// least from ns; all of them where the bag has no index of times and sure is false.
	Choose(topic int, from int64) (sure bool, err error)
	// Next is the next message of the topic, or io.EOF.
	Next() (Message, error)
}

// Open opens a bag of any of these formats, told by how it begins.
func Open(r io.ReaderAt, size int64, l Limits) (Bag, error) {
	var begin [16]byte
	n, err := r.ReadAt(begin[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch b := begin[:n]; {
	case IsROS1(b):
		return openROS1(r, size, l)
	case IsMCAP(b):
		return openMCAP(r, size, l)
	case IsSQLite(b):
		return openDB3(r, size, l)
	}
	return nil, &Error{0, "a ROS bag", fmt.Sprintf("%q", begin[:n])}
}

// plainType is a type's name as ROS 1 has it.
func plainType(name string) string { return strings.Replace(name, "/msg/", "/", 1) }

// addTopic returns the place of a topic in all, which it is added to if it is not there.
func addTopic(all *[]Topic, t Topic) int {
	t.Type = plainType(t.Type)
	at := slices.IndexFunc(*all, func(o Topic) bool { return o.Name == t.Name })
	if at < 0 {
		at = len(*all)
		*all = append(*all, t)
	}
	return at
}

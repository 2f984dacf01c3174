// Package rosbag reads the messages of ROS bags: the bags of ROS 1 (.bag), and those of ROS 2 in
// MCAP (.mcap) or SQLite (.db3). It lists the topics, iterates over the messages of one of them in
// the order in which they were recorded, and can begin at a given time with the index of the bag.
// It does not decode the messages. Decision 30 in docs/decisions says why bags are read here.
package rosbag

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Error says at which byte a bag stops making sense, or uses a feature that is not supported.
type Error struct {
	Offset    int64 // byte
	Want, Got string
}

func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: want %s, got %s", e.Offset, e.Want, e.Got)
}

// PackedError says that a bag unpacks to more than Limits allow.
type PackedError struct{ Offset, Most int64 }

func (e *PackedError) Error() string {
	return fmt.Sprintf("byte %d: more than %d bytes, unpacked", e.Offset, e.Most)
}

// Limits are the largest sizes that parts of a bag may unpack to, in bytes.
type Limits struct {
	Chunk int64 // one chunk or message
	All   int64 // all chunks or messages that are read
}

// Topic is a named stream of messages of one type.
type Topic struct {
	Name     string // "/dvs/events"
	Type     string // "dvs_msgs/EventArray", without the "msg" that ROS 2 has in between
	Encoding string // "ros1" or "cdr"
	Messages int64  // number of messages; -1 if the index does not say it
}

// Message is one message of a topic.
type Message struct {
	Time   int64  // when it was recorded, in ns
	Data   []byte // valid until the next message is read
	Offset int64  // byte of the file at which it lies, or the chunk that holds it
}

// Bag is an open bag.
type Bag interface {
	// Format is "ROS 1 bag", "ROS 2 bag (MCAP)" or "ROS 2 bag (SQLite)".
	Format() string
	// Topics lists all topics, in their order in the bag.
	Topics() []Topic
	// Choose makes Next return the messages of a topic, given by its index in Topics, that were
	// recorded at from ns or later. If the bag has no index of times, Next returns all messages of
	// the topic, and sure is false.
	Choose(topic int, from int64) (sure bool, err error)
	// Next returns the next message of the chosen topic, or io.EOF.
	Next() (Message, error)
}

// Open opens a bag of any of these formats. The first bytes of the file tell the format.
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

// plainType is the name of a type as ROS 1 writes it.
func plainType(name string) string { return strings.Replace(name, "/msg/", "/", 1) }

// addTopic returns the index of a topic in all, and appends the topic if it is not there yet.
func addTopic(all *[]Topic, t Topic) int {
	t.Type = plainType(t.Type)
	at := slices.IndexFunc(*all, func(o Topic) bool { return o.Name == t.Name })
	if at < 0 {
		at = len(*all)
		*all = append(*all, t)
	}
	return at
}

package events

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"ssnn/internal/rosbag"
)

// A ROS bag holds messages of many topics. The reader yields the events of one topic: the only one
// with events, or the one that Options.Topic names. rosmessage.go says how messages hold events.
// The times are those in the messages; an EventPacket holds the sensor's own times.

// Topic is a topic of a ROS bag, or a stream of events of an AEDAT 4 file.
type Topic struct {
	Name     string `json:"name"`               // "/dvs/events"; of AEDAT 4 the number
	Type     string `json:"type"`               // as ROS 1 writes it: dvs_msgs/EventArray
	Messages int64  `json:"messages,omitempty"` // 0 where the bag's index does not say
	Events   bool   `json:"events"`             // messages of the type hold events
	Read     bool   `json:"read"`               // the reader yields this topic's events
}

// Topics lists the topics of the ROS bag that r reads, or the streams of events of an AEDAT 4 file
// that has several. It is nil for any other recording.
func Topics(r Reader) []Topic {
	for {
		if b, ok := r.(interface{ topics() []Topic }); ok {
			return b.topics()
		}
		outer, ok := r.(interface{ inside() Reader })
		if !ok {
			return nil
		}
		r = outer.inside()
	}
}

func (f *File) inside() Reader     { return f.Reader }
func (v *valid) inside() Reader    { return v.Reader }
func (w *windowed) inside() Reader { return w.Reader }
func (l *limited) inside() Reader  { return l.Reader }
func (s *sorted) inside() Reader   { return s.Reader }

// bagEvents reads the events of a topic.
type bagEvents struct {
	bag     rosbag.Bag
	topic   int // index of the topic in the bag
	name    string
	sensor  Size
	options Options
	message *rosMessages

	events []Event // decoded from the last message, not read yet
	room   []Event // the memory of events, used again for each message
	last   Micros  // time of the last event decoded
	any    bool    // last is set
	origin *origin
	err    error
}

// origin holds the two times of the first message with events. seekTime takes their difference for
// the difference of the clocks of the recorder and the sensor.
type origin struct {
	recorded int64  // when the message was recorded, ns
	first    Micros // the time of its first event
}

// openBag opens a bag and chooses its topic.
func openBag(s source, o Options) (Reader, error) {
	bag, err := openROSBag(s, o)
	if err != nil {
		return nil, err
	}
	return newBagEvents(bag, o)
}

func openROSBag(s source, o Options) (rosbag.Bag, error) {
	if err := s.inMemory(o, mostHeld); err != nil {
		return nil, err
	}
	if err := unmergedLog(s.name); err != nil && rosbag.IsSQLite(s.begin) {
		return nil, err
	}
	limits := rosbag.Limits{Chunk: o.unpacked(mostUnpacked), All: o.unpackedAll(s.size)}
	bag, err := rosbag.Open(s.at, s.size, limits)
	if err != nil {
		return nil, bagError(bagFormat(s.begin), err)
	}
	return bag, nil
}

// newBagEvents chooses the topic of an open bag and reads up to its first events.
func newBagEvents(bag rosbag.Bag, o Options) (r Reader, err error) {
	d := &bagEvents{bag: bag, options: o}
	if d.topic, err = d.choose(o.Topic); err != nil {
		return nil, err
	}
	d.name = bag.Topics()[d.topic].Name
	return d, d.begin()
}

// bagFormat names the format of a bag that begins with b.
func bagFormat(b []byte) string {
	switch {
	case rosbag.IsROS1(b):
		return "ROS 1 bag"
	case rosbag.IsMCAP(b):
		return "ROS 2 bag (MCAP)"
	}
	return "ROS 2 bag (SQLite)"
}

// unmergedLog is the error for an SQLite database whose last messages still lie in the write-ahead
// log beside it, NAME-wal.
func unmergedLog(name string) error {
	if info, err := os.Stat(name + "-wal"); name != "" && err == nil && info.Size() > 0 {
		return fmt.Errorf("an SQLite database whose last messages lie beside it in %s-wal, want "+
			"them in it (sqlite3 FILE 'PRAGMA wal_checkpoint(TRUNCATE)' moves them)", name)
	}
	return nil
}

// bagError turns an error of package rosbag into an error of this package.
func bagError(format string, err error) error {
	if wrong, ok := errors.AsType[*rosbag.Error](err); ok {
		return &FormatError{format, wrong.Offset, wrong.Want, wrong.Got}
	}
	if over, ok := errors.AsType[*rosbag.PackedError](err); ok {
		return &UnpackedError{format, over.Offset, over.Most}
	}
	return err
}

// choose returns the index of the topic of this name, or of the only topic with events where name
// is "".
func (d *bagEvents) choose(name string) (place int, err error) {
	place = -1
	var with, all []string
	for i, t := range d.bag.Topics() {
		all = append(all, t.Name+" ("+t.Type+")")
		if rosTypes[t.Type] == nil {
			continue
		}
		if t.Name == name || name == "" {
			place = i
		}
		with = append(with, t.Name)
	}
	format := d.bag.Format()
	switch {
	case len(with) == 0 && len(all) == 0:
		return 0, fmt.Errorf("%s: no topics", format)
	case len(with) == 0:
		return 0, fmt.Errorf("%s: no topic of events, which are of type %s; there are %s", format,
			rosTypeNames(), shortened(strings.Join(all, ", ")))
	case name != "" && place < 0:
		return 0, fmt.Errorf("%s: no topic %q of events, want one of %s", format, name,
			shortened(strings.Join(with, ", ")))
	case name == "" && len(with) > 1:
		return 0, fmt.Errorf("%s: events in topics %s, want one of them named (--topic %s)", format,
			shortened(strings.Join(with, ", ")), with[0])
	}
	return place, nil
}

// shortened cuts a text to at most 400 bytes and "...", for an error of one line.
func shortened(text string) string {
	if len(text) > 400 {
		return text[:400] + "..."
	}
	return text
}

func (d *bagEvents) topics() []Topic {
	var all []Topic
	for i, t := range d.bag.Topics() {
		all = append(all, Topic{t.Name, t.Type, max(0, t.Messages), rosTypes[t.Type] != nil,
			i == d.topic})
	}
	return all
}

func (d *bagEvents) Format() string { return d.bag.Format() }

func (d *bagEvents) Sensor() Size { return d.sensor }

// begin goes to the beginning of the topic and decodes messages up to the first with events, which
// gives the size of the sensor.
func (d *bagEvents) begin() error {
	if _, err := d.bag.Choose(d.topic, -1<<63); err != nil {
		return bagError(d.Format(), err)
	}
	t := d.bag.Topics()[d.topic]
	messages, err := newROSMessages(t.Type, t.Encoding, d.options)
	if err != nil {
		return fmt.Errorf("%s: topic %s: %w", d.Format(), t.Name, err)
	}
	d.message, d.events, d.last, d.any, d.err = messages, nil, 0, false, nil
	for d.err == nil && len(d.events) == 0 {
		d.more()
	}
	d.sensor = d.message.sensor
	return nil
}

// more reads and decodes the next message.
func (d *bagEvents) more() {
	m, err := d.bag.Next()
	if err != nil {
		d.err = bagError(d.Format(), err)
		return
	}
	d.err = d.take(m)
	if d.origin == nil && len(d.events) > 0 {
		d.origin = &origin{m.Time, d.events[0].T}
	}
}

// take decodes a message into d.events. Beside an error, d.events holds the good events before it.
func (d *bagEvents) take(m rosbag.Message) (err error) {
	d.events, err = d.message.decode(m.Data, d.room[:0])
	d.room = d.events[:0]
	wrong, _ := err.(*FormatError)
	for i, e := range d.events {
		if d.any && e.T < d.last && !d.options.anyOrder() {
			wrong, d.events = runsBack(0, d.last, e.T), d.events[:i]
			break
		}
		d.last, d.any = e.T, true
	}
	if wrong != nil {
		wrong.Format, wrong.Offset = d.Format(), m.Offset
		wrong.Want += fmt.Sprintf(" (in the message of %s recorded at %d ns)", d.name, m.Time)
		return wrong
	}
	return err
}

func (d *bagEvents) Read(buf []Event) (n int, err error) {
	for n < len(buf) {
		if len(d.events) == 0 && d.err == nil {
			d.more()
			continue
		}
		if len(d.events) == 0 {
			break
		}
		k := copy(buf[n:], d.events)
		d.events = d.events[k:]
		n += k
	}
	return readResult(n, buf, d.err)
}

const (
	seekMargin = 10_000 // us of events before from that a decoder may need to find its state
	mostSteps  = 8      // attempts to begin, each further back than the one before
)

// seekTime begins at a message recorded some time before the event at from is expected, if the
// events of that message are before from. The two times of origin say when the event is expected.
// A sensor's clock that wraps is continued by the same two times where they leave no doubt.
func (d *bagEvents) seekTime(from Micros) {
	if d.err != nil || d.origin == nil || len(d.events) == 0 || d.events[0].T != d.origin.first {
		return
	}
	o := *d.origin
	away := int64(from - o.first)
	if away < 0 || away > 1<<50 {
		return
	}
	for step, back := 0, int64(1e8); step < mostSteps; step, back = step+1, back*4 {
		at := o.recorded + away*1000 - back
		if at <= o.recorded {
			break
		}
		if d.beginAt(at, o) && d.events[0].T < from-seekMargin {
			d.message.count = true
			return
		}
	}
	if err := d.begin(); err != nil {
		d.err, d.events = err, nil
	}
}

// beginAt goes to the first message with events that was recorded at the time at, in ns, or later.
// It says whether the times of the message's events are certain.
func (d *bagEvents) beginAt(at int64, o origin) bool {
	for try := range 2 {
		if sure, err := d.bag.Choose(d.topic, at); err != nil || !sure {
			return false
		}
		d.message.restart()
		d.message.count = false
		d.last, d.any = 0, false
		var m rosbag.Message
		for d.events = nil; len(d.events) == 0; {
			var err error
			if m, err = d.bag.Next(); err != nil || d.take(m) != nil {
				return false
			}
		}
		expected := o.first + Micros((m.Time-o.recorded)/1000)
		loops, sure := d.message.loops(d.events[0].T, expected)
		if sure && loops == 0 {
			return true
		}
		if !sure || try > 0 {
			return false
		}
		d.message.turn = loops
	}
	return false
}

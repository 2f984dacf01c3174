package worker

import (
	"io"
	"unsafe"

	"ssnn/events"
)

// read replies with the events of a recording, as the block.
func (w *Worker) read(c *call) (reply, error) {
	var a struct {
		do
		recording
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	o, err := a.open(c.array)
	if err != nil {
		return nil, err
	}
	defer o.close()
	w.block.expected = o.size() * int(unsafe.Sizeof(events.Event{})) / 4 // those of EVT 2
	n, err := readAll(&w.block, o)
	if err != nil {
		return nil, a.named(err)
	}
	w.note(o)
	return reply{"events": n}, nil
}

// readAll reads all events of a recording into a block, a second-level cache's worth at a time.
func readAll(to *block, from events.Reader) (n int, err error) {
	const size = int(unsafe.Sizeof(events.Event{}))
	for err == nil {
		room, failed := to.room(atOnce * size)
		if failed != nil {
			return n, failed
		}
		buf, filled := as[events.Event](room), 0
		for filled < len(buf) && err == nil {
			var k int
			k, err = from.Read(buf[filled:])
			filled += k
		}
		to.unused((len(buf) - filled) * size)
		n += filled
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// atOnce is the number of events that are read at a time.
const atOnce = 16 << 10

package worker

import (
	"io"

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
	n, err := copyEvents(&w.block, o)
	if err != nil {
		return nil, a.named(err)
	}
	w.note(o)
	return reply{"events": n}, nil
}

// copyEvents writes all events of a recording as they lie in memory, a second-level cache's worth
// at a time.
func copyEvents(to io.Writer, from events.Reader) (n int, err error) {
	buf := make([]events.Event, 16<<10)
	for {
		filled := 0
		for filled < len(buf) && err == nil {
			var k int
			k, err = from.Read(buf[filled:])
			filled += k
		}
		if err != nil && err != io.EOF {
			return n, err
		}
		n += filled
		if _, err := to.Write(bytesOf(buf[:filled])); err != nil {
			return n, err
		}
		if err == io.EOF {
			return n, nil
		}
	}
}

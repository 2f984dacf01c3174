package stream

import (
	"sort"
	"time"

	"ssnn/events"
)

// Pace slows the reading of a recording down to a speed; 1 is the speed at which it was made. The
// first event is read at once, and each further one when it happens. With a speed of 0 or less the
// recording is read as fast as possible.
func Pace(r events.Reader, speed float64) events.Reader {
	if speed <= 0 {
		return r
	}
	return &paced{Reader: r, speed: speed, buf: make([]events.Event, 1024)}
}

type paced struct {
	events.Reader
	speed float64
	buf   []events.Event
	left  []events.Event // part of buf with the events that are not due yet
	err   error
	begin time.Time // when the first event was read
	first events.Micros
}

func (p *paced) Read(buf []events.Event) (n int, err error) {
	if len(p.left) == 0 && p.err == nil {
		n, p.err = p.Reader.Read(p.buf)
		p.left = p.buf[:n]
	}
	if len(p.left) == 0 {
		return 0, p.err
	}
	if p.begin.IsZero() {
		p.begin, p.first = time.Now(), p.left[0].T
	}
	time.Sleep(time.Until(p.due(p.left[0])))
	now := time.Now()
	n = sort.Search(len(p.left), func(i int) bool { return p.due(p.left[i]).After(now) })
	n = copy(buf, p.left[:max(n, 1)])
	p.left = p.left[n:]
	return n, nil
}

// due returns the time at which an event is read.
func (p *paced) due(e events.Event) time.Time {
	return p.begin.Add(time.Duration(float64(e.T-p.first) / p.speed * float64(time.Microsecond)))
}

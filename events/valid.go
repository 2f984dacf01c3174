package events

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// valid reads the valid events of a recording: those inside of the sensor and not earlier than the
// valid event before. It counts the others and leaves them out.
type valid struct {
	Reader
	within  []Size // the sensors that events must be inside of
	ordered bool   // earlier events are invalid
	skipped *atomic.Int64
	window  Window // the window in which skipped events are counted
	last    Micros
	any     bool
}

// skipping returns r, or under SkipInvalid a reader of its valid events.
func (o Options) skipping(r Reader) Reader {
	if !o.SkipInvalid {
		return r
	}
	if g, ok := r.(*guessed); ok { // guessed stays outermost: it judges by the valid events
		g.Reader = o.skipping(g.Reader)
		return g
	}
	v := &valid{Reader: r, ordered: !o.AnyOrder, skipped: o.Skipped}
	for _, size := range []Size{r.Sensor(), o.Within} {
		if size != (Size{}) {
			v.within = append(v.within, size)
		}
	}
	return v
}

func (v *valid) Read(buf []Event) (n int, err error) {
	for n == 0 && err == nil && len(buf) > 0 {
		var all int
		all, err = v.Reader.Read(buf)
		for _, e := range buf[:all] {
			if v.holds(e) {
				buf[n] = e
				n++
			} else if v.window.has(max(e.T, v.last)) {
				v.skipped.Add(1)
			}
		}
	}
	return n, err
}

// has says whether a time is in the window.
func (w Window) has(t Micros) bool {
	return (w.From == nil || t >= *w.From) && (w.Until == nil || t < *w.Until)
}

// holds says whether an event is valid after the events before it.
func (v *valid) holds(e Event) bool {
	for _, size := range v.within {
		if int(e.X) >= size.Width || int(e.Y) >= size.Height {
			return false
		}
	}
	if v.ordered && v.any && e.T < v.last {
		return false
	}
	v.last, v.any = e.T, true
	return true
}

// anyOrder says whether decoders pass on events that are earlier than the event before.
func (o Options) anyOrder() bool { return o.AnyOrder || o.SkipInvalid }

// skips is the counter of events that decoders themselves must leave out: an Event cannot hold
// their x or y, or they lie outside of the sensor by whose size they would be turned. It is nil
// where such an event is an error.
func (o Options) skips() *atomic.Int64 {
	if o.SkipInvalid {
		return o.Skipped
	}
	return nil
}

// errUncounted is the error for SkipInvalid without a counter.
var errUncounted = errors.New("invalid events are to be skipped, want a counter of them in Skipped")

// SkippedNote is a line of text that says how many events were skipped.
func SkippedNote(n int64) string {
	if n == 1 {
		return "1 event skipped, because it lies outside the sensor or is earlier than the one " +
			"before"
	}
	return fmt.Sprintf("%d events skipped, because they lie outside the sensor or are earlier "+
		"than the one before", n)
}

// skipHint is the end of errors of single events.
const skipHint = " (--skip-invalid leaves such events out)"

// outside is the error for an event outside of the sensor.
func outside(at int, sensor Size, x, y int) *FormatError {
	return &FormatError{
		Offset: int64(at),
		Want:   fmt.Sprintf("an event inside %v pixels", sensor),
		Got:    fmt.Sprintf("x %d, y %d", x, y) + skipHint,
	}
}

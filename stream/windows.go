package stream

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
)

// windows cuts one stream into windows and answers them.
type windows struct {
	*Stream
	answer func(Decision) error
	clock  func() time.Duration // time since the stream began

	begun    bool
	last     events.Micros // time of the event before
	unheard  bool          // nobody takes answers any more
	next     events.Micros // beginning of the next window to be opened
	open     []window      // open windows in the order of their beginnings
	events   []events.Event
	arrivals []time.Duration
	ended    int // number of events in windows that have ended
}

// window is a window that has events and has not ended.
type window struct {
	begin  events.Micros
	runner *infer.Runner // nil once it has answered, or if it cannot answer early
	first  events.Micros // time of its first event
	fed    int           // number of frames that runner has
}

// add takes the next events of the stream, up to the first that is not valid.
func (w *windows) add(all []events.Event, arrivals []time.Duration) error {
	n, fault := w.good(all)
	if n > 0 && !w.begun {
		w.begun, w.next = true, all[0].T
	}
	all, arrivals = all[:n], arrivals[:n]
	for len(all) > 0 {
		now := all[0].T
		if err := w.reach(now); err != nil {
			return err
		}
		n := before(all, w.boundary())
		if len(w.events)+n > mostWindowEvents {
			return windowError(w.open[0].begin+w.config.Window,
				fmt.Errorf("more than %d events", mostWindowEvents))
		}
		w.events, w.arrivals = append(w.events, all[:n]...), append(w.arrivals, arrivals[:n]...)
		all, arrivals = all[n:], arrivals[n:]
	}
	return fault
}

// good returns the number of events before the first that is not valid, and the error of that one.
// It is found when it comes rather than when its frame is made, so that the events before it can be
// answered.
func (w *windows) good(all []events.Event) (n int, fault error) {
	sensor, last := w.frames.Sensor, w.last
	if !w.begun {
		last = math.MinInt64
	}
	for i := range all {
		e := &all[i]
		switch {
		case e.T < last:
			return i, fmt.Errorf("an event at %d us, want at least %d us, the time of the one "+
				"before", e.T, last)
		case e.T > math.MaxInt64-2*longest:
			return i, fmt.Errorf("an event at %d us, want at most %d us", e.T,
				math.MaxInt64-2*longest)
		case int(e.X) >= sensor.Width || int(e.Y) >= sensor.Height:
			return i, fmt.Errorf("an event at %d us at x %d, y %d, want one inside the sensor of "+
				"%v pixels", e.T, e.X, e.Y, sensor)
		}
		last = e.T
	}
	w.last = last
	return len(all), nil
}

// before returns the number of events before a time.
func before(all []events.Event, t events.Micros) int {
	return sort.Search(len(all), func(i int) bool { return all[i].T >= t })
}

// boundary returns the next time at which a window or a frame ends, or a window begins.
func (w *windows) boundary() events.Micros {
	t := w.next
	for i := range w.open {
		t = min(t, w.open[i].begin+w.config.Window)
		if w.open[i].runner != nil {
			t = min(t, w.frameEnd(&w.open[i]))
		}
	}
	return t
}

// frameEnd returns the end of the next frame of a window that may answer early.
func (w *windows) frameEnd(o *window) events.Micros {
	return o.first + events.Micros(o.fed+1)*events.Micros(w.frames.Each)
}

// reach ends the frames and windows that have ended before the next event, whose time is now, and
// opens the windows that begin up to it.
func (w *windows) reach(now events.Micros) error {
	for len(w.open) > 0 && w.open[0].begin+w.config.Window <= now {
		if err := w.finish(false); err != nil {
			return err
		}
	}
	for i := range w.open {
		o := &w.open[i]
		for o.runner != nil && w.frameEnd(o) <= now {
			if err := w.feed(o, false); err != nil {
				return err
			}
		}
	}
	// Skip the windows that have no events.
	if behind := uint64(now - w.next); now >= w.next && behind >= uint64(w.config.Window) {
		w.next += events.Micros((behind-uint64(w.config.Window))/uint64(w.config.Hop)+
			1) * w.config.Hop
	}
	for ; w.next <= now; w.next += w.config.Hop {
		o := window{begin: w.next, first: now}
		if w.early != nil {
			o.runner = w.early.take()
			o.runner.Begin()
		}
		w.open = append(w.open, o)
	}
	return nil
}

// end answers the oldest open window after the stream has ended.
func (w *windows) end() error {
	if len(w.open) == 0 {
		return nil
	}
	return w.finish(true)
}

// finish ends the oldest window.
func (w *windows) finish(cut bool) error {
	o := &w.open[0]
	end := o.begin + w.config.Window
	from, to := before(w.events, o.begin), before(w.events, end)
	var err error
	switch {
	case w.early != nil && o.runner == nil: // it has answered already
	case w.early != nil:
		for o.runner != nil && err == nil {
			err = w.feed(o, cut)
		}
	default:
		err = w.decide(end, from, to, cut)
	}
	if err != nil {
		w.keep(o)
	} else {
		w.Decided.Add(int64(max(0, to-max(w.ended, from))))
		w.ended = max(w.ended, to)
	}
	w.open = append(w.open[:0], w.open[1:]...)
	w.forget()
	return err
}

// forget drops events that are in no window any more. It does so only now and then, so that few
// events are moved.
func (w *windows) forget() {
	from := len(w.events)
	if len(w.open) > 0 {
		from = before(w.events, w.open[0].begin)
	}
	if from = min(from, w.ended); from <= len(w.events)/2 {
		return
	}
	w.events = append(w.events[:0], w.events[from:]...)
	w.arrivals = append(w.arrivals[:0], w.arrivals[from:]...)
	w.ended -= from
}

// release takes the runners of open windows back.
func (w *windows) release() {
	for i := range w.open {
		w.keep(&w.open[i])
	}
}

func (w *windows) keep(o *window) {
	if o.runner != nil {
		w.early.idle = append(w.early.idle, o.runner)
		o.runner = nil
	}
}

// decide answers the window that ends at end, of which all events are there.
func (w *windows) decide(end events.Micros, from, to int, cut bool) error {
	values, err := w.whole.Integrate(w.events[from:to])
	if errors.Is(err, frames.ErrNoEvents) {
		w.Blank.Add(1)
		return nil
	}
	if err != nil {
		return windowError(end, err)
	}
	d, err := w.whole.Classify(values)
	if err != nil {
		return windowError(end, err)
	}
	return w.report(d, end, from, to, cut)
}

// feed gives a window's runner its next frame, and answers if the runner is then sure. After the
// last frame it always is.
func (w *windows) feed(o *window, cut bool) error {
	end := o.begin + w.config.Window
	from, to := before(w.events, o.begin), before(w.events, end)
	frame := w.events[from:to]
	first := before(frame, w.frameEnd(o)-events.Micros(w.frames.Each))
	frame = frame[first:before(frame, w.frameEnd(o))]
	if err := w.early.frame(frame, w.frames.ScaleTo); err != nil {
		return windowError(end, err)
	}
	if err := o.runner.Feed(w.early.values); err != nil {
		return windowError(end, err)
	}
	o.fed++
	d := o.runner.Decide()
	if !d.Sure {
		return nil
	}
	if err := d.Err(); err != nil {
		return windowError(end, err)
	}
	err := w.report(d, end, from, to, cut)
	w.keep(o)
	return err
}

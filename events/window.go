package events

import (
	"fmt"
	"io"
	"sort"
)

// Window is a part of a recording: the events from From on and before Until, in us on the
// recording's own clock. Nil stands for no limit, so that the zero Window is all of it.
type Window struct{ From, Until *Micros }

// Of returns a reader of the events of r that are in the window: the same events that reading all
// of r would give. The times of r must not run back, and those of this package's readers never do.
// Where the format allows it, reading begins near From (see decision 8 in docs/decisions); it ends
// with the first event that is not before Until. So damage outside of the window may go unnoticed,
// while damage in the window is always found. A window that ends before it begins is an error.
func (w Window) Of(r Reader) (Reader, error) {
	if w.From != nil && w.Until != nil && *w.Until < *w.From {
		return nil, fmt.Errorf("a window from %d until %d us, want one that does not end before "+
			"it begins", *w.From, *w.Until)
	}
	if f, ok := r.(*File); ok {
		r = f.Reader
	}
	if w == (Window{}) {
		return r, nil
	}
	if f, ok := r.(interface {
		under(w Window) (Reader, error)
	}); ok {
		inner, err := f.under(w)
		return &windowed{Reader: inner, Window: w}, err
	}
	if g, ok := r.(*guessed); ok { // the events of the window judge the guessed unit
		inner, err := w.Of(g.Reader)
		return g.timing.watch(inner), err
	}
	inner := r
	if l, ok := r.(*limited); ok {
		inner = l.Reader
	}
	if v, ok := inner.(*valid); ok {
		v.window = w
	}
	if s, ok := r.(seeker); ok && w.From != nil {
		s.seekTime(*w.From)
	}
	return &windowed{Reader: r, Window: w}, nil
}

// windowed reads the events of a window.
type windowed struct {
	Reader
	Window
	over bool // an event after the window has been read
}

func (w *windowed) Read(buf []Event) (n int, err error) {
	for n == 0 && err == nil && len(buf) > 0 {
		if w.over {
			return 0, io.EOF
		}
		n, err = w.Reader.Read(buf)
		first, end := w.cut(n, func(i int) Micros { return buf[i].T })
		n = copy(buf, buf[first:end])
		if w.over {
			err = nil
		}
	}
	return n, err
}

// readPlaces is ReadPlaces within the window.
func (w *windowed) readPlaces(g *Grid, p *Places) error {
	for !w.over {
		if err := ReadPlaces(w.Reader, g, p); err != nil || p.N == 0 {
			return err
		}
		first, end := w.cut(p.N, func(i int) Micros { return p.T[i] })
		copy(p.At[:], p.At[first:end])
		copy(p.T[:], p.T[first:end])
		if p.N = end - first; p.N > 0 {
			return nil
		}
	}
	return nil
}

// cut returns which of n events with these times are in the window, from first to before end. It
// sets over where an event is after the window.
func (w *windowed) cut(n int, t func(i int) Micros) (first, end int) {
	end = n
	if w.Until != nil {
		end = sort.Search(n, func(i int) bool { return t(i) >= *w.Until })
		w.over = end < n
	}
	if w.From != nil {
		first = sort.Search(end, func(i int) bool { return t(i) >= *w.From })
	}
	return first, end
}

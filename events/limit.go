package events

import "fmt"

// LimitError says that a recording has more than Events events, the number that may be read.
type LimitError struct{ Events int }

func (e *LimitError) Error() string { return fmt.Sprintf("more than %d events", e.Events) }

// Limited returns a reader of r that fails with a *LimitError after n events, if more follow. The
// events that a Window over the reader passes over by seeking do not count.
func Limited(r Reader, n int) Reader {
	if f, ok := r.(*File); ok {
		r = f.Reader
	}
	if g, ok := r.(*guessed); ok { // guessed stays the outermost reader, as Window.Of expects
		return g.timing.watch(Limited(g.Reader, n))
	}
	return &limited{Reader: r, most: n, left: n}
}

type limited struct {
	Reader
	most, left int
}

func (l *limited) Read(buf []Event) (n int, err error) {
	n, err = l.Reader.Read(buf)
	if n > l.left {
		n, err = l.left, &LimitError{l.most}
	}
	l.left -= n
	return n, err
}

// readPlaces is ReadPlaces with the limit.
func (l *limited) readPlaces(g *Grid, p *Places) error {
	err := ReadPlaces(l.Reader, g, p)
	if p.N > l.left {
		p.N, err = 0, &LimitError{l.most}
	}
	l.left -= p.N
	return err
}

// seekTime seeks in the limited reader.
func (l *limited) seekTime(from Micros) {
	if s, ok := l.Reader.(seeker); ok {
		s.seekTime(from)
	}
}

package events

import (
	"errors"
	"sync"
	"unsafe"
)

// Grid says where in a picture the pixels of a sensor lie: an event's place is Column[X] + Line[Y],
// and one more if it is On. Where Column[X] + Line[Y] is below 0, the event has no place.
type Grid struct{ Column, Line [1 << 16]int32 }

// Places holds events as their places on a Grid and their times.
type Places struct {
	N  int          // number of events, at most 1024
	At [1024]uint32 // [N] place of each
	T  [1024]Micros // [N] time of each, in us

	room int // the largest number of events that may be written
}

// ReadPlaces reads the next events of r as places on g, at most as many as p holds. It stops before
// an event that has no place. Where p.N is 0 without an error, the caller must Read the next event:
// the event has no place, or r has a format that is read as events only. In the fastest formats
// ReadPlaces needs a third of the time that Read and looking up the places take.
func ReadPlaces(r Reader, g *Grid, p *Places) error {
	p.N, p.room = 0, len(p.At)
	if f, ok := r.(*File); ok {
		r = f.Reader
	}
	if r, ok := r.(interface {
		readPlaces(g *Grid, p *Places) error
	}); ok {
		return r.readPlaces(g, p)
	}
	return nil
}

// A placer decodes words straight to places on a grid. Building events first would take longer than
// the decoding itself.
type placer interface {
	// places decodes whole words from b into p, which has room for what one word may make. It stops
	// when b or p is used up, at damage, and with errNoPlace before a word that makes an event
	// without a place. As of a decoder, an error's offset is one in b.
	places(b []byte, g *Grid, p *Places) (used int, err error)
	whole(rest []byte) string
}

var errNoPlace = errors.New("no place on the grid")

// An eventer is a placer that also decodes words to events, as a decoder does.
type eventer interface {
	events(b []byte, buf []Event) (used, n int, err error)
}

// asEvents turns a placer into a decoder.
type asEvents struct {
	placer
	p *Places // made when it is first needed
}

func (d *asEvents) decode(b []byte, buf []Event) (used, n int, err error) {
	if e, ok := d.placer.(eventer); ok {
		return e.events(b, buf)
	}
	if d.p == nil {
		d.p = new(Places)
	}
	p := d.p
	p.N, p.room = 0, min(len(buf), len(p.At))
	used, err = d.places(b, pixelGrid(), p)
	for i, at := range p.At[:p.N] {
		pixel := at>>1&0x7fff | at&0xffff0000 // one value, so that x and y are written in one go
		buf[i] = Event{T: p.T[i], X: uint16(pixel), Y: uint16(pixel >> 16), On: at&1 != 0}
	}
	return used, p.N, err
}

func (d *asEvents) missing() string {
	if m, ok := d.placer.(interface{ missing() string }); ok {
		return m.missing()
	}
	return ""
}

// pixelGrid has a different place for every pixel and polarity that a placer's format can name:
// 15 bits of y, 15 bits of x, and the polarity.
var pixelGrid = sync.OnceValue(func() *Grid {
	g := new(Grid)
	for i := range int32(1 << 15) {
		g.Column[i], g.Line[i] = i<<1, i<<16
	}
	return g
})

// as views b as whole words of the type's size. Loops over these words need no further checks of
// bounds, which would take as long as the rest of a decoder.
func as[W [2]byte | [4]byte | [5]byte | [8]byte | [16]byte](b []byte) []W {
	var w W
	return unsafe.Slice((*W)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/len(w))
}

package events

import (
	"strconv"

	"ssnn/internal/hdf5"
)

// hdf5Index is the index of events in Metavision's HDF5, /CD/indexes: structures of the number of
// an event (id) and its time since the first event (ts, in us). The attribute offset is the time of
// the first event, negated. seekTime trusts the index only where the event itself is early enough.
type hdf5Index struct {
	*hdf5Column
	id, ts field
	base   Micros // time of the first event
}

// indexRow is how many bytes of an index that is not packed are read at a time.
const indexRow = 1 << 12

// index returns the index beside /CD/events. It is nil where there is none, or one of another form.
func (h hdf5Found) index() (*hdf5Index, error) {
	if h.path != "/CD/events" {
		return nil, nil
	}
	for _, l := range h.groups[len(h.groups)-1].links {
		if l.Name != "indexes" {
			continue
		}
		o, err := l.Object()
		if err != nil || !o.IsDataset() {
			return nil, err
		}
		d, err := o.Dataset()
		if err != nil {
			return nil, err
		}
		x := &hdf5Index{hdf5Column: &hdf5Column{Dataset: d}}
		found := 0
		for _, m := range d.Type.Members {
			f := field{m.Offset, m.Type.Size, byte(m.Type.Kind), m.Type.Big}
			switch isWhole := m.Type.Kind == hdf5.Int || m.Type.Kind == hdf5.Uint; {
			case isWhole && m.Name == "id":
				x.id = f
				found++
			case isWhole && m.Name == "ts":
				x.ts = f
				found++
			}
		}
		text, ok, err := o.Text("offset")
		offset, wrong := strconv.ParseInt(text, 10, 64)
		if err != nil || !ok || wrong != nil || found != 2 || len(d.Shape) != 1 {
			return nil, err
		}
		d.Piece = indexRow
		x.base = -Micros(offset)
		return x, nil
	}
	return nil, nil
}

// before returns the number of the last event that the index has before a time, and false where it
// has none. The caller must check the event's own time.
func (x *hdf5Index) before(from Micros) (event int64, ok bool) {
	entry := func(row int64) (id int64, ts Micros, ok bool) {
		if x.load(row) != nil {
			return 0, 0, false
		}
		b := x.rows[(row-x.first)*x.RowSize():]
		id, isID := x.id.number(b, 1)
		t, isTime := x.ts.number(b, 1)
		return id, Micros(t) + x.base, isID && isTime
	}
	lo, hi := int64(0), x.Rows()
	for lo < hi {
		middle := lo + (hi-lo)/2
		id, ts, ok := entry(middle)
		if !ok {
			return 0, false
		}
		if ts >= from {
			hi = middle
		} else {
			event, lo = id, middle+1
		}
	}
	return event, lo > 0
}

package events

import (
	"encoding/binary"
	"io"
	"strconv"

	"ssnn/internal/hdf5"
)

// The writer of Metavision's HDF5 follows OpenEB's hdf5_event_file_writer.cpp. It writes /CD/events
// in chunks of 16,384 events, packed by ECF, /CD/indexes with an event for every 2 ms since the
// first event, and an empty /EXT_TRIGGER. Attributes of the root are texts; geometry is the size of
// the sensor. The writer holds the packed chunks in memory until Close, some 2 to 4 bytes an event.
const (
	metavisionChunk  = 16384   // events of a chunk
	metavisionPeriod = 2000    // us between entries of the index
	mostIndexes      = 1 << 24 // entries of the index, enough for 9 hours
)

type metavisionWriter struct {
	w      io.Writer
	sensor Size
	rows   []byte   // the events of the next chunk
	chunks [][]byte // packed
	n      int      // number of events so far

	first   Micros          // time of the first event
	indexes []byte          // the index so far
	count   int             // number of its entries
	now     metavisionIndex // the first event of the period that the last event is in
	before  metavisionIndex // the same of the last period with events before it
}

// metavisionIndex is an entry of the index.
type metavisionIndex struct {
	id uint64 // number of the event
	t  Micros // time of the event since the first
}

func newHDF5Writer(w io.Writer, sensor Size) (Writer, error) {
	if err := cannotHold("Metavision's HDF5", sensor, Size{1 << 11, 1 << 11}); err != nil {
		return nil, err
	}
	none := metavisionIndex{t: -1}
	return &metavisionWriter{w: w, sensor: sensor, now: none, before: none}, nil
}

func (w *metavisionWriter) Write(all []Event) error {
	for _, e := range all {
		if w.n == 0 {
			w.first = e.T
		}
		if err := w.index(e.T); err != nil {
			return err
		}
		w.rows = binary.LittleEndian.AppendUint16(w.rows, e.X)
		w.rows = binary.LittleEndian.AppendUint16(w.rows, e.Y)
		w.rows = append(w.rows, byte(bit(e.On)), 0, 0, 0)
		w.rows = binary.LittleEndian.AppendUint64(w.rows, uint64(e.T))
		w.n++
		if len(w.rows) == metavisionChunk*16 {
			w.flush()
		}
	}
	return nil
}

func (w *metavisionWriter) flush() {
	w.chunks = append(w.chunks, hdf5.PackECF(w.rows))
	w.rows = w.rows[:0]
}

// index adds an entry to the index for each period that begins up to t, the time of the next event.
// The entry is the first event of the last period with events before.
func (w *metavisionWriter) index(t Micros) error {
	if uint64(t-w.first)/metavisionPeriod >= mostIndexes {
		return farTime("Metavision's HDF5", t, "less than 9 hours after the first")
	}
	for w.count <= int((t-w.first)/metavisionPeriod) {
		if uint64(w.n) != w.now.id {
			w.before = w.now
		}
		w.add(w.before)
		w.now = metavisionIndex{uint64(w.n), t - w.first}
	}
	return nil
}

func (w *metavisionWriter) add(i metavisionIndex) {
	w.indexes = binary.LittleEndian.AppendUint64(w.indexes, i.id)
	w.indexes = binary.LittleEndian.AppendUint64(w.indexes, uint64(i.t))
	w.count++
}

func (w *metavisionWriter) Close() error {
	if len(w.rows) > 0 {
		w.flush()
	}
	offset := map[string]string{}
	if w.count > 0 {
		w.add(w.now)
		offset["offset"] = strconv.FormatInt(-int64(w.first), 10)
	}
	short, long := hdf5.Type{Kind: hdf5.Int, Size: 2}, hdf5.Type{Kind: hdf5.Int, Size: 8}
	ushort, ulong := hdf5.Type{Kind: hdf5.Uint, Size: 2}, hdf5.Type{Kind: hdf5.Uint, Size: 8}
	rows := func(size, n int, columns ...hdf5.Column) hdf5.Rows {
		return hdf5.Rows{Columns: columns, Size: size, N: n, PerChunk: metavisionChunk}
	}
	events := rows(16, w.n, hdf5.Column{Name: "x", Type: ushort},
		hdf5.Column{Name: "y", Offset: 2, Type: ushort},
		hdf5.Column{Name: "p", Offset: 4, Type: short},
		hdf5.Column{Name: "t", Offset: 8, Type: long})
	events.Filter, events.Chunks = hdf5.FilterECF, w.chunks
	index := []hdf5.Column{{Name: "id", Type: ulong}, {Name: "ts", Offset: 8, Type: long}}
	indexes := rows(16, w.count, index...)
	indexes.Attributes = offset
	for all := w.indexes; len(all) > 0; { // the last chunk is filled up with zeros
		chunk := make([]byte, metavisionChunk*16)
		all = all[copy(chunk, all):]
		indexes.Chunks = append(indexes.Chunks, chunk)
	}
	b, err := hdf5.Encode(hdf5.Attributed{
		Group: hdf5.Group{
			"CD": hdf5.Group{"events": events, "indexes": indexes},
			"EXT_TRIGGER": hdf5.Group{
				"events": rows(24, 0, hdf5.Column{Name: "p", Type: short},
					hdf5.Column{Name: "t", Offset: 8, Type: long},
					hdf5.Column{Name: "id", Offset: 16, Type: short}),
				"indexes": rows(16, 0, index...),
			},
		},
		Attributes: map[string]string{"version": "1.0", "format": "ECF",
			"geometry": w.sensor.String()},
	})
	if err == nil {
		_, err = w.w.Write(b)
	}
	return err
}

package events

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ssnn/internal/hdf5"
)

// HDF5 files are read as Metavision (OpenEB's hdf5_event_file_writer.cpp), DSEC (uzh-rpg/DSEC),
// M3ED, event_utils, MVSEC, v2e and others write them. Anywhere in the file, events are
//
//	structures   with members t, x, y, p by any of their usual names: /CD/events
//	columns      datasets of these names in a group: /events/{t,x,y,p}, /prophesee/left/{t,x,y,p}
//	lines        of four numbers or more in a dataset "events", whose columns
//	             Options.Columns names: /davis/left/events
//
// t is in us, and floats are in s, unless the name of t, its attribute "unit" or "units", or
// Options.Columns states a unit. A value t_offset beside the events (DSEC), in the unit of t, is
// added to all times. Each dataset is read one chunk at a time.
const hdf5Format = "HDF5"

// hdf5Events reads the events of an HDF5 file.
type hdf5Events struct {
	numbers
	file    *hdf5.File
	size    int64 // bytes of the file
	sensor  Size
	columns [4]*hdf5Column // of t, x, y, p; all the same where one dataset holds all four
	offset  Micros         // us added to all times
	next    int64          // number of the next event
	n       int64          // number of events
	index   *hdf5Index     // Metavision's index, or nil
	err     error
	hint    string // the end of errors that columns in another order may have caused
}

// smallChunk is how many bytes of memory the chunks of any file may take. The limit does not depend
// on the size of the file, as writers choose the size of chunks before they know how many events
// will come.
const smallChunk = 256 << 20

// hdf5Column is a dataset, and some of its rows in memory.
type hdf5Column struct {
	*hdf5.Dataset
	first, end int64 // the rows from first on and before end are in memory
	rows       []byte
	at         int64 // where the rows lie in the file, in bytes
}

// rowSize is how many bytes the rows of one event have in all datasets together.
func (d *hdf5Events) rowSize() (n int64) {
	for i, c := range d.columns {
		if i == 0 || c != d.columns[i-1] {
			n += c.RowSize()
		}
	}
	return n
}

// load reads the part of the dataset that holds a row, unless the row is in memory.
func (c *hdf5Column) load(row int64) (err error) {
	if row >= c.first && row < c.end {
		return nil
	}
	if c.first, c.rows, c.at, err = c.Part(row); err != nil {
		c.end = 0
		return err
	}
	c.end = c.first + int64(len(c.rows))/c.RowSize()
	return nil
}

// openHDF5 opens an HDF5 file and finds its events.
func openHDF5(s source, o Options) (Reader, error) {
	if s.at == nil {
		return nil, fmt.Errorf("%s that comes as a stream, want a file: its parts are all over it",
			hdf5Format)
	}
	f, err := hdf5.Open(s.at, s.size)
	if err != nil {
		return nil, hdf5Error(err)
	}
	f.Most = o.unpacked(min(f.Most, max(smallChunk, o.unpackedAll(s.size))))
	found, err := findHDF5(f, o)
	if err != nil {
		return nil, hdf5Error(err)
	}
	d, k, err := found.open(o)
	if err != nil {
		return nil, hdf5Error(err)
	}
	d.file, d.size = f, s.size-max(0, hdf5.Begin(s.begin))
	most := o.unpackedAll(s.size)
	if d.rowSize() > most/max(1, d.n) {
		return nil, &UnpackedError{hdf5Format, 0, most}
	}
	return k.watch(d), nil
}

// hdf5Error turns an error of package hdf5 into a FormatError.
func hdf5Error(err error) error {
	if wrong, ok := errors.AsType[*hdf5.Error](err); ok {
		return &FormatError{hdf5Format, wrong.Offset, wrong.Want, wrong.Got}
	}
	return err
}

func (d *hdf5Events) Format() string { return hdf5Format }

func (d *hdf5Events) Sensor() Size { return d.sensor }

// seekTime goes to the event that the index gives, if there is an index and it is right. Otherwise
// it bisects the blocks of t, in which t is read, by the time of their first event.
func (d *hdf5Events) seekTime(from Micros) {
	times := d.columns[0]
	at := func(row int64) (Micros, bool) {
		if times.load(row) != nil {
			return 0, false
		}
		t, ok := d.time(times.rows[(row-times.first)*times.RowSize():])
		return t + d.offset, ok
	}
	if d.index != nil {
		row, ok := d.index.before(from - d.offset)
		if ok && row > d.next && row < d.n {
			if t, ok := at(row); ok && t < from {
				d.next = row
				return
			}
		}
	}
	if d.next >= d.n || times.load(d.next) != nil {
		return
	}
	first, rows := times.first, times.end-times.first
	blocks := (d.n - first + rows - 1) / rows
	// fewer in a short recording, most of which they would read otherwise
	probes := min(max(blocks/8, 1), mostProbes)
	block := bisect(blocks, 1, probes, from, func(i int64) (int64, Micros, bool) {
		t, ok := at(first + i*rows)
		return i, t, ok
	})
	d.next = max(d.next, first+block*rows)
}

func (d *hdf5Events) Read(buf []Event) (n int, err error) {
	for n < len(buf) && d.err == nil {
		var k int
		k, d.err = d.some(buf[n:])
		n += k
	}
	return readResult(n, buf, d.err)
}

// some reads as many events as all datasets have rows of in memory.
func (d *hdf5Events) some(buf []Event) (n int, err error) {
	if d.next >= d.n {
		if d.size < d.file.End {
			return 0, &FormatError{hdf5Format, d.size,
				fmt.Sprintf("a file of %d bytes", d.file.End), "its end"}
		}
		return 0, io.EOF
	}
	most := int64(len(buf))
	var rows [4][]byte
	var step [4]int64
	for i, c := range d.columns {
		if err := c.load(d.next); err != nil {
			return 0, hdf5Error(err)
		}
		step[i] = c.RowSize()
		rows[i] = c.rows[(d.next-c.first)*step[i]:]
		most = min(most, c.end-d.next)
	}
	n, wrong := d.events(buf[:most], rows, step)
	for i := range buf[:n] {
		buf[i].T += d.offset
	}
	d.next += int64(n)
	if wrong == errSkipped {
		d.next++
		return n, nil
	}
	if wrong != nil {
		wrong.Format, wrong.Offset = hdf5Format, d.columns[0].at
		wrong.Want += fmt.Sprintf(" (event %d)", d.next)
		wrong.Got += d.hint
		return n, wrong
	}
	return n, nil
}

// open opens the datasets of a recording that was found.
func (h hdf5Found) open(o Options) (d *hdf5Events, k timing, err error) {
	d = &hdf5Events{}
	fields := [4]field{}
	c := h.names
	var all []*hdf5Column
	for _, object := range h.data {
		read := object.Dataset
		if len(h.data) > 1 {
			read = object.Column
		}
		data, err := read()
		if err != nil {
			return nil, k, err
		}
		if len(all) > 0 && data.Rows() != all[0].Rows() {
			return nil, k, &FormatError{hdf5Format, 0,
				fmt.Sprintf("as many of each of t, x, y and p in %s, %d", h.path, all[0].Rows()),
				fmt.Sprint(data.Rows())}
		}
		all = append(all, &hdf5Column{Dataset: data})
	}
	for i := range fields {
		column, kind, offset := all[0], all[0].Type, 0
		switch {
		case len(all) > 1:
			column = all[i]
			kind = column.Type
			if column.RowSize() != int64(kind.Size) {
				return nil, k, &FormatError{hdf5Format, 0,
					fmt.Sprintf("an array of one dimension of %s in %s", columnNames[i][0], h.path),
					fmt.Sprintf("shape %v", column.Shape)}
			}
		case kind.Kind == hdf5.Compound:
			m := kind.Members[c.at[i]]
			kind, offset = m.Type, m.Offset
		default:
			offset = c.at[i] * kind.Size
		}
		if kind.Kind != hdf5.Int && kind.Kind != hdf5.Uint && kind.Kind != hdf5.Float {
			return nil, k, &FormatError{hdf5Format, 0,
				fmt.Sprintf("numbers %s in %s", columnNames[i][0], h.path), "another type"}
		}
		d.columns[i], fields[i] = column, field{offset, kind.Size, byte(kind.Kind), kind.Big}
	}
	if len(all) > 1 && c.unit == "" {
		if c.unit, err = unitOf(h.data[0]); err != nil {
			return nil, k, err
		}
	}
	if c.unit == "" && h.path == "/CD/events" { // Metavision defines its times in us
		c.unit = "us"
	}
	if k, err = c.timing(o, fields[0].kind == 'f'); err != nil {
		return nil, k, err
	}
	d.hint = c.hint()
	d.numbers, d.n = newNumbers(fields, k, o), all[0].Rows()
	if d.index, err = h.index(); err != nil {
		return nil, k, err
	}
	return d, k, h.around(d, o)
}

// unitOf returns the unit that an attribute of the dataset of times gives, or "".
func unitOf(times *hdf5.Object) (string, error) {
	for _, name := range []string{"unit", "units"} {
		text, ok, err := times.Text(name)
		if err != nil || ok && units[strings.ToLower(text)] != "" {
			return units[strings.ToLower(text)], err
		}
	}
	return "", nil
}

// around reads the size of the sensor and the offset of the times from the groups around the
// events.
func (h hdf5Found) around(d *hdf5Events, o Options) (err error) {
	for i := len(h.groups) - 1; i >= 0; i-- { // the group nearest to the events first
		g := h.groups[i]
		if d.sensor == (Size{}) {
			if d.sensor, err = g.sensor(); err != nil {
				return err
			}
		}
		if d.offset == 0 && !o.TimeShift {
			if d.offset, err = g.offset(d); err != nil {
				return err
			}
		}
	}
	if o.TimeShift {
		text, ok, err := h.groups[0].Text("time_shift")
		if err != nil {
			return err
		}
		if shift, err := strconv.ParseInt(text, 10, 64); ok && err == nil {
			d.offset = -Micros(shift)
		}
	}
	if d.offset > 1<<61 || d.offset < -1<<61 {
		return &FormatError{hdf5Format, 0, "a beginning within 2^61 us",
			fmt.Sprintf("%d us", d.offset)}
	}
	return nil
}

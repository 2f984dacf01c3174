package hdf5

import (
	"cmp"
	"fmt"
)

// Dataset is an array of values. A row of it holds the values at one index of the first dimension.
type Dataset struct {
	Type  Type
	Shape []int64 // empty for a single value

	// Piece is the number of bytes that Part reads at a time from data that are not packed. 0 means
	// 64 KiB of contiguous data, or a whole chunk of chunked data.
	Piece int64

	f       *File
	at      int64  // address of the data or of their index
	compact []byte // the data, if the object header holds them

	chunk   []int64 // shape of a chunk, nil for contiguous data
	counts  []int64 // number of chunks in each dimension
	index   index
	filters []filter
	whole   bool // chunks that reach over the end of the array are stored unfiltered
	ones    int  // number of leading dimensions that are left out

	stored, part []byte // memory for a stored chunk and for the rows that Part returns
}

const (
	mostRow        = 1 << 20 // bytes
	mostDimensions = 8
	together       = 1 << 16 // bytes that are read at a time from contiguous data
)

// Dataset returns the dataset that the object holds. A type, a shape or a layout that is not
// supported is an error.
func (o *Object) Dataset() (*Dataset, error) { return o.dataset(false) }

// Column is Dataset without the dimensions before the last one that have a single index, as in the
// array (1, N) that MATLAB writes for a column.
func (o *Object) Column() (*Dataset, error) { return o.dataset(true) }

func (o *Object) dataset(isColumn bool) (*Dataset, error) {
	d := &Dataset{f: o.f}
	kind, err := o.message(typeMessage, "a datatype")
	if err != nil {
		return nil, err
	}
	space, err := o.message(spaceMessage, "a dataspace")
	if err != nil {
		return nil, err
	}
	layout, err := o.message(layoutMessage, "a layout")
	if err != nil {
		return nil, err
	}
	filters, err := o.message(filtersMessage, "filters")
	if err != nil {
		return nil, err
	}
	if kind == nil || space == nil || layout == nil {
		return nil, &Error{o.At, "a dataset with datatype, dataspace and layout",
			"an object without"}
	}
	var wrong *Error
	if d.Type, wrong = (&fields{b: kind.data, f: o.f}).datatype(0); wrong != nil {
		wrong.Offset = kind.at
		return nil, wrong
	}
	var most []int64
	if d.Shape, most, wrong = (&fields{b: space.data, f: o.f}).dataspace(); wrong != nil {
		wrong.Offset = space.at
		return nil, wrong
	}
	for isColumn && d.ones < len(d.Shape)-1 && d.Shape[d.ones] == 1 {
		d.ones++
	}
	rows := Dataset{Type: d.Type, Shape: d.Shape[d.ones:]}
	if len(d.Shape) > mostDimensions || rows.RowSize() > mostRow ||
		rows.RowSize() > 0 && rows.Rows() > mostFile/rows.RowSize() {

		return nil, &Error{space.at, "an array of at most 8 dimensions and rows of at most 1 MiB",
			fmt.Sprintf("shape %v", d.Shape)}
	}
	if filters != nil {
		if d.filters, err = o.f.pipeline(filters); err != nil {
			return nil, err
		}
	}
	if err := d.layout(layout, most); err != nil {
		return nil, err
	}
	return d, d.cut(layout.at)
}

// cut leaves out the leading dimensions that have a single index.
func (d *Dataset) cut(at int64) error {
	if d.ones == 0 {
		return nil
	}
	d.Shape = d.Shape[d.ones:]
	if d.chunk == nil {
		return nil
	}
	for _, n := range d.chunk[:d.ones] {
		if n != 1 {
			return &Error{at, "chunks of one row of an array of one row", fmt.Sprint(d.chunk)}
		}
	}
	d.chunk, d.counts = d.chunk[d.ones:], d.counts[d.ones:]
	d.index = &cutIndex{d.index, d.ones}
	return nil
}

// cutIndex is the chunk index of an array whose leading dimensions are left out.
type cutIndex struct {
	index
	ones int
}

func (x *cutIndex) chunk(at []int64) (place, error) {
	return x.index.chunk(append(make([]int64, x.ones, x.ones+len(at)), at...))
}

// Rows is the number of rows, which is 1 for a single value.
func (d *Dataset) Rows() int64 {
	if len(d.Shape) == 0 {
		return 1
	}
	return d.Shape[0]
}

// RowSize is the size of a row in bytes.
func (d *Dataset) RowSize() int64 {
	size := int64(d.Type.Size)
	for i := 1; i < len(d.Shape) && size <= mostRow; i++ {
		size *= min(d.Shape[i], mostRow+1)
	}
	return size
}

// Ints returns the whole numbers of a dataset of at most 16 rows, or nil if the dataset is larger
// or of another type.
func (d *Dataset) Ints() (all []int64, err error) {
	for row := int64(0); row < d.Rows() && d.Rows() <= 16; {
		first, rows, _, err := d.Part(row)
		if err != nil {
			return nil, err
		}
		all = append(all, d.Type.ints(rows[(row-first)*d.RowSize():])...)
		row = first + int64(len(rows))/d.RowSize()
	}
	return all, nil
}

// Part reads adjacent rows, among them the given one. It returns the number of the first row, the
// bytes of the rows, and their address in the file. The bytes are valid until the next call.
func (d *Dataset) Part(row int64) (first int64, rows []byte, at int64, err error) {
	if row < 0 || row >= d.Rows() || d.RowSize() == 0 {
		return 0, nil, 0, &Error{d.at, "a row of the dataset",
			fmt.Sprintf("row %d of %d", row, d.Rows())}
	}
	switch {
	case d.chunk != nil:
		return d.chunks(row)
	case d.compact != nil:
		return 0, d.compact, 0, nil
	case d.at == undefined:
		return 0, nil, 0, &Error{0, "data", "none, they were never written"}
	}
	n := max(d.piece()/d.RowSize(), 1)
	first = row / n * n
	n = min(n, d.Rows()-first)
	at = d.at + first*d.RowSize()
	if there := d.f.from(at) / d.RowSize(); n > there {
		n = max(there, row-first+1) // the rows that a cut file still has, or else the error
	}
	d.part = grow(d.part, min(n*d.RowSize(), d.f.from(at)))
	return first, d.part, at, d.f.full(d.part, at, n*d.RowSize(), "data")
}

// chunks is Part for chunked data: it returns the rows of the chunks that the given row lies in.
func (d *Dataset) chunks(row int64) (first int64, rows []byte, at int64, err error) {
	place := make([]int64, len(d.chunk))
	place[0] = row / d.chunk[0]
	first = place[0] * d.chunk[0]
	n := min(d.chunk[0], d.Rows()-first)
	if memory := d.chunkSize()*int64(1+len(d.filters)) + n*d.RowSize(); memory > d.f.Most {
		return 0, nil, 0, &Error{d.at, fmt.Sprintf("chunks that are read in %d bytes of memory",
			d.f.Most), fmt.Sprint(memory)}
	}
	if d.wide() && d.Piece > 0 && len(d.filters) == 0 {
		return d.pieceOf(place, row)
	}
	if d.wide() {
		rows, at, err = d.load(place, n)
		return first, rows, at, err
	}
	if n*d.RowSize() > mostChunk {
		return 0, nil, 0, &Error{d.at, "rows of chunks of at most 256 MiB",
			fmt.Sprintf("%d bytes", n*d.RowSize())}
	}
	for {
		data, where, err := d.load(place, n)
		if err != nil {
			return 0, nil, 0, err
		}
		at = where
		d.part = grow(d.part, n*d.RowSize())
		for i := range n {
			chunkRow := int64(len(data)) / n
			d.insert(d.part[i*d.RowSize():], data[i*chunkRow:], place, 1)
		}
		if !d.next(place) {
			return first, d.part, at, nil
		}
	}
}

// piece is the number of bytes that are read at a time from contiguous data.
func (d *Dataset) piece() int64 { return cmp.Or(d.Piece, together) }

// pieceOf reads some rows of a chunk that is not packed, among them the given row.
func (d *Dataset) pieceOf(place []int64, row int64) (
	first int64, rows []byte, at int64, err error) {

	c, err := d.index.chunk(place)
	if err != nil {
		return 0, nil, 0, err
	}
	if c.at == undefined {
		return 0, nil, 0, &Error{d.at, fmt.Sprintf("chunk %d of the data", place[0]),
			"none, it was never written"}
	}
	begin := place[0] * d.chunk[0]
	n := max(d.piece()/d.RowSize(), 1)
	first = begin + (row-begin)/n*n
	n = min(n, d.Rows()-first, begin+d.chunk[0]-first)
	at = c.at + (first-begin)*d.RowSize()
	d.part = grow(d.part, min(n*d.RowSize(), d.f.from(at)))
	return first, d.part, at, d.f.full(d.part, at, n*d.RowSize(), "rows of a chunk")
}

// wide reports whether each chunk spans whole rows.
func (d *Dataset) wide() bool {
	for i := 1; i < len(d.chunk); i++ {
		if d.chunk[i] != d.Shape[i] {
			return false
		}
	}
	return true
}

// next moves place on to the next chunk that has the same rows. It returns false if there is none.
func (d *Dataset) next(place []int64) bool {
	for i := len(place) - 1; i > 0; i-- {
		if place[i]++; place[i] < d.counts[i] {
			return true
		}
		place[i] = 0
	}
	return false
}

// insert copies the values of a chunk, from a dimension on, to their place in the rows. to and from
// begin at the same index of the dimensions before. Values beyond the end of the array are left
// out.
func (d *Dataset) insert(to, from []byte, place []int64, dimension int) {
	// These are the bytes of one index of this dimension.
	inTo, inFrom := int64(d.Type.Size), int64(d.Type.Size)
	for i := dimension + 1; i < len(d.chunk); i++ {
		inTo, inFrom = inTo*d.Shape[i], inFrom*d.chunk[i]
	}
	begin := place[dimension] * d.chunk[dimension]
	n := min(d.chunk[dimension], d.Shape[dimension]-begin)
	if dimension == len(d.chunk)-1 {
		copy(to[begin*inTo:(begin+n)*inTo], from)
		return
	}
	for i := range n {
		d.insert(to[(begin+i)*inTo:], from[i*inFrom:], place, dimension+1)
	}
}

// load reads the first n rows of the chunk at the given place among the chunks. It returns them and
// their address in the file.
func (d *Dataset) load(place []int64, n int64) ([]byte, int64, error) {
	c, err := d.index.chunk(place)
	if err != nil {
		return nil, 0, err
	}
	if c.at == undefined {
		return nil, 0, &Error{d.at, fmt.Sprintf("chunk %d of the data", place[0]),
			"none, it was never written"}
	}
	full := d.chunkSize()
	width := full / d.chunk[0] // bytes of a row
	filters := d.filters
	if d.whole && d.partial(place) {
		filters = nil
	}
	if len(filters) == 0 {
		c.size = full
	}
	if c.size > mostChunk {
		return nil, 0, &Error{c.at, "a chunk of at most 256 MiB", fmt.Sprintf("%d bytes", c.size)}
	}
	// Run-length encoding in Zstandard expands data up to 2^15 times.
	if len(filters) > 0 && full > 1<<20+c.size<<16 {
		return nil, 0, &Error{c.at, "a chunk that is packed less than 65536 times",
			fmt.Sprintf("%d bytes in %d", full, c.size)}
	}
	d.stored = grow(d.stored, min(c.size, d.f.from(c.at)))
	if err := d.f.full(d.stored, c.at, c.size, "a chunk"); err != nil {
		return nil, 0, err
	}
	data := d.stored
	for i := len(filters) - 1; i >= 0; i-- {
		if c.skipped>>i&1 != 0 {
			continue
		}
		if data, err = filters[i].undo(data, int(full)+4*i); err != nil {
			return nil, 0, &Error{c.at, "data packed by " + filters[i].name, err.Error()}
		}
	}
	// Metavision ends the last chunk at the last event.
	if want := n * width; int64(len(data)) < want {
		return nil, 0, &Error{c.at, fmt.Sprintf("a chunk of %d bytes", want), fmt.Sprint(len(data))}
	}
	return data[:n*width], c.at, nil
}

// partial reports whether a chunk reaches beyond the end of the array.
func (d *Dataset) partial(place []int64) bool {
	for i, p := range place {
		if (p+1)*d.chunk[i] > d.Shape[i] {
			return true
		}
	}
	return false
}

// chunkSize is the size of an unpacked chunk in bytes.
func (d *Dataset) chunkSize() int64 {
	size := int64(d.Type.Size)
	for _, n := range d.chunk {
		size *= n
	}
	return size
}

// grow returns a slice of n bytes, in the memory of b if that is large enough.
func grow(b []byte, n int64) []byte {
	if int64(cap(b)) >= n {
		return b[:n]
	}
	return make([]byte, n)
}

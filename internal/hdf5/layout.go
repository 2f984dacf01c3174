package hdf5

import "fmt"

// layout decodes how the data are stored:
//
//	version 3: version 3, class 1; compact: size 2, data; contiguous: address, size;
//	           chunked: dimensions 1, tree, sizes 4 each
//	version 4: as version 3, but chunked: flags 1, dimensions 1, bytes of a size 1, sizes,
//	           kind of index 1, what that needs, index
//
// The shape of a chunk has one number more than the data have dimensions: the size of an element.
func (d *Dataset) layout(m *message, most []int64) error {
	c := fields{b: m.data, f: d.f}
	version, class := c.uint(1), c.uint(1)
	switch {
	case version < 3 || version > 5:
		return &Error{m.at, "a layout of version 3 to 5", fmt.Sprint(version)}
	case class == 0:
		data, want := c.bytes(int(c.uint(2))), d.Rows()*d.RowSize()
		if int64(len(data)) < want {
			return &Error{m.at, fmt.Sprintf("%d bytes of data", want), fmt.Sprint(len(data))}
		}
		d.compact = data[:want]
	case class == 1:
		d.at = c.address()
	case class == 2 && version == 3:
		dimensions := int(c.uint(1))
		d.at = c.address()
		if err := d.chunked(&c, m.at, dimensions, 4); err != nil {
			return err
		}
		d.index = &tree1Index{f: d.f, root: d.at, shape: d.chunk}
	case class == 2:
		flags, dimensions, size := c.uint(1), int(c.uint(1)), int(c.uint(1))
		d.whole = flags&1 != 0
		if err := d.chunked(&c, m.at, dimensions, size); err != nil {
			return err
		}
		if err := d.newIndex(&c, m.at, flags&2 != 0, most); err != nil {
			return err
		}
	default:
		return &Error{m.at, "data that are compact, contiguous or chunked", "the class virtual"}
	}
	return c.wrong(m.at, "a layout")
}

const mostAcross = 1 << 12

// chunked decodes the shape of a chunk, in numbers of size bytes.
func (d *Dataset) chunked(c *fields, at int64, dimensions, size int) error {
	bytes := int64(1)
	for range dimensions {
		n := int64(min(c.uint(size), mostChunk+1))
		if bytes *= n; n == 0 || bytes > mostChunk {
			return &Error{at, "chunks of 1 byte to 256 MiB", "others"}
		}
		d.chunk = append(d.chunk, n)
	}
	if dimensions != len(d.Shape)+1 || len(d.Shape) == 0 ||
		d.chunk[dimensions-1] != int64(d.Type.Size) {

		return &Error{at, fmt.Sprintf("chunks of %d dimensions and elements of %d bytes",
			max(len(d.Shape), 1), d.Type.Size), fmt.Sprint(d.chunk)}
	}
	d.chunk = d.chunk[:dimensions-1]
	across := int64(1) // number of chunks that a row lies in
	for i, n := range d.chunk {
		d.counts = append(d.counts, (d.Shape[i]+n-1)/n)
		if i > d.ones {
			across *= d.counts[i]
		}
		if across > mostAcross {
			return &Error{at, "rows that lie in at most 4096 chunks", "more"}
		}
	}
	return nil
}

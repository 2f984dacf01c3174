package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// filter is one step by which the chunks of a dataset were packed.
type filter struct {
	name string
	undo undo
}

// undo reverses a filter for one chunk, which had at most most bytes before the filter. Its result
// is valid until the next call.
type undo func(b []byte, most int) ([]byte, error)

// undos are the supported filters by their number (hdfgroup.org, "Registered Filter Plugins"). open
// receives the values that the file stores with the filter.
var undos = map[uint64]struct {
	name string
	open func(values []uint32) undo
}{
	1:         {"deflate", func([]uint32) undo { return new(inflater).undo }},
	2:         {"shuffle", unshuffler},
	3:         {"Fletcher-32", func([]uint32) undo { return fletcher32 }},
	32000:     {"LZF", func([]uint32) undo { return new(lz).undo }},
	32001:     {"Blosc", func([]uint32) undo { return new(blosc).undo }},
	32004:     {"LZ4", func([]uint32) undo { return new(lz4Blocks).undo }},
	32008:     {"bitshuffle", newBitshuffle},
	32015:     {"Zstandard", func([]uint32) undo { return new(zstandard).undo }},
	FilterECF: {"ECF", func([]uint32) undo { return new(ecf).undo }},
}

// known are the names of filters that are not supported.
var known = map[uint64]string{
	4: "SZIP", 5: "N-bit", 6: "scale and offset", 307: "bzip2", 32013: "ZFP", 32026: "Blosc2",
}

// pipeline decodes the list of filters:
//
//	version 1: version 1, number 1, 6; each: number 2, length of the name 2, flags 2, values 2,
//	           name, values 4 each, 4 if they are odd
//	version 2: version 1, number 1; each as before, but without a name below number 256
//
// In version 1 the name is padded to a multiple of 8 bytes.
func (f *File) pipeline(m *message) (all []filter, err error) {
	c := fields{b: m.data, f: f}
	version, n := c.uint(1), int(c.uint(1))
	c.bad = version < 1 || version > 2
	if version == 1 {
		c.bytes(6)
	}
	for range n {
		number, named := c.uint(2), 0
		if version == 1 || number >= 256 {
			named = int(c.uint(2))
		}
		c.bytes(2)
		values := make([]uint32, c.uint(2))
		if version == 1 {
			named = (named + 7) &^ 7
		}
		c.bytes(named)
		for i := range values {
			values[i] = uint32(c.uint(4))
		}
		if version == 1 && len(values)%2 == 1 {
			c.bytes(4)
		}
		if err := c.wrong(m.at, "filters"); err != nil {
			return nil, err
		}
		u, ok := undos[number]
		if !ok {
			got := fmt.Sprintf("filter %d", number)
			if name := known[number]; name != "" {
				got += " (" + name + ")"
			}
			return nil, &Error{m.at, "chunks filtered by deflate, shuffle, Fletcher-32, LZF, " +
				"Blosc, LZ4, bitshuffle, Zstandard or ECF", got + ", which is not read"}
		}
		all = append(all, filter{u.name, u.open(values)})
	}
	return all, c.wrong(m.at, "filters")
}

var (
	errLong   = errors.New("more bytes than a chunk has")
	errCut    = errors.New("the end of the bytes before that of the data")
	errBefore = errors.New("a copy of what came before the first byte")
)

// inflater reverses the filter deflate, whose chunks are zlib streams.
type inflater struct {
	in  bytes.Reader
	z   io.ReadCloser
	out bytes.Buffer
}

func (d *inflater) undo(b []byte, most int) (_ []byte, err error) {
	d.in.Reset(b)
	if d.z == nil {
		d.z, err = zlib.NewReader(&d.in)
	} else {
		err = d.z.(zlib.Resetter).Reset(&d.in, nil)
	}
	if err != nil {
		return nil, err
	}
	d.out.Reset()
	if _, err := d.out.ReadFrom(io.LimitReader(d.z, int64(most)+1)); err != nil {
		return nil, err
	}
	if d.out.Len() > most {
		return nil, errLong
	}
	return d.out.Bytes(), nil
}

// unshuffler reverses the filter shuffle, which stores the first bytes of all elements, then the
// second bytes, and so on.
func unshuffler(values []uint32) undo {
	size, out := 1, []byte(nil)
	if len(values) > 0 {
		size = int(values[0])
	}
	return func(b []byte, _ int) ([]byte, error) {
		if size < 2 || len(b) < size {
			return b, nil
		}
		out = grow(out, int64(len(b)))
		unshuffle(out, b, size)
		return out, nil
	}
}

// unshuffle brings the bytes of each element together. size is that of an element. Bytes behind the
// last whole element stay where they are.
func unshuffle(out, b []byte, size int) {
	n := len(b) / size
	for i := range size {
		to := out[i:]
		for j, v := range b[i*n : (i+1)*n] {
			to[j*size] = v
		}
	}
	copy(out[n*size:], b[n*size:])
}

// fletcher32 checks and removes the checksum at the end of b: two sums, modulo 65535, of the
// big-endian words of 16 bits.
func fletcher32(b []byte, _ int) ([]byte, error) {
	if len(b) < 4 {
		return nil, errCut
	}
	b, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	var low, high uint32
	for i := 0; i < len(b); i += 2 {
		v := uint32(b[i]) << 8
		if i+1 < len(b) {
			v |= uint32(b[i+1])
		}
		low = (low + v) % 65535
		high = (high + low) % 65535
	}
	if got := high<<16 | low; got != sum {
		return nil, fmt.Errorf("the checksum %08x of bytes whose checksum is %08x", sum, got)
	}
	return b, nil
}

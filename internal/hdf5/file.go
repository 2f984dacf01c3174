package hdf5

import (
	"fmt"
	"io"
	"math"
)

// Signature is the first bytes of an HDF5 file.
const Signature = "\x89HDF\r\n\x1a\n"

const (
	mostMetadata = 16 << 20  // bytes of one block of metadata
	mostChunk    = 256 << 20 // bytes of one unpacked chunk
	mostFile     = 1 << 60   // bytes
	mostMemory   = 4 << 30   // bytes, see File.Most

	mostUserBlock = 4096 // bytes at the start of a file that are searched for the superblock
)

// undefined is the address of something that the file does not have.
const undefined = -1

// Error says at which byte a file stops making sense, or uses a feature that is not supported.
type Error struct {
	Offset    int64 // byte
	Want, Got string
}

func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: want %s, got %s", e.Offset, e.Want, e.Got)
}

// File is an open file.
type File struct {
	End int64 // size of the file in bytes, as its superblock gives it
	// Most limits the bytes of memory that reading a dataset may take: a chunk, the output of each
	// filter, and the rows that are assembled from adjacent chunks.
	Most int64

	r                io.ReaderAt
	size             int64 // size of the file in bytes, as it really is
	offsets, lengths int   // bytes of an address and of a length
	root             int64
	trusting         bool // checksums are ignored; fuzzing sets it to reach the code behind them
}

// Begin returns the byte at which the superblock begins: byte 0, or byte 512, 1024, 2048 and so on
// behind a user block, as MATLAB 7.3 writes one. It returns -1 if head, the first bytes of a file,
// has no superblock.
func Begin(head []byte) int64 {
	for at := 0; at+len(Signature) <= len(head); at = max(512, 2*at) {
		if string(head[at:at+len(Signature)]) == Signature {
			return int64(at)
		}
	}
	return -1
}

// Open reads the superblock of a file of size bytes. All addresses, those of errors too, count from
// the superblock.
//
//	version 0, 1: signature 8, versions 5, bytes of an address 1, of a length 1, 1,
//	              ranks of trees 4, flags 4, [4 in version 1], base, free space, end, driver,
//	              the root's entry: name, object header, 24
//	version 2, 3: signature 8, version 1, bytes of an address 1, of a length 1, flags 1, base,
//	              extension, end, object header, checksum 4
func Open(r io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, min(size, mostUserBlock))
	if n, err := r.ReadAt(head, 0); n < len(head) && err != io.EOF {
		return nil, err
	}
	begin := max(0, Begin(head))
	f := &File{r: io.NewSectionReader(r, begin, size-begin), size: size - begin, offsets: 8,
		lengths: 8, Most: mostMemory}
	b, err := f.read(0, min(f.size, 96), "a superblock")
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: f}
	if string(c.bytes(8)) != Signature {
		return nil, &Error{0, "an HDF5 file", fmt.Sprintf("%.8q", b)}
	}
	version := c.uint(1)
	if version > 3 {
		return nil, &Error{8, "a superblock of version 0 to 3", fmt.Sprint(version)}
	}
	if version < 2 {
		c.bytes(4)
	}
	f.offsets, f.lengths = int(c.uint(1)), int(c.uint(1))
	if !c.short && (f.offsets != 4 && f.offsets != 8 || f.lengths != 4 && f.lengths != 8) {
		return nil, &Error{8, "addresses and lengths of 4 or 8 bytes",
			fmt.Sprintf("%d and %d", f.offsets, f.lengths)}
	}
	c.bytes([]int{9, 13, 1, 1}[version])
	base := c.address()
	c.address()
	f.End = c.address()
	if version < 2 {
		c.address()
		c.address()
	}
	f.root = c.address()
	if version >= 2 {
		c.checksum(b)
	}
	if err := c.wrong(0, "a superblock"); err != nil {
		return nil, err
	}
	if base != begin {
		return nil, &Error{8, fmt.Sprintf("addresses that are counted from byte %d", begin),
			fmt.Sprintf("from %d", base)}
	}
	f.End -= base
	return f, nil
}

// Root returns the root group.
func (f *File) Root() (*Object, error) { return f.object(f.root) }

// read reads n bytes of metadata at the given address.
func (f *File) read(at, n int64, what string) ([]byte, error) {
	switch {
	case at == undefined:
		return nil, &Error{0, "the address of " + what, "none"}
	case n > mostMetadata || n < 0:
		return nil, &Error{min(at, f.size), what + " of at most 16 MiB", fmt.Sprintf("%d bytes", n)}
	}
	b := make([]byte, min(n, f.from(at)))
	return b, f.full(b, at, n, what)
}

// from is the number of bytes from an address to the end of the file.
func (f *File) from(at int64) int64 {
	if at < 0 || at > f.size {
		return 0
	}
	return f.size - at
}

// full fills b with the bytes at the given address. It is an error if b has fewer than n bytes,
// which means that the file ends before.
func (f *File) full(b []byte, at, n int64, what string) error {
	if int64(len(b)) < n {
		return &Error{min(at, f.size), fmt.Sprintf("%d bytes of %s", n, what),
			fmt.Sprintf("%d at the end of the file", len(b))}
	}
	if k, err := f.r.ReadAt(b, at); k < len(b) {
		if err == io.EOF {
			return &Error{at, fmt.Sprintf("%d bytes of %s", n, what),
				fmt.Sprintf("%d at the end of the file", k)}
		}
		return err
	}
	return nil
}

// fields takes little-endian numbers off a block of metadata. Numbers beyond the end of the block
// are 0, and then wrong returns an error.
type fields struct {
	b          []byte
	f          *File
	used       int
	short, bad bool
}

func (c *fields) bytes(n int) []byte {
	if n < 0 || n > len(c.b)-c.used {
		c.short, c.used = true, len(c.b)
		return nil
	}
	c.used += n
	return c.b[c.used-n : c.used]
}

// uint takes a number of size bytes off the block and keeps its lowest 8 bytes.
func (c *fields) uint(size int) (v uint64) {
	for i, b := range c.bytes(size) {
		if i < 8 {
			v |= uint64(b) << (8 * i)
		}
	}
	return v
}

// address takes an address off the block. It is undefined if all of its bits are set, or if no file
// is so long.
func (c *fields) address() int64 {
	v := c.uint(c.f.offsets)
	if c.short || v > mostFile || c.f.offsets == 4 && v == math.MaxUint32 {
		return undefined
	}
	return int64(v)
}

// length takes a size, in bytes or elements, off the block. A size above the limit of a file
// becomes that limit.
func (c *fields) length() int64 { return int64(min(c.uint(c.f.lengths), mostFile)) }

// text takes a text and the zero byte behind it off the block.
func (c *fields) text() string {
	for i, b := range c.b[c.used:] {
		if b == 0 {
			return string(c.bytes(i + 1)[:i])
		}
	}
	c.short = true
	return ""
}

// signed takes a signature and the byte of the version off the block, and marks the block as bad if
// either differs.
func (c *fields) signed(signature string, version uint64) {
	if string(c.bytes(4)) != signature || c.uint(1) != version {
		c.bad = true
	}
}

// checksum takes a checksum off the block, and marks the block as bad if it is not that of the
// bytes of b before.
func (c *fields) checksum(b []byte) {
	sum := lookup3(b[:c.used])
	if got := c.uint(4); got != uint64(sum) && !c.f.trusting {
		c.bad = true
	}
}

// rest is the part of the block that was not taken yet.
func (c *fields) rest() []byte { return c.b[c.used:] }

// wrong returns the error of a block of metadata at the given address, or nil if nothing is wrong.
func (c *fields) wrong(at int64, what string) error {
	switch {
	case c.short:
		return &Error{at, what, "one that is cut"}
	case c.bad:
		return &Error{at, what, "another signature, version or checksum"}
	}
	return nil
}

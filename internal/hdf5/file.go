package hdf5

import (
	"fmt"
	"io"
	"math"
)

// Signature is how a file begins.
const Signature = "\x89HDF\r\n\x1a\n"

const (
	mostMetadata = 16 << 20  // bytes of one block of metadata
	mostChunk    = 256 << 20 // bytes of one chunk, unpacked
	mostFile     = 1 << 60   // bytes
	mostMemory   = 4 << 30   // bytes, see File.Most

	mostUserBlock = 4096 // bytes in which a superblock is looked for
)

// undefined is the address of what is not there.
const undefined = -1

// Error says where a file stops making sense, or what in it is not read.
type Error struct {
	Offset    int64 // byte
	Want, Got string
}

func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: want %s, got %s", e.Offset, e.Want, e.Got)
}

// File is an open file.
type File struct {
	End int64 // bytes that the file has by its own account
	// bytes of memory that reading a dataset may take: a chunk, what each filter makes of it, and
	// the rows that are made of chunks side by side
	Most int64

	r                io.ReaderAt
	size             int64 // bytes that there are
	offsets, lengths int   // bytes of an address and of a length
	root             int64
	trusting         bool // checksums are passed over: fuzzing sets it, to come behind them
}

// Begin is where the superblock is: at byte 0, or behind a user block of 512 bytes or twice, four
// times, ... as many, as MATLAB 7.3 has it. It is -1 if head, the first bytes of a file, has none.
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

// Root is the root group.
func (f *File) Root() (*Object, error) { return f.object(f.root) }

// read reads so many bytes of metadata.
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

// from is how many bytes there are from an address on.
func (f *File) from(at int64) int64 {
	if at < 0 || at > f.size {
		return 0
	}
	return f.size - at
}

// full reads b, which has n bytes unless the file ends before.
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

// fields takes little-endian numbers off a block of metadata. Behind its end they are 0, and wrong
// says so.
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

// uint is a number of size bytes, of which at most 8 count.
func (c *fields) uint(size int) (v uint64) {
	for i, b := range c.bytes(size) {
		if i < 8 {
			v |= uint64(b) << (8 * i)
		}
	}
	return v
}

// address is undefined where all bits are set, or no file is that long.
func (c *fields) address() int64 {
	v := c.uint(c.f.offsets)
	if c.short || v > mostFile || c.f.offsets == 4 && v == math.MaxUint32 {
		return undefined
	}
	return int64(v)
}

// length is a size in bytes or elements; of too long a one as much as can be.
func (c *fields) length() int64 { return int64(min(c.uint(c.f.lengths), mostFile)) }

// text is what stands before a zero byte.
func (c *fields) text() string {
	for i, b := range c.b[c.used:] {
		if b == 0 {
			return string(c.bytes(i + 1)[:i])
		}
	}
	c.short = true
	return ""
}

// signed takes a signature and the version 0 or 1 behind it.
func (c *fields) signed(signature string, version uint64) {
	if string(c.bytes(4)) != signature || c.uint(1) != version {
		c.bad = true
	}
}

// checksum takes the checksum of all that came before.
func (c *fields) checksum(b []byte) {
	sum := lookup3(b[:c.used])
	if got := c.uint(4); got != uint64(sum) && !c.f.trusting {
		c.bad = true
	}
}

// rest is what was not taken.
func (c *fields) rest() []byte { return c.b[c.used:] }

// wrong says what was wrong with a block of metadata at this address, or nil.
func (c *fields) wrong(at int64, what string) error {
	switch {
	case c.short:
		return &Error{at, what, "one that is cut"}
	case c.bad:
		return &Error{at, what, "another signature, version or checksum"}
	}
	return nil
}

package sqlite

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Signature is the first bytes of a database.
const Signature = "SQLite format 3\x00"

// Error says at which byte a database stops making sense, or uses a feature that is not supported.
type Error struct {
	Offset    int64 // byte
	Want, Got string
}

func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: want %s, got %s", e.Offset, e.Want, e.Got)
}

// DB is an open database.
type DB struct {
	r      io.ReaderAt
	size   int64 // bytes of the file
	page   int64 // bytes of a page
	usable int   // bytes of a page without those that are reserved at its end
	kept   map[uint32][]byte
	tables []entry
	record []byte // memory of the record that was assembled last
}

// mostKept is the number of pages that are kept in memory: those that lead to a row and its
// neighbours.
const mostKept = 64

// Open reads the header and the list of tables of a database of size bytes.
func Open(r io.ReaderAt, size int64) (*DB, error) {
	var head [100]byte
	if n, err := r.ReadAt(head[:], 0); err != nil && n < len(head) {
		return nil, cut(0, int64(len(head)), int64(n), err)
	}
	db := &DB{r: r, size: size, kept: map[uint32][]byte{}}
	db.page = int64(binary.BigEndian.Uint16(head[16:]))
	if db.page == 1 {
		db.page = 1 << 16
	}
	db.usable = int(db.page) - int(head[20])
	switch encoding := binary.BigEndian.Uint32(head[56:]); {
	case string(head[:16]) != Signature:
		return nil, &Error{0, "an SQLite database", fmt.Sprintf("%.16q", head[:16])}
	case db.page < 512 || db.page&(db.page-1) != 0 || db.usable < 480:
		return nil, &Error{16, "pages of 512 to 65536 bytes, at most 32 of them reserved",
			fmt.Sprintf("%d, of which %d are reserved", db.page, head[20])}
	case encoding > 1:
		return nil, &Error{56, "text in UTF-8", fmt.Sprintf("encoding %d", encoding)}
	}
	return db, db.readSchema()
}

// pageAt returns a page by its number, which counts from 1. The file's header at the beginning of
// page 1 is included; node skips it.
func (db *DB) pageAt(number uint32) ([]byte, error) {
	if b, ok := db.kept[number]; ok {
		return b, nil
	}
	at := (int64(number) - 1) * db.page
	if number == 0 || at+db.page > db.size {
		return nil, &Error{max(at, 0), fmt.Sprintf("page %d inside of the file", number),
			fmt.Sprintf("a file of %d bytes", db.size)}
	}
	b := make([]byte, db.page)
	if n, err := db.r.ReadAt(b, at); n < len(b) {
		return nil, cut(at, db.page, int64(n), err)
	}
	if len(db.kept) >= mostKept {
		clear(db.kept)
	}
	db.kept[number] = b
	return b, nil
}

// cut is the error of a page of which only got bytes are there.
func cut(at, want, got int64, err error) error {
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	return &Error{at, fmt.Sprintf("%d bytes of a page", want),
		fmt.Sprintf("%d at the end of the file", got)}
}

// varint decodes a number of 1 to 9 bytes, the uppermost bits first: seven bits a byte, and eight
// in the ninth byte. n is the number of bytes, or 0 if b ends before the number does.
func varint(b []byte) (v int64, n int) {
	for n < len(b) && n < 9 {
		c := b[n]
		n++
		if n == 9 {
			return v<<8 | int64(c), n
		}
		v = v<<7 | int64(c&0x7f)
		if c < 0x80 {
			return v, n
		}
	}
	return 0, 0
}

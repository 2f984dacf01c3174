package events

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// A recording may be compressed as a whole, by gzip, Zstandard, LZ4 or bzip2: users compress text,
// and ROS 2 compresses bags (compression_mode: FILE). The first bytes of the file show the
// compression, and the first bytes unpacked show the format of the recording.

// compressions are the ways in which a whole file may be compressed: the endings of such files,
// the bytes that they begin with, and a function that opens them and uses at most memory bytes.
var compressions = []struct {
	name    string
	endings []string
	begin   string
	open    func(r io.Reader, memory int64) (io.Reader, error)
}{
	{"gzip", []string{".gz", ".gzip"}, "\x1f\x8b\x08",
		func(r io.Reader, _ int64) (io.Reader, error) {
			return gzip.NewReader(r)
		}},
	{"Zstandard", []string{".zst", ".zstd"}, "\x28\xb5\x2f\xfd", unpackFile},
	{"LZ4", []string{".lz4"}, "\x04\x22\x4d\x18", func(r io.Reader, _ int64) (io.Reader, error) {
		return lz4.NewReader(r), nil
	}},
	{"bzip2", []string{".bz2"}, "BZh", func(r io.Reader, _ int64) (io.Reader, error) {
		return bzip2.NewReader(r), nil
	}},
}

// unpackFile opens a stream of Zstandard. The decoder uses no threads.
func unpackFile(r io.Reader, memory int64) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxWindow(uint64(max(1<<10, min(memory, 1<<29)))))
}

// CutCompression cuts an ending like .gz, which says that the whole file is compressed, off a
// file's name. It says whether the name had such an ending.
func CutCompression(name string) (string, bool) {
	for _, c := range compressions {
		if end := path.Ext(name); slices.Contains(c.endings, strings.ToLower(end)) {
			return strings.TrimSuffix(name, end), true
		}
	}
	return name, false
}

// isCompressed says whether b is the beginning of a file that is compressed as a whole.
func isCompressed(b []byte) bool {
	for _, c := range compressions {
		if bytes.HasPrefix(b, []byte(c.begin)) {
			return true
		}
	}
	return false
}

// uncompressed returns the content of a file that is compressed as a whole, and the file itself if
// it is not.
func (s source) uncompressed(o Options) (inner source, err error) {
	for _, c := range compressions {
		if !bytes.HasPrefix(s.begin, []byte(c.begin)) {
			continue
		}
		packed := &counter{r: s.reader()}
		r, err := c.open(bufio.NewReaderSize(packed, bufferSize), o.unpacked(mostUnpacked))
		if err != nil {
			return s, &FormatError{c.name, packed.n, "a file that can be unpacked", err.Error()}
		}
		inner.name, _ = CutCompression(s.name)
		unpacked := &unpackedFile{name: c.name, r: r, packed: packed, size: s.size, options: o}
		b := make([]byte, opening)
		n, err := io.ReadFull(unpacked, b)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return s, err
		}
		inner.begin, inner.r = b[:n], unpacked
		return inner, nil
	}
	return s, nil
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (n int, err error) {
	n, err = c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// unpackedFile reads the content of a file that is compressed as a whole. It fails where the
// content has more bytes than the options allow.
type unpackedFile struct {
	name    string // of the compression
	r       io.Reader
	packed  *counter
	size    int64 // bytes of the file, or 0 where the file comes as a stream
	options Options
	n       int64 // bytes unpacked so far
}

func (u *unpackedFile) Read(b []byte) (n int, err error) {
	n, err = u.r.Read(b)
	u.n += int64(n)
	if most := u.options.unpackedAll(max(u.size, u.packed.n)); u.n > most {
		return 0, &UnpackedError{u.name, u.packed.n, most}
	}
	if err != nil && err != io.EOF {
		err = &FormatError{u.name, u.packed.n, "a file that can be unpacked", err.Error()}
	}
	return n, err
}

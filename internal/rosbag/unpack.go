package rosbag

import (
	"bytes"
	"compress/bzip2"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// unpacker unpacks chunks and messages within limits.
type unpacker struct {
	limits Limits
	sum    int64 // bytes that were unpacked so far
}

// unpack reverses a compression by the name that bags give it: none, bz2 or lz4 in ROS 1; zstd, lz4
// or "" in MCAP. It returns a copy of size bytes, or of any size if size is -1.
func (u *unpacker) unpack(b []byte, how string, size, at int64, counted *bool) ([]byte, error) {
	most := u.limits.Chunk
	if size > most {
		return nil, &Error{at, fmt.Sprintf("at most %d bytes in a chunk, unpacked", most),
			fmt.Sprint(size)}
	}
	var r io.Reader = bytes.NewReader(b)
	switch how {
	case "none", "":
	case "bz2":
		r = bzip2.NewReader(r)
	case "lz4":
		r = lz4.NewReader(r)
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxMemory(uint64(most)))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	default:
		return nil, &Error{at, "a compression that is known: none, bz2, lz4 or zstd",
			fmt.Sprintf("%.20q", how)}
	}
	var out bytes.Buffer
	out.Grow(int(min(max(size, 0), int64(len(b))*8)) + bytes.MinRead)
	_, err := io.Copy(&out, io.LimitReader(r, most+1))
	got := int64(out.Len())
	if counted == nil || !*counted {
		u.sum += got
	}
	if counted != nil {
		*counted = true
	}
	switch {
	case u.sum > u.limits.All:
		return nil, &PackedError{at, u.limits.All}
	case got > most:
		return nil, &Error{at, fmt.Sprintf("at most %d bytes in a chunk, unpacked", most), "more"}
	case err != nil:
		return out.Bytes(), &Error{at, "a chunk that can be unpacked by " + how, err.Error()}
	case size >= 0 && got != size:
		return out.Bytes(), &Error{at, fmt.Sprintf("a chunk of %d bytes, unpacked", size),
			fmt.Sprint(got)}
	}
	return out.Bytes(), nil
}

// zstdMagic is the first bytes of a frame of Zstandard.
var zstdMagic = []byte("\x28\xb5\x2f\xfd")

// message unpacks a ROS 2 message that is compressed by itself. Only a file beside the bag says so
// (compression_mode: MESSAGE in metadata.yaml), but the encoding CDR never begins with zstdMagic.
func (u *unpacker) message(m *Message) (err error) {
	if bytes.HasPrefix(m.Data, zstdMagic) {
		m.Data, err = u.unpack(m.Data, "zstd", -1, m.Offset, nil)
	}
	return err
}

// readAt reads n bytes of a file of size bytes. A read beyond the end is an error.
func readAt(r io.ReaderAt, at, n, size int64, what string) ([]byte, error) {
	if at < 0 || n < 0 || at > size || n > size-at {
		return nil, &Error{max(at, 0), fmt.Sprintf("%d bytes of %s", n, what),
			fmt.Sprintf("%d at the end of the file", max(0, size-at))}
	}
	b := make([]byte, n)
	k, err := r.ReadAt(b, at)
	if int64(k) < n {
		if err != nil && err != io.EOF {
			return nil, err
		}
		return nil, &Error{at, fmt.Sprintf("%d bytes of %s", n, what),
			fmt.Sprintf("%d at the end of the file", k)}
	}
	return b, nil
}

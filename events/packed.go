package events

import "fmt"

// A recording may be packed, and a small file that is unpacked to gigabytes is no recording but a
// bomb: what cameras send is packed to a tenth at best.
const (
	smallUnpacked = 64 << 20 // bytes to which any file may be unpacked
	mostRatio     = 100      // times its size to which a larger one may
)

// unpackedAll is how many bytes all of a recording may be unpacked to that is packed in so many.
func (o Options) unpackedAll(packed int64) int64 {
	return max(smallUnpacked, o.Unpacked, mostRatio*min(packed, 1<<50))
}

// unpacked is how many bytes a reader may hold unpacked at a time, of a format whose own limit is
// this.
func (o Options) unpacked(own int64) int64 {
	if o.Unpacked > 0 {
		return o.Unpacked
	}
	return own
}

// UnpackedError says that a recording is packed so tightly that it is refused: see
// Options.Unpacked.
type UnpackedError struct {
	Format string // like "AEDAT 4"
	Offset int64  // byte
	Most   int64  // bytes
}

func (e *UnpackedError) Error() string {
	return fmt.Sprintf("%s, byte %d: want a recording that is unpacked to at most %d bytes "+
		"(--max-unpacked allows more), got more", e.Format, e.Offset, e.Most)
}

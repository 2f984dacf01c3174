package events

import "fmt"

// A recording may be packed. Events of cameras are packed to a tenth of their size at best, so a
// small file that is unpacked to gigabytes is no recording but a bomb.
const (
	smallUnpacked = 64 << 20 // bytes to which any file may be unpacked
	mostRatio     = 100      // times its size to which a larger file may be unpacked
)

// unpackedAll is how many bytes a whole recording of packed bytes may be unpacked to.
func (o Options) unpackedAll(packed int64) int64 {
	return max(smallUnpacked, o.Unpacked, mostRatio*min(packed, 1<<50))
}

// unpacked is how many bytes a reader may hold unpacked at a time; own is the limit of its format.
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
	Offset int64  // bytes from the beginning of the file
	Most   int64  // the limit, in bytes unpacked
}

func (e *UnpackedError) Error() string {
	return fmt.Sprintf("%s, byte %d: want a recording that is unpacked to at most %d bytes "+
		"(--max-unpacked allows more), got more", e.Format, e.Offset, e.Most)
}

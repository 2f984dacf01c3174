package synth

import (
	"bytes"
	"encoding/binary"
)

// turn is how a picture is stored: mirrored or turned, as Exif's orientation says.
type turn struct {
	across  bool // rows are columns
	mirrorX bool // of what is stored
	mirrorY bool
}

// turns are the orientations 1 to 8 (Exif 2.3, table 4, tag 0x0112).
var turns = [9]turn{
	2: {mirrorX: true}, 3: {mirrorX: true, mirrorY: true}, 4: {mirrorY: true},
	5: {across: true}, 6: {across: true, mirrorY: true},
	7: {across: true, mirrorX: true, mirrorY: true}, 8: {across: true, mirrorX: true},
}

// source is where pixel (x, y) of an upright picture of a size is stored.
func (t turn) source(x, y, width, height int) (u, v int) {
	if t.across {
		x, y, width, height = y, x, height, width
	}
	if t.mirrorX {
		x = width - 1 - x
	}
	if t.mirrorY {
		y = height - 1 - y
	}
	return x, y
}

// exifTurn reads the orientation of a JPEG. One that has none, or none that makes sense, is
// upright.
func exifTurn(jpeg []byte) turn {
	for rest := jpeg[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker, n := rest[1], int(binary.BigEndian.Uint16(rest[2:]))+2
		if marker == 0xda || n < 4 || n > len(rest) { // the picture itself begins
			break
		}
		if tiff, ok := bytes.CutPrefix(rest[4:n], []byte("Exif\x00\x00")); marker == 0xe1 && ok {
			return tiffTurn(tiff)
		}
		rest = rest[n:]
	}
	return turn{}
}

// tiffTurn reads the orientation from the first directory of TIFF tags.
func tiffTurn(tiff []byte) turn {
	if len(tiff) < 8 {
		return turn{}
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return turn{}
	}
	tags := int64(order.Uint16(tiff[at:]))
	for at += 2; tags > 0 && at+12 <= int64(len(tiff)); at, tags = at+12, tags-1 {
		if order.Uint16(tiff[at:]) == 0x0112 {
			if v := int(order.Uint16(tiff[at+8:])); v < len(turns) {
				return turns[v]
			}
		}
	}
	return turn{}
}

package hdf5

// lz reverses LZF (liblzf, as h5py has it). BloscLZ (Blosc/c-blosc) differs in details only:
//
//	000lllll                         l+1 bytes follow
//	lllhhhhh [more length] dddddddd  l+2 bytes are copied from h<<8 + d + 1 before
//
// Where lll is 7, more length follows before d: in LZF one byte, in BloscLZ bytes up to one that is
// not 255. In BloscLZ the first byte's upper bits say nothing, and h<<8 + d = 31<<8 + 255 stands
// for a distance in the next two bytes, the upper first, and 8191 more.
type lz struct{ out []byte }

func (z *lz) undo(b []byte, most int) ([]byte, error) {
	out, err := lzCopies(z.out[:0], b, most, false)
	z.out = out
	return out, err
}

// lzCopies uncompresses b to the end of out, which may grow to at most most bytes.
func lzCopies(out, b []byte, most int, blosc bool) ([]byte, error) {
	next := func() int {
		if len(b) == 0 {
			return -1
		}
		v := b[0]
		b = b[1:]
		return int(v)
	}
	begin := len(out)
	for first := true; len(b) > 0; first = false {
		control := next()
		if first && blosc {
			control &= 31
		}
		if control < 32 {
			if control >= len(b) {
				return out, errCut
			}
			if len(out)-begin+control+1 > most {
				return out, errLong
			}
			out = append(out, b[:control+1]...)
			b = b[control+1:]
			continue
		}
		length, distance := control>>5, control&31<<8
		if length == 7 {
			for more := 255; more == 255; {
				more = next()
				length += more
				if !blosc {
					break
				}
			}
		}
		low := next()
		distance += low + 1
		if blosc && distance == 8192 {
			distance = next()<<8 + 8192
			low = next()
			distance += low
		}
		length += 2
		switch {
		case low < 0:
			return out, errCut
		case distance > len(out)-begin:
			return out, errBefore
		case len(out)-begin+length > most:
			return out, errLong
		}
		from := len(out) - distance
		for ; length > distance; length -= distance { // the copy overlaps itself
			out = append(out, out[from:from+distance]...)
		}
		out = append(out, out[from:from+length]...)
	}
	return out, nil
}

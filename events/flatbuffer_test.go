package events

import (
	"encoding/binary"
	"slices"
	"testing"
)

// Places and lengths behind the end are refused, those too that no int of 32 bits holds.
func TestFlatBufferOutside(t *testing.T) {
	good := slices.Concat(
		[]byte{16, 0, 0, 0}, []byte("TEST"), // the root's place
		// list of fields: 6 bytes, of a table of 8; field 0 is 4 behind its begin
		[]byte{6, 0, 8, 0, 4, 0, 0, 0},
		// the root: the list is 8 before it; field 0 is 4 behind here
		[]byte{8, 0, 0, 0, 4, 0, 0, 0},
		[]byte{1, 0, 0, 0, 12, 0, 0, 0}) // which is a vector of one element
	vector := func(b []byte) (n int, ok bool) {
		root, ok := rootTable(b, "TEST")
		if ok {
			_, n, ok = root.vector(0, 4)
		}
		return n, ok
	}
	if n, ok := vector(good); !ok || n != 1 {
		t.Fatal(n, ok)
	}
	for name, at := range map[string]int{"root": 0, "vector": 20, "length": 24} {
		for _, far := range []uint32{29, 1<<31 - 1, 1 << 31, 1<<32 - 8, 1<<32 - 1} {
			bad := slices.Clone(good)
			binary.LittleEndian.PutUint32(bad[at:], far)
			if n, ok := vector(bad); ok {
				t.Errorf("%s %d: %d elements, want none", name, far, n)
			}
		}
	}
}

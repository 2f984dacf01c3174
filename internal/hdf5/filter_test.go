package hdf5

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// The sum of one-byte steps of the words is that of the definition, and a chunk with another bit is
// refused.
func TestFletcher32(t *testing.T) {
	// 0x0102 + 0x0304 + 0x0500, and the sum of these sums, below the data.
	b := []byte{1, 2, 3, 4, 5, 0x06, 0x09, 0x0e, 0x0e}
	if got, err := fletcher32(b, 0); err != nil || !bytes.Equal(got, b[:5]) {
		t.Errorf("%x, %v", got, err)
	}
	for i := range b {
		b[i] ^= 4
		if _, err := fletcher32(b, 0); err == nil {
			t.Errorf("byte %d changed: no error", i)
		}
		b[i] ^= 4
	}
}

// Bits of elements lie where they are one by one.
func TestUnshuffleBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, n := rapid.IntRange(1, 9).Draw(t, "size"), 8*rapid.IntRange(1, 5).Draw(t,
			"elements/8")
		b := rapid.SliceOfN(rapid.Byte(), n*size+3%size, n*size+3%size).Draw(t, "bytes")
		want := bytes.Clone(b)
		for element := range n {
			for i := range 8 * size {
				at := i*n + element
				if b[at/8]>>(at%8)&1 != 0 {
					want[element*size+i/8] |= 1 << (i % 8)
				} else {
					want[element*size+i/8] &^= 1 << (i % 8)
				}
			}
		}
		got := make([]byte, len(b))
		if unshuffleBits(got, b, size); !bytes.Equal(got, want) {
			t.Fatalf("%x, want %x", got, want)
		}
	})
}

// Runs, copies that overlap themselves, and far ones, put together by hand.
func TestLZ(t *testing.T) {
	ab := []byte{'a', 'b'}
	far := bytes.Repeat([]byte{'z'}, 9000)
	for name, c := range map[string]struct {
		b, want []byte
		blosc   bool
	}{
		"LZF": {[]byte{1, 'a', 'b', 2 << 5, 1, 7 << 5, 3, 0},
			append(bytes.Repeat(ab, 3), bytes.Repeat([]byte{'b'}, 12)...), false},
		"BloscLZ": {[]byte{1 | 32, 'a', 'b', 2 << 5, 1, 7 << 5, 3, 0},
			append(bytes.Repeat(ab, 3), bytes.Repeat([]byte{'b'}, 12)...), true},
		"far": {
			append(append([]byte{1, 'a', 'b', 0, 'z', 7 << 5},
				append(bytes.Repeat([]byte{255}, 35), 65, 0)...), 1<<5|31, 255, 3, 42),
			append(append(ab, far...), "abz"...), true,
		},
	} {
		got, err := lzCopies(nil, c.b, 20_000, c.blosc)
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(c.want))
		}
	}
	for want, b := range map[error][]byte{errBefore: {0, 'a', 1 << 5, 1},
		errLong: {0, 'a', 7 << 5, 90, 0}, errCut: {3, 'a'}} {
		if _, err := lzCopies(nil, b, 90, false); !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
}

// A chunk that Blosc stored as it was.
func TestBloscStored(t *testing.T) {
	b := []byte{2, 1, 3, 2, 3, 0, 0, 0, 3, 0, 0, 0, 19, 0, 0, 0, 'a', 'b', 'c'}
	if got, err := new(blosc).undo(b, 3); err != nil || string(got) != "abc" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := new(blosc).undo(b, 2); !errors.Is(err, errLong) {
		t.Errorf("error %v", err)
	}
}

// FuzzFilters: no chunk makes a filter panic, or more bytes than it may.
func FuzzFilters(f *testing.F) {
	file, _ := read(f, "latest.h5")
	links, err := root(f, file).Links()
	if err != nil {
		f.Fatal(err)
	}
	for _, l := range links {
		o, err := l.Object()
		if err != nil || !o.IsDataset() {
			continue
		}
		d, err := o.Dataset()
		if err != nil || len(d.filters) == 0 {
			continue
		}
		if p, err := d.index.chunk([]int64{0}); err == nil && p.at != undefined && p.size < 3000 {
			b, _ := file.read(p.at, p.size, "")
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for number, u := range undos {
			got, err := u.open([]uint32{2})(b, 8000)
			if err == nil && len(got) > max(8000, len(b)) {
				t.Errorf("filter %d: %d bytes", number, len(got))
			}
		}
	})
}

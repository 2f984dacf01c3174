package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// What Prophesee's codec made of events (testdata/make_hdf5.py) is these events.
func TestECFOfProphesee(t *testing.T) {
	f, _ := read(t, "ecf.h5")
	links, err := root(t, f).Links()
	if err != nil || len(links) != 7 {
		t.Fatal(len(links), err)
	}
	forms := map[uint32]int{}
	for _, l := range links {
		var all [2][]byte
		for i, name := range []string{"plain", "filtered"} {
			d, err := at(t, root(t, f), l.Name, name).Dataset()
			if err != nil {
				t.Fatal(err)
			}
			if all[i], err = rows(d); err != nil {
				t.Errorf("%s: %v", l.Name, err)
			}
			if name == "filtered" {
				p, _ := d.index.chunk([]int64{0})
				head, _ := f.read(p.at, 4, "")
				forms[binary.LittleEndian.Uint32(head)&3]++
			}
		}
		if !bytes.Equal(all[0], all[1]) || len(all[0]) == 0 {
			t.Errorf("%s: %d bytes, not those that were filtered", l.Name, len(all[1]))
		}
	}
	if len(forms) != 3 {
		t.Errorf("forms of coordinates %v, want all three", forms)
	}
}

// A chunk put together by hand from the layout: eight events in rows of runs and masks.
func TestECFByHand(t *testing.T) {
	b := []byte{
		8 << 2, 0, 0, 0, // events; neither packed
		100, 0, 0, 0, 0, 0, 0, 0, // the first time
		0x02,       // two at once
		0x3f, 4, 0, // four, 3 us later
		0xf4, 0xf0, 0xf1, // a gap of 0x104 us
		0x12,               // and 1 us more, two
		5<<5 | 31, 0, 6, 0, // six of y 5
		0x82, 0x02, // two of y 20
		0xf4, 0x0c, // x 103, 104 and 106
		0x01, 0x00, // x 0 and 5
		0x00, 0x18, // x 192
		0x20, 0x00, // x 1
		0xff, 0xff, // x 2047; more are none
		0x80 | 7, 1, // on, off
	}
	want := [][4]int64{{100, 103, 5, 1}, {100, 104, 5, 1}, {103, 106, 5, 1}, {103, 0, 5, 1},
		{103, 5, 5, 1}, {103, 192, 5, 1}, {0x104 + 104, 1, 20, 1}, {0x104 + 104, 2047, 20, 0}}
	got, err := new(ecf).undo(b, 1000)
	if err != nil || !bytes.Equal(got, structures(want)) {
		t.Errorf("%x, %v, want %x", got, err, structures(want))
	}
	for n := range b {
		if got, err := new(ecf).undo(b[:n], 1000); !errors.Is(err, errCut) {
			t.Errorf("cut at %d: %x, %v", n, got, err)
		}
	}
	for name, b := range map[string][]byte{
		"many":       {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0},
		"many times": {4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02},
		"many y":     {4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 2, 0},
		"many p":     {4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 1, 0, 0, 0, 2},
	} {
		if _, err := new(ecf).undo(b, 1000); !errors.Is(err, errRun) && !errors.Is(err, errLong) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Any events come back as they were encoded, in each of the three forms.
func TestECFRoundTrip(t *testing.T) {
	z := new(ecf)
	rapid.Check(t, func(t *rapid.T) {
		var all [][4]int64
		last := rapid.Int64Range(0, 1<<50).Draw(t, "begin")
		for range rapid.IntRange(1, 9).Draw(t, "runs") {
			e := [4]int64{last, rapid.Int64Range(0, 2000).Draw(t, "x"),
				rapid.Int64Range(0, 2047).Draw(t, "y"), rapid.Int64Range(0, 1).Draw(t, "p")}
			step, gap := rapid.Int64Range(0, 3).Draw(t,
				"step"), rapid.SampledFrom([]int64{0, 1, 14, 15, 16, 300, 1 << 40}).Draw(t, "gap")
			for range rapid.SampledFrom([]int{1, 2, 14, 15, 30, 31, 40, 127, 300}).Draw(t,
				"events") {
				all = append(all, e)
				e[1] = (e[1] + step) % 2048
			}
			last += gap
		}
		for form := range uint32(3) {
			got, err := z.undo(encodeECF(all, form), len(all)*ecfEvent)
			if err != nil || !bytes.Equal(got, structures(all)) {
				t.Fatalf("form %d: %x, %v, want %x", form, got, err, structures(all))
			}
		}
	})
}

// structures are events t, x, y, p as Metavision stores them.
func structures(all [][4]int64) (b []byte) {
	for _, e := range all {
		for _, v := range []int64{e[1], e[2], e[3], 0} {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
		b = binary.LittleEndian.AppendUint64(b, uint64(e[0]))
	}
	return b
}

// encodeECF is the encoder, in the form that the lowest bits of the number of events tell.
func encodeECF(all [][4]int64, form uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(all))<<2|form)
	last := all[0][0]
	b = binary.LittleEndian.AppendUint64(b, uint64(last))
	for i, n := 0, 0; i < len(all); i += n {
		n = run(all[i:], 0)
		gap := all[i][0] - last
		if last = all[i][0]; gap > 14 {
			for ; gap > 0; gap >>= 4 {
				b = append(b, 0xf0|byte(gap&15))
			}
		}
		b = appendRun(b, gap, n, 1, 4)
	}
	if form&ecfPacked != 0 {
		for i := 0; i < len(all); i += 4 {
			v := four(all, i, func(e [4]int64) int64 { return e[2]<<12 | e[1]<<1 | e[3] })
			for _, w := range []int64{v[0]<<8 | v[1]&0xff, v[1]>>8<<16 | v[2]&0xffff,
				v[2]>>16<<24 | v[3]} {
				b = binary.LittleEndian.AppendUint32(b, uint32(w))
			}
		}
		return b
	}
	for i, n := 0, 0; i < len(all); i += n {
		n = run(all[i:], 2)
		b = appendRun(b, all[i][2], n, 2, 5)
	}
	if form&ecfXP != 0 {
		for i := 0; i < len(all); i += 4 {
			v := four(all, i, func(e [4]int64) int64 { return e[1]<<1 | e[3] })
			for _, w := range []int64{v[0]<<4 | v[1]&0xf, v[1]>>4<<8 | v[2]&0xff,
				v[2]>>8<<12 | v[3]} {
				b = binary.LittleEndian.AppendUint16(b, uint16(w))
			}
		}
		return b
	}
	for i := 0; i < len(all); {
		x := all[i][1]
		w := x << 5
		i++
		for j := range 5 {
			if i < len(all) && all[i][1] == x+int64(j)+1 {
				w |= 1 << (4 - j)
				i++
			}
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(w))
	}
	for i, n := 0, 0; i < len(all); i += n {
		n = run(all[i:], 3)
		b = appendRun(b, all[i][3], n, 1, 7)
	}
	return b
}

// run is how many events begin with the same value.
func run(all [][4]int64, field int) int {
	n := 1
	for n < len(all) && all[n][field] == all[0][field] {
		n++
	}
	return n
}

func appendRun(b []byte, value int64, n, size, lowest int) []byte {
	most := 1<<lowest - 1
	w := value<<lowest | int64(min(n, most))
	for i := range size {
		b = append(b, byte(w>>(8*i)))
	}
	if n >= most {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	return b
}

// four packs four events from i on, or what there is of them.
func four(all [][4]int64, i int, pack func([4]int64) int64) (v [4]int64) {
	for j := range v {
		if i+j < len(all) {
			v[j] = pack(all[i+j])
		}
	}
	return v
}

// FuzzECF: no chunk makes the decoder panic, or more events than the chunk may have.
func FuzzECF(f *testing.F) {
	all := [][4]int64{{5, 3, 2, 1}, {5, 4, 2, 1}, {1000, 9, 7, 0}, {1000, 2, 8, 0}, {1001, 3, 8, 0}}
	for form := range uint32(3) {
		f.Add(encodeECF(all, form))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := new(ecf).undo(b, 4096); err == nil &&
			(len(got) > 4096 || len(got)%ecfEvent != 0) {

			t.Errorf("%d bytes", len(got))
		}
	})
}

package events

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

// madeEvents are n events, at first t = 3, with equal times, bursts and gaps among them. Where
// packets of AEDAT begin, the time is that of the event before.
func madeEvents(n int, longest int64) []Event {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	all := make([]Event, n)
	t := Micros(3)
	for i := range all {
		all[i] = Event{T: t, X: uint16(random.IntN(120)), Y: uint16(random.IntN(100)),
			On: random.IntN(2) > 0}
		switch kind := random.IntN(10); {
		case kind < 3 || (i+1)%aedat3Most == 0 || (i+1)%500 == 0:
		case kind == 3:
			t += Micros(random.Int64N(longest))
		default:
			t += Micros(random.Int64N(longest/20 + 1))
		}
	}
	return all
}

// madeFiles are recordings of these events, and in EVT 4.0 of more, in all formats that hold them,
// whether NewWriter writes them or they are made here.
func madeFiles(tb testing.TB, all []Event) map[string][]byte {
	files := map[string][]byte{}
	for _, format := range Writable() {
		var b bytes.Buffer
		w, err := NewWriter(&b, format, Size{128, 128})
		if err != nil {
			tb.Fatal(err)
		}
		if w.Write(all) == nil && w.Close() == nil {
			files[format] = b.Bytes()
		}
	}
	var evt2, evt4 []uint32
	var evt21 []uint64
	var dvs [][2]uint32
	var npy []byte
	var packets [][]Event
	high := Micros(-1)
	for i, e := range all {
		on, x, y := bit(e.On), uint32(e.X), uint32(e.Y)
		if e.T>>6 != high {
			high = e.T >> 6
			evt2 = append(evt2, 8<<28|uint32(high))
			evt21 = append(evt21, 8<<60|uint64(high)<<32)
			evt4 = append(evt4, 14<<28|uint32(high))
		}
		low := uint32(e.T & 63)
		evt2 = append(evt2, on<<28|low<<22|x<<11|y)
		evt21 = append(evt21, uint64(on)<<60|uint64(low)<<54|uint64(x)<<43|uint64(y)<<32|1)
		evt4 = append(evt4, (10+on)<<28|low<<22|x<<11|y)
		if i%3 == 0 { // three more events, of a vector whose mask looks like a time
			evt4 = append(evt4, 12<<28|low<<22|x<<11|y, 14<<28)
		}
		dvs = append(dvs, [2]uint32{y<<8 | (127-x)<<1 | 1 - on, uint32(e.T)})
		if i%5 == 0 {
			// an external event, whose time is none of the sensor's
			dvs = append(dvs, [2]uint32{1 << 15, 0})
		}
		npy = binary.LittleEndian.AppendUint64(npy, uint64(e.T))
		npy = binary.LittleEndian.AppendUint16(npy, e.X)
		npy = binary.LittleEndian.AppendUint16(npy, e.Y)
		npy = append(npy, byte(on))
	}
	for rest := all; len(rest) > 0; {
		n := min(len(rest), 500)
		packets = append(packets, rest[:n])
		rest = rest[n:]
	}
	header := fmt.Sprintf("{'descr': [('t','<i8'),('x','<u2'),('y','<u2'),('p','|u1')], "+
		"'fortran_order': False, 'shape': (%d,), }\n", len(all))
	files["npz stored"] = stored(tb, files["npz"])
	files["npy"] = slices.Concat([]byte("\x93NUMPY\x01\x00"),
		binary.LittleEndian.AppendUint16(nil, uint16(len(header))), []byte(header), npy)
	files["evt2"] = words("% evt 2.0\n% geometry 128x128\n", evt2...)
	files["evt21"] = evt21File("", evt21...)
	files["evt21 little"] = evt21File("little", evt21...)
	files["evt4"] = words("% evt 4.0\n% geometry 128x128\n", evt4...)
	files["aedat2"] = aedat2File("", dvs...)
	for compression := range 5 {
		files[fmt.Sprint("aedat4, compression ", compression)] = aedat4File(compression, true,
			packets...)
	}
	files["aedat4 not ended"] = aedat4File(1, false, packets...)
	return files
}

// stored is an archive without compression.
func stored(tb testing.TB, data []byte) []byte {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			tb.Fatal(err)
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name})
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.Copy(to, r); err != nil {
			tb.Fatal(err)
		}
	}
	w.Close()
	return b.Bytes()
}

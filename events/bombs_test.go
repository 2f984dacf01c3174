package events

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// zeros writes so many bytes.
func zeros(w io.Writer, n int64) {
	block := make([]byte, 1<<20)
	for ; n > 0; n -= int64(len(block)) {
		w.Write(block[:min(n, int64(len(block)))])
	}
}

// npyHeader is what comes before the elements of an array of NumPy's.
func npyHeader(descr, shape string) []byte {
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	return append(binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text))),
		text...)
}

func zipBomb(arrays map[string][]byte, size int64) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, header := range arrays {
		f, _ := z.Create(name)
		f.Write(header)
		zeros(f, size)
	}
	z.Close()
	return b.Bytes()
}

// matBomb holds a variable that is said to have so many bytes, and has them.
func matBomb(size int64, variables int) []byte {
	b := []byte(matBegin + strings.Repeat(" ", 124-len(matBegin)) + "\x00\x01IM")
	for range variables {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		word := func(all ...uint32) { binary.Write(w, binary.LittleEndian, all) }
		word(14, uint32(size+48), 6, 8, 6, 0, 5, 8, uint32(size/8), 1, 1<<16|1, 't', 9,
			uint32(size))
		zeros(w, size)
		w.Close()
		b = binary.LittleEndian.AppendUint32(b, 15)
		b = binary.LittleEndian.AppendUint32(b, uint32(z.Len()))
		b = append(b, z.Bytes()...)
	}
	return b
}

// Small files that are unpacked to much are refused, in little memory and time.
func TestBombs(t *testing.T) {
	const much = 72 << 20
	column := func(descr string) []byte { return npyHeader(descr, fmt.Sprintf("(%d,)", much/32)) }
	var packets [][]Event
	for range 48 {
		packets = append(packets, make([]Event, 100_000))
	}
	for name, data := range map[string][]byte{
		".npz": zipBomb(map[string][]byte{"t.npy": column("<i8"),
			"x.npy": column("<u8"), "y.npy": column("<u8"), "p.npy": column("<u8")}, much/4),
		".npz of one array": zipBomb(map[string][]byte{"a.npy": npyHeader("<f8",
			fmt.Sprintf("(%d, 4)", much/32))}, much),
		".mat":          matBomb(much, 1),
		".mat of many":  matBomb(2<<20, 40),
		"AEDAT 4, LZ4":  aedat4File(1, false, packets...),
		"AEDAT 4, Zstd": aedat4File(3, false, packets...),
		"HDF5":          testdata(t, "bombs/never-written.h5"),
	} {
		if len(data) > 2<<20 {
			t.Fatalf("%s: %d bytes are no bomb", name, len(data))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := Detect(bytes.NewReader(data), Options{})
		if err == nil {
			for buf := make([]Event, 1024); err == nil; {
				_, err = r.Read(buf)
			}
		}
		runtime.ReadMemStats(&after)
		if _, over := errors.AsType[*UnpackedError](err); !over {
			t.Errorf("%s of %d bytes: %v", name, len(data), err)
		}
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 300 {
			t.Errorf("%s of %d bytes: %d MiB of memory", name, len(data), spent)
		}
		o := Options{Unpacked: 2 << 30} // who wants to may
		if r, err = Detect(bytes.NewReader(data), o); err == nil {
			_, err = r.Read(make([]Event, 1))
		}
		if _, over := errors.AsType[*UnpackedError](err); over {
			t.Errorf("%s of %d bytes, with %d allowed: %v", name, len(data), o.Unpacked, err)
		}
	}
}

package hdf5

import (
	"bytes"
	"strings"
	"testing"
)

// Numbers come back from the filters that h5py's plugins are (testdata/make_plugins.py).
func TestPlugins(t *testing.T) {
	f, _ := read(t, "plugins.h5")
	links, err := root(t, f).Links()
	if err != nil {
		t.Fatal(err)
	}
	noise, err := rows(dataset(t, f, "noise"))
	if err != nil {
		t.Fatal(err)
	}
	if len(links) != 8*4+5 {
		t.Errorf("%d datasets", len(links))
	}
	for _, l := range links {
		d := dataset(t, f, l.Name)
		all, err := rows(d)
		if err != nil {
			t.Errorf("%s: %v", l.Name, err)
			continue
		}
		if strings.HasPrefix(l.Name, "noise") {
			if !bytes.Equal(all, noise) {
				t.Errorf("%s: other numbers", l.Name)
			}
			continue
		}
		n := len(all) / d.Type.Size
		if n < 1003 {
			t.Errorf("%s: %d numbers", l.Name, n)
		}
		for i := range n {
			if got := number(d.Type, all[i*d.Type.Size:][:d.Type.Size]); got != float64(value(i)) {
				t.Errorf("%s: number %d is %v, want %d", l.Name, i, got, value(i))
				break
			}
		}
	}
}

func dataset(tb testing.TB, f *File, name string) *Dataset {
	d, err := at(tb, root(tb, f), name).Dataset()
	if err != nil {
		tb.Fatal(name, err)
	}
	return d
}

// FuzzPlugins: no chunk makes a filter with any values panic, or more bytes than it may.
func FuzzPlugins(f *testing.F) {
	file, _ := read(f, "plugins.h5")
	for _, name := range []string{"lz4 small chunks", "zstd chunks", "bitshuffle lz4 small <u2",
		"bitshuffle zstd chunks"} {
		d := dataset(f, file, name)
		p, err := d.index.chunk([]int64{0})
		if err != nil {
			f.Fatal(err)
		}
		b, _ := file.read(p.at, p.size, "")
		for compressor := range byte(4) {
			f.Add(b, byte(2), byte(64), compressor)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, element, block, compressor byte) {
		values := []uint32{0, 4, uint32(element), uint32(block), uint32(compressor)}
		for _, number := range []uint64{32004, 32008, 32015} {
			got, err := undos[number].open(values)(b, 8000)
			if err == nil && len(got) > max(8000, len(b)) {
				t.Errorf("filter %d: %d bytes", number, len(got))
			}
		}
	})
}

package hdf5

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// read opens one of the files that the HDF Group's library wrote (testdata/make_hdf5.py).
func read(tb testing.TB, name string) (*File, []byte) {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatal(err)
	}
	return f, data
}

// at finds what lies below an object.
func at(tb testing.TB, o *Object, path ...string) *Object {
	for _, name := range path {
		links, err := o.Links()
		if err != nil {
			tb.Fatal(err)
		}
		i := slices.IndexFunc(links, func(l Link) bool { return l.Name == name })
		if i < 0 {
			tb.Fatalf("no %s in %v", name, path)
		}
		if o, err = links[i].Object(); err != nil {
			tb.Fatal(name, err)
		}
	}
	return o
}

func root(tb testing.TB, f *File) *Object {
	o, err := f.Root()
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

// rows reads all of a dataset.
func rows(d *Dataset) (all []byte, err error) {
	for row := int64(0); row < d.Rows(); {
		first, some, _, err := d.Part(row)
		if err != nil {
			return all, err
		}
		all = append(all, some[(row-first)*d.RowSize():]...)
		row = first + int64(len(some))/d.RowSize()
	}
	return all, nil
}

// value is what testdata/make_hdf5.py stores.
func value(i int) int { return i % 251 * (i % 251) % 251 * 193 }

// Numbers come back however they are stored.
func TestStorage(t *testing.T) {
	for name, want := range map[string]int{"earliest.h5": 32, "latest.h5": 51} {
		f, data := read(t, name)
		if f.End != int64(len(data)) {
			t.Errorf("%s: %d bytes, want %d", name, f.End, len(data))
		}
		links, err := root(t, f).Links()
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, l := range links {
			o, err := l.Object()
			if err != nil {
				t.Fatal(name, l.Name, err)
			}
			if !o.IsDataset() || strings.HasPrefix(l.Name, "never") ||
				strings.HasPrefix(l.Name, "refused") || l.Name == "scalar" {

				continue
			}
			d, err := o.Dataset()
			if err != nil {
				t.Errorf("%s, %s: %v", name, l.Name, err)
				continue
			}
			got++
			all, err := rows(d)
			if err != nil {
				t.Errorf("%s, %s: %v", name, l.Name, err)
			}
			n := len(all) / d.Type.Size
			if least := 400; n < least {
				t.Errorf("%s, %s: %d numbers", name, l.Name, n)
			}
			for i := range n {
				word, want := all[i*d.Type.Size:][:d.Type.Size], value(i)
				switch {
				case l.Name == "type enum":
					want %= 2
				case strings.HasPrefix(l.Name, "type "):
					want %= 100
				case l.Name == "compound":
					word = word[:2]
				}
				if got := number(d.Type, word); got != float64(want) {
					t.Errorf("%s, %s: number %d is %v, want %d", name, l.Name, i, got, want)
					break
				}
			}
		}
		if got != want {
			t.Errorf("%s: %d datasets were read, want %d", name, got, want)
		}
	}
}

func number(t Type, b []byte) float64 {
	if t.Kind != Float {
		if t.Kind == Compound {
			t = t.Members[0].Type
		}
		return float64(t.ints(b)[0])
	}
	if t.Big {
		b = slices.Clone(b)
		slices.Reverse(b)
	}
	if t.Size == 4 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// Parts may be read in any order.
func TestAnyOrder(t *testing.T) {
	f, _ := read(t, "latest.h5")
	for _, name := range []string{"together", "chunks", "grown deflate", "paged", "flat both"} {
		d, err := at(t, root(t, f), name).Dataset()
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Rows() {
			row := i * 37 % d.Rows()
			first, some, _, err := d.Part(row)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := binary.LittleEndian.Uint16(some[(row-first)*d.RowSize():]),
				value(int(row*d.RowSize()/2)); int(got) != want {

				t.Fatalf("%s: row %d is %d, want %d", name, row, got, want)
			}
		}
	}
}

func TestAttributes(t *testing.T) {
	for _, name := range []string{"earliest.h5", "latest.h5"} {
		f, _ := read(t, name)
		g := at(t, root(t, f), "a group")
		for key, want := range map[string]string{"fixed": "a text", "long": "another text",
			"numbers": "", "float": "", "none": ""} {
			if got, ok, err := g.Text(key); got != want || ok != (want != "") || err != nil {
				t.Errorf("%s: %s is %q, %v, %v, want %q", name, key, got, ok, err, want)
			}
		}
		for key, want := range map[string][]int64{"numbers": {3, -4}, "more 1": {1}, "float": nil,
			"long": nil, "none": nil} {
			if got, err := g.Ints(key); !slices.Equal(got, want) || err != nil {
				t.Errorf("%s: %s is %v, %v, want %v", name, key, got, err, want)
			}
		}
		links, err := g.Links()
		if err != nil || len(links) != 21 || !slices.ContainsFunc(links,
			func(l Link) bool {
				return l.Name == "hard" &&
					l.at == at(t, root(t, f), "together").At
			}) {
			t.Errorf("%s: %d links, %v, want 20 groups and one to a dataset", name, len(links), err)
		}
		g = at(t, root(t, f), "ordered")
		if got, err := g.Ints("2"); !slices.Equal(got, []int64{2}) || err != nil {
			t.Errorf("%s: %v, %v, want 2", name, got, err)
		}
		at(t, g, "2")
		if links, err := at(t, root(t, f), "many").Links(); len(links) != 100 || err != nil {
			t.Errorf("%s: %d links, %v, want 100", name, len(links), err)
		}
		d, err := at(t, root(t, f), "scalar").Dataset()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Ints(); !slices.Equal(got, []int64{-5}) || err != nil {
			t.Errorf("%s: %v, %v, want -5", name, got, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, name := range []string{"earliest.h5", "latest.h5"} {
		f, _ := read(t, name)
		for what, want := range map[string]string{
			"refused array": "want whole numbers, IEEE floats, enumerations, text or " +
				"compounds of them, got ",
			"refused list":   "got lists of any length",
			"refused half":   "got floats of 2 bytes that are not those of IEEE",
			"refused filter": "got filter 6 (scale and offset), which is not read",
			"refused null":   "want a single value or an array, got version ",
			"refused committed": "want a datatype in the object's own header, got one that is " +
				"shared (committed), which is not read",
			"refused virtual": "want data that are compact, contiguous or chunked, got the class " +
				"virtual",
			"never":        "want data, got none, they were never written",
			"never chunks": "want chunk 0 of the data, got none, it was never written",
		} {
			d, err := at(t, root(t, f), what).Dataset()
			if err == nil {
				_, err = rows(d)
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %s: error %v, want %q", name, what, err, want)
			}
		}
	}
}

func TestCompound(t *testing.T) {
	f, _ := read(t, "earliest.h5")
	d, err := at(t, root(t, f), "compound").Dataset()
	if err != nil {
		t.Fatal(err)
	}
	u8, f64, text := Type{Kind: Uint, Size: 1}, Type{Kind: Float, Size: 8,
		Big: true}, Type{Kind: Text, Size: 3}
	want := []Member{
		{"x", 0, Type{Kind: Uint, Size: 2}},
		{"in", 2, Type{Kind: Compound, Size: 9, Members: []Member{{"a", 0, u8}, {"b", 1, f64}}}},
		{"name", 11, text},
	}
	if !slices.EqualFunc(d.Type.Members, want, func(a, b Member) bool {
		return a.Name == b.Name && a.Offset == b.Offset && a.Kind == b.Kind && a.Size == b.Size &&
			a.Big == b.Big && len(a.Members) == len(b.Members)
	}) || d.Type.Size != 14 {
		t.Errorf("%+v, want %+v", d.Type, want)
	}
}

// A block of metadata with another byte is found out by its checksum.
func TestChecksums(t *testing.T) {
	f, data := read(t, "latest.h5")
	if err := everything(root(t, f), map[int64]bool{}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, signature := range []string{"OHDR", "OCHK", "BTHD", "BTIN", "BTLF", "FRHP", "FHIB",
		"FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB"} {
		for i := 0; ; i++ {
			next := bytes.Index(data[i:], []byte(signature))
			if next < 0 {
				break
			}
			i += next
			seen[signature]++
			data[i+6] ^= 0x20
			o, err := f.Root()
			if err == nil {
				err = everything(o, map[int64]bool{})
			}
			if err == nil {
				t.Errorf("%s at byte %d: no error", signature, i)
			}
			data[i+6] ^= 0x20
		}
	}
	if len(seen) != 13 {
		t.Errorf("blocks %v, want some of every kind", seen)
	}
}

// everything reads all that is below an object, of what is read.
func everything(o *Object, done map[int64]bool) error {
	if done[o.At] {
		return nil
	}
	done[o.At] = true
	if _, err := o.Ints("none"); err != nil {
		return err
	}
	if d, err := o.Dataset(); err == nil {
		if _, err := rows(d); err != nil && !strings.Contains(err.Error(), "never written") {
			return err
		}
	}
	links, err := o.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		below, err := l.Object()
		if err == nil {
			err = everything(below, done)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

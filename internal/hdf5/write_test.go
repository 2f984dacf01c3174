package hdf5

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What is written is read again: groups of many names, arrays of some dimensions, texts of more
// than a heap.
func TestEncode(t *testing.T) {
	many := Group{}
	for i := range 700 {
		many[fmt.Sprint("name ", i)] = Ints{Values: []int64{int64(i) - 300}}
	}
	texts := Texts{Shape: []int{400, 100}}
	for i := range 40000 {
		texts.Values = append(texts.Values, strings.Repeat("ä", i%5))
	}
	long := strings.Repeat("long ", 1<<18)
	file := Group{
		"empty": Group{}, "many": many, "texts": texts, "more": texts,
		"long": Texts{Values: []string{long}}, "last": Texts{Shape: []int{1},
			Values: []string{"ö"}},
		"in": Group{"in": Group{"reals": Floats{Shape: []int{2, 3, 2, 1},
			Values: []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -0.5}}}},
	}
	data, err := Encode(file)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := Encode(file); !bytes.Equal(again, data) {
		t.Error("the same content made other bytes")
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if f.End != int64(len(data)) {
		t.Errorf("%d bytes, want %d", f.End, len(data))
	}
	dataset := func(path ...string) *Dataset {
		d, err := at(t, root(t, f), path...).Dataset()
		if err != nil {
			t.Fatal(path, err)
		}
		return d
	}
	for i := range 700 {
		if got, err := dataset("many", fmt.Sprint("name ", i)).Int64s(1); !slices.Equal(got,
			[]int64{int64(i) - 300}) || err != nil {
			t.Fatalf("name %d: %v, %v", i, got, err)
		}
	}
	d := dataset("in", "in", "reals")
	if got, err := d.Float32s(12); !slices.Equal(got,
		file["in"].(Group)["in"].(Group)["reals"].(Floats).Values) || err != nil ||
		!slices.Equal(d.Shape, []int64{2, 3, 2, 1}) {

		t.Errorf("%v of shape %v, %v", got, d.Shape, err)
	}
	if _, err := d.Float32s(11); err == nil || !strings.Contains(err.Error(),
		"want at most 11 values, got shape [2 3 2 1]") {
		t.Errorf("error %v, want one of too many", err)
	}
	for _, name := range []string{"texts", "more"} {
		if got, err := dataset(name).Texts(1 << 20); !slices.Equal(got, texts.Values) ||
			err != nil {

			t.Errorf("%s: %d texts, %v", name, len(got), err)
		}
	}
	if got, err := dataset("long").Texts(1); err != nil || got[0] != long {
		t.Errorf("%d bytes of long text, %v", len(got[0]), err)
	}
	if got, err := dataset("last").Texts(1); err != nil || got[0] != "ö" {
		t.Errorf("%q, %v", got, err)
	}
	if links, err := at(t, root(t, f), "empty").Links(); len(links) != 0 || err != nil {
		t.Errorf("%v, %v in an empty group", links, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for want, g := range map[string]Group{
		"2 values of shape [3]": {"a": Floats{Shape: []int{3}, Values: []float32{1, 2}}},
		"0 values of shape [0]": {"a": Ints{Shape: []int{0}}},
		`name "a/b"`:            {"a/b": Group{}},
		`name ""`:               {"": Group{}},
		"65536 texts in an array, want": {"a": Texts{Shape: []int{1 << 16},
			Values: make([]string, 1<<16)}},
	} {
		if _, err := Encode(g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

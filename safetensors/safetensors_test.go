package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestGoldenFiles reads what PyTorch users wrote, writes it again and reads the same.
func TestGoldenFiles(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "testdata", "golden", "*.safetensors"))
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, path := range files {
		f, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var all []Named
		for _, name := range f.Names() {
			tensor, _ := f.Get(name)
			all = append(all, Named{name, tensor})
		}
		copied := filepath.Join(t.TempDir(), "copy")
		if err := WriteFile(copied, f.Metadata, all); err != nil {
			t.Fatal(err)
		}
		g, err := ReadFile(copied)
		if err != nil {
			t.Fatal(err)
		}
		if !same(f, g) {
			t.Errorf("%s: what was written is not what was read", path)
		}
	}
}

// same says whether two files have the same contents, but for the digest.
func same(f, g *File) bool {
	return maps.Equal(f.Metadata, g.Metadata) && slices.Equal(f.names, g.names) &&
		reflect.DeepEqual(f.tensors, g.tensors)
}

func TestElements(t *testing.T) {
	f := FromFloat32s([]int{2}, []float32{1.5, -2})
	if v, err := f.Float32s(); err != nil || v[0] != 1.5 || v[1] != -2 {
		t.Errorf("got %v, %v", v, err)
	}
	if _, err := f.Int64s(); err == nil {
		t.Error("an F32 tensor was read as I64")
	}
	i := FromInt64s([]int{1}, []int64{-7})
	if v, err := i.Int64s(); err != nil || v[0] != -7 {
		t.Errorf("got %v, %v", v, err)
	}
	if _, err := i.Float32s(); err == nil {
		t.Error("an I64 tensor was read as F32")
	}
}

func TestWriteRefuses(t *testing.T) {
	one := FromFloat32s([]int{1}, []float32{1})
	for _, tensors := range [][]Named{
		{{"a", one}, {"a", one}},
		{{"a", Tensor{F32, []int{2}, one.Data}}},
		{{"__metadata__", one}},
		{{"a", Tensor{"F5", []int{1}, one.Data}}},
		{{"a", Tensor{F32, []int{-1, -1}, one.Data}}},
		{{"a", Tensor{F32, []int{math.MaxInt, math.MaxInt}, nil}}},
		{{"a\xff", one}, {"a\xfe", one}}, // both would be read as "a\ufffd"
	} {
		var b bytes.Buffer
		if err := Write(&b, nil, tensors); err == nil || b.Len() > 0 {
			t.Errorf("%v: error %v and %d bytes, want an error and none", tensors, err, b.Len())
		}
	}
}

// with is a file of the given header and body.
func with(header, body string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+body...)
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want string // part of the message
	}{
		{"empty", nil, "byte 0: want 8 bytes"},
		{"header beyond the file", binary.LittleEndian.AppendUint64(nil, 1<<62),
			"want a header of "},
		{"no JSON", with("hello", ""), "want the {"},
		{"cut JSON", with(`{"a":`, ""), `tensor "a": want dtype`},
		{"text after the JSON", with(`{}x`, ""), "want spaces"},
		{"name twice", with(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},`+
			`"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xy"), "each name once"},
		{"unknown type", with(`{"a":{"dtype":"U9","shape":[1],"data_offsets":[0,1]}}`, "x"),
			"a known dtype"},
		{"falling offsets", with(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, "x"),
			"two rising data_offsets"},
		{"shape too large",
			with(`{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""),
			"a shape that counts"},
		{"negative shape", with(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, "x"),
			"a shape that counts"},
		{"no shape", with(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, "x"),
			"want a shape, got none"},
		{"shape and offsets differ", with(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1]}}`,
			"x"), "want 4 bytes"},
		{"cut data", with(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "1234"),
			`tensor "a": want 8 bytes of data, got 4`},
		{"gap", with(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xy"),
			"to begin at offset 0"},
		{"overlap", with(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8",`+
			`"shape":[1],"data_offsets":[1,2]}}`, "xy"), "to begin at offset 2"},
		{"more data", with(`{}`, "xy"), "want the end of the file, got 2 more bytes"},
		{"metadata of numbers", with(`{"__metadata__":{"a":1}}`, ""), "__metadata__ of strings"},
	} {
		_, err := Parse(c.data)
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want a FormatError with %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %q", c.name, err)
		}
	}
}

// FuzzParse: no input panics, and what is accepted can be written and read again.
func FuzzParse(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("..", "testdata", "golden",
		"vgg_t24_growing.safetensors"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add(golden[:200])
	f.Add(with(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"k":"v"}}`,
		"1234"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		metadata, also := readMetadata(bytes.NewReader(data))
		if err != nil {
			return
		}
		if also != nil || !maps.Equal(metadata, file.Metadata) {
			t.Fatalf("metadata alone: %v, error %v, want %v", metadata, also, file.Metadata)
		}
		var all []Named
		for _, name := range file.Names() {
			tensor, _ := file.Get(name)
			all = append(all, Named{name, tensor})
		}
		var b bytes.Buffer
		if err := Write(&b, file.Metadata, all); err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}

func ExampleParse() {
	var file bytes.Buffer
	err := Write(&file, map[string]string{"made by": "example"}, []Named{
		{"weight", FromFloat32s([]int{1, 2}, []float32{3, 4})},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := Parse(file.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	weight, _ := f.Get("weight")
	values, _ := weight.Float32s()
	fmt.Println(f.Names(), weight.Shape, values, f.Metadata["made by"])
	// Output: [weight] [1 2] [3 4] example
}

package events

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// said are the options with the format of a recording without a mark: a table, or 40-bit events.
func said(data []byte, o Options) Options {
	_, err := Detect(bytes.NewReader(data), o)
	if foreign, ok := errors.AsType[*ForeignError](err); ok {
		o.Format = foreign.As
	}
	return o
}

// detect opens a recording in memory, saying its format where that has no mark.
func detect(data []byte, o Options) (Reader, error) {
	return Detect(bytes.NewReader(data), said(data, o))
}

// 40-bit events and tables without names are read under a usual name or where somebody says so, and
// nowhere else.
func TestFormatsWithoutAMark(t *testing.T) {
	bits, err := os.ReadFile(recording("nmnist-7-60001.bin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		said Format
		want string // the format, or of the error
	}{
		{"a/7.bin", bits, "", nmnistFormat},
		{"7.BS2", bits, "", nmnistFormat},
		{"7", bits, Bin, nmnistFormat},
		{"7.raw", bits, "", "no known format: it begins with the bytes 07 07 80"},
		{"", bits, "", "format bin or a name like *.bin or *.bs2 takes it for 40-bit events"},
		{"7.bin", bits, "aedat", "not the beginning of format aedat"},
		{"7.bin", bits, "atis", `format is "atis", want aedat, `},
		{"1.txt", []byte("1 2 3 1\n"), "", tableFormat},
		{"", []byte("1 2 3 1\n"), CSV, tableFormat},
		{"", []byte("1 2 3 1\n"), "", "text of numbers without the names of its columns"},
		{"1.aedat", []byte("t,x,y,p\n1,2,3,1\n"), "", tableFormat},
		{"1.bin", []byte("t,x,y,p\n1,2,3,1\n"), Bin, "format bin, want csv"},
		{"", evt2Words, EVT2, "EVT 2.0"},
		{"", append([]byte("% geometry 64x48\n"), evt2Words...), EVT2, "EVT 2.0"},
		{"", append([]byte("% evt 3.0\n"), evt2Words...), EVT2, "want that of the header, EVT3"},
		{"", append([]byte("% evt 2.0\n"), evt2Words...), "raw", "EVT 2.0"},
		{"", append([]byte("% evt 2.0\n"), evt2Words...), "dat", "fits the header"},
		{"a.raw", evt2Words, "raw", "not the beginning of format raw"},
	} {
		r, err := DetectNamed(bytes.NewReader(c.data), c.name, Options{Format: c.said})
		switch {
		case err != nil && (!strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "\n")):
			t.Errorf("%q as %q: %v, want %q", c.name, c.said, err, c.want)
		case err == nil && r.Format() != c.want:
			t.Errorf("%q as %q: %s, want %q", c.name, c.said, r.Format(), c.want)
		}
	}
}

// evt2Words are the clock and two events.
var evt2Words = []byte("\x10\x00\x00\x80\x06\x28\x40\x10\x07\x28\x80\x10")

// What is no recording is refused by the name of what it is, whatever its own name.
func TestForeign(t *testing.T) {
	tar := append(make([]byte, 257), "ustar\x0000"...)
	copy(tar, "events.raw")
	noise := make([]byte, 4096)
	for i, v := 0, uint32(1); i < len(noise); i++ {
		v = v*1664525 + 1013904223
		noise[i] = byte(v >> 24)
	}
	for _, c := range []struct{ data, want string }{
		{strings.Repeat("\x00", 1000), "zeros alone in its first 1000 bytes"},
		{strings.Repeat("\x00", 10), ""},
		{strings.Repeat("\xff", 1000), ""},
		{string(noise), ""},
		{string(noise[:100]), ""},
		{"PAR1" + string(noise[:300]), "a Parquet file"},
		{"\x80\x04\x95\x10" + string(noise[:300]), "a Python pickle"},
		{"\x89PNG\r\n\x1a\n" + string(noise[:300]), "a PNG picture"},
		{"\xff\xd8\xff\xe0" + string(noise[:300]), "a JPEG picture"},
		{"\x10\x01\x00\x00\x00\x00\x00\x00{\"a\":" + string(noise[:300]), "a safetensors file"},
		{string(tar), "a tar archive"},
		{"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4315\n", "a pointer of Git LFS"},
		{"\n<!DOCTYPE html>\n<html>", "a page of HTML"},
		{"<?xml version=\"1.0\"?>", "XML"},
		{`{"t": [1]}`, "JSON"},
		{"%evt 2.0\n%geometry 640x480\n" + string(evt2Words), `lines begin with "%" alone`},
		{"\x01\x80\x10\x60\x05\x00\x03\x20\x04\x20", "what may be EVT 3.0 without the header"},
		{string(evt2Words), "what may be EVT 2.0 without the header"},
		{"\xff\xfet\x00,\x00x\x00", "text in UTF-16"},
	} {
		for _, name := range []string{"a.bin", "a.raw", ""} {
			if name == "a.bin" && strings.HasPrefix(c.want, "what may be EVT") {
				continue // two events of 40 bits are nothing to tell them apart by
			}
			want := c.want
			if want == "" {
				want = map[string]string{
					"a.bin": "no 40-bit events, though it is named a.bin"}[name]
			}
			_, err := DetectNamed(strings.NewReader(c.data), name, Options{})
			_, foreign := errors.AsType[*ForeignError](err)
			if !foreign || !strings.Contains(err.Error(), want) ||
				strings.Contains(err.Error(), "\n") {

				t.Errorf("%.20q as %q: %v, want %q", c.data, name, err, want)
			}
		}
	}
}

// Every recording of 40-bit events that comes with the project is taken for one, and one that is
// damaged is still told where.
func TestPlausible(t *testing.T) {
	all, err := filepath.Glob(recording("*.bin"))
	if err != nil || len(all) < 4 {
		t.Fatal(all, err)
	}
	for _, path := range all {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !plausible40(data[:opening]) {
			t.Errorf("%s is taken for none", path)
		}
		back := slices.Concat(data[1000:2000], data)
		r, err := DetectNamed(bytes.NewReader(back), "a.bin", Options{})
		if err == nil {
			_, err = ReadAll(r)
		}
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s, run back: %v", path, err)
		}
	}
}

// FuzzForeign: whatever a file is, it is either read, or refused with one line.
func FuzzForeign(f *testing.F) {
	for _, m := range marks {
		f.Add([]byte(m.begin), "a.bin")
	}
	f.Add(evt2Words, "a.raw")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		r, err := DetectNamed(bytes.NewReader(data), name, Options{})
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%q: more than one line: %v", name, err)
		}
		if err == nil && r.Format() == nmnistFormat && !Bin.named(name) {
			t.Errorf("%q: taken for %s by its content", name, nmnistFormat)
		}
	})
}

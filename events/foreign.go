package events

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
)

// ForeignError says that a file is not in a format of recordings that this package reads.
type ForeignError struct {
	What string // the kind of file, where it is known: "a Parquet file"
	As   Format // a format without a mark in which Options.Format may have it read, or ""
}

func (e *ForeignError) Error() string {
	text := e.What + ", want a recording: " + Readable
	if e.As == "" {
		return text
	}
	text += fmt.Sprintf("; format %s", e.As)
	if endings[e.As] != nil {
		text += " or a name like " + e.As.under()
	}
	return text + " takes it for " + takenFor[e.As]
}

// takenFor names the content that a file is taken to have where Options.Format names its format.
var takenFor = map[Format]string{
	Bin: "40-bit events", CSV: "a table", EVT2: "words of EVT 2.0", EVT21: "words of EVT 2.1",
	EVT3: "words of EVT 3.0", EVT4: "words of EVT 4.0",
}

// marks are the first bytes of other kinds of files, which users may take for recordings.
var marks = []struct{ begin, what string }{
	{"PAR1", "a Parquet file"},
	{"ARROW1", "an Arrow file"},
	{"FEA1", "a Feather file"},
	{"Obj\x01", "an Avro file"},
	{"CDF\x01", "a NetCDF file"}, {"CDF\x02", "a NetCDF file"}, {"CDF\x05", "a NetCDF file"},
	{"PK\x05\x06", "an empty zip archive"},
	{"PK\x07\x08", "a zip archive of several volumes"},
	{"\x1f\x9d", "a compress archive"},
	{"\xfd7zXZ", "an xz archive"},
	{"LZIP", "an lzip archive"},
	{"7z\xbc\xaf", "a 7z archive"},
	{"Rar!", "a RAR archive"},
	{"\x80\x02\x8a\x0al\xfc\x9c", "a PyTorch file of before 1.6"},
	{"\x80\x02", "a Python pickle"}, {"\x80\x03", "a Python pickle"},
	{"\x80\x04", "a Python pickle"}, {"\x80\x05", "a Python pickle"},
	{"\x89PNG\r\n", "a PNG picture"},
	{"\xff\xd8\xff", "a JPEG picture"},
	{"GIF8", "a GIF picture"},
	{"BM", "a BMP picture"},
	{"II*\x00", "a TIFF picture"}, {"MM\x00*", "a TIFF picture"},
	{"RIFF", "a WAV, AVI or WebP file"},
	{"OggS", "an Ogg file"}, {"fLaC", "a FLAC file"}, {"ID3", "an MP3 file"},
	{"FLV\x01", "an FLV video"},
	{"\x1aE\xdf\xa3", "a Matroska video"},
	{"\x7fELF", "a program"}, {"MZ", "a program"},
	{"\xcf\xfa\xed\xfe", "a program"}, {"\xca\xfe\xba\xbe", "a program"},
	{"\x00asm", "a WebAssembly program"},
	{"%PDF", "a PDF document"},
	{"\xd0\xcf\x11\xe0", "a document of an old Office"},
	{"\xff\xfe", "text in UTF-16, want UTF-8"}, {"\xfe\xff", "text in UTF-16, want UTF-8"},
}

// textMarks are the beginnings of other kinds of text, in lower case.
var textMarks = []struct{ begin, what string }{
	{"version https://git-lfs", "a pointer of Git LFS, whose file git lfs pull fetches"},
	{"<!doctype html", "a page of HTML, as of a download that failed"},
	{"<html", "a page of HTML, as of a download that failed"},
	{"<?xml", "XML"},
	{"{", "JSON"},
}

// printable are characters of text. A mark of such characters alone, like "BM", may begin a text.
const printable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 %#!."

// headers are words with which lines of a Prophesee header begin.
var headers = []string{"evt ", "format ", "geometry ", "system_ID ", "date ", "camera_",
	"integrator_name ", "plugin_", "serial_number "}

// foreign is the error for a file in none of the formats that are read.
func (s source) foreign() error {
	b := s.begin
	begins := func(at int, what string) bool {
		return len(b) > at && strings.HasPrefix(string(b[at:]), what)
	}
	if isText(b) {
		begin := strings.ToLower(string(bytes.TrimLeft(b[:min(len(b), 256)], "\ufeff \t\r\n")))
		for _, t := range textMarks {
			if strings.HasPrefix(begin, t.begin) {
				return &ForeignError{What: t.what}
			}
		}
	}
	for _, h := range headers {
		if begins(0, "%"+h) {
			what := `a header of Prophesee's whose lines begin with "%" alone, want "% "`
			return &ForeignError{What: what}
		}
	}
	for _, m := range marks {
		if begins(0, m.begin) && (!isText(b) || strings.Trim(m.begin, printable) != "") {
			return &ForeignError{What: m.what}
		}
	}
	switch {
	case isText(b):
		return &ForeignError{What: fmt.Sprintf("text that begins with %.20q", firstLine(b))}
	case begins(257, "ustar"):
		return &ForeignError{What: "a tar archive"}
	case begins(4, "ftyp"):
		return &ForeignError{What: "an MP4 video or a HEIF picture"}
	case begins(8, `{"`) && binary.LittleEndian.Uint64(b) < 1<<27:
		return &ForeignError{What: "a safetensors file, as models are"}
	case begins(16, "\xde\xc0\xef\xbe"):
		return &ForeignError{What: "an LMDB database"}
	}
	for _, w := range wordFormats {
		if w.is(b) {
			what := "what may be " + w.name + " without the header of a Prophesee RAW file"
			return &ForeignError{what, w.format}
		}
	}
	if Bin.named(s.name) {
		what := fmt.Sprintf("no 40-bit events, though it is named %s: as such its times run back "+
			"or its pixels are no camera's", path.Base(s.name))
		return &ForeignError{what, Bin}
	}
	return &ForeignError{"no known format: " + beginning(b), Bin}
}

// beginning writes the first 8 bytes of a file for an error.
func beginning(b []byte) string {
	return fmt.Sprintf("it begins with the bytes % x", b[:min(len(b), 8)])
}

// foreignZip names the kind of a zip archive, or is "" where the archive holds NumPy arrays.
func foreignZip(all []*zip.File) string {
	var found []string
	for _, f := range all {
		switch {
		case strings.HasSuffix(f.Name, ".npy"):
			return ""
		case path.Base(f.Name) == "data.pkl":
			return "a PyTorch file"
		case f.Name == "[Content_Types].xml":
			return "an Office document"
		}
		found = append(found, f.Name)
	}
	names := strings.Join(found, ", ")
	return fmt.Sprintf("a zip archive of %.80q, which is to be unpacked first", names)
}

// plausible40 says whether b, the beginning of a file, can be 40-bit events. Times may run back, as
// in a damaged recording, but at no more than one event of eight; in other data they run back at
// every second one. Pixels may lie beyond the cameras' 240 lines at no more than one event of
// eight, and fewer than half of the events may repeat the one before.
func plausible40(b []byte) bool {
	n := len(b) / nmnistEventSize
	if n > 1 && isZeros(b) {
		return false
	}
	d := nmnist{}
	back, twice, beyond := 0, 0, 0
	var before []byte
	for e := b[:n*nmnistEventSize]; len(e) > 0; e = e[nmnistEventSize:] {
		t := d.time(binary.BigEndian.Uint32(e[1:]))
		switch {
		case e[1] == nmnistOverflowY:
			d.shift += nmnistOverflow
			continue
		case t < d.last:
			back++
		case bytes.Equal(e[:nmnistEventSize], before):
			twice++
		}
		if e[1] > nmnistOverflowY {
			beyond++
		}
		d.last, before = t, e[:nmnistEventSize]
	}
	few := n / 8
	if n >= 4 {
		few = max(1, few)
	}
	return back <= few && (n < 4 || 2*twice < n) && beyond <= few
}

// wordFormats are the formats of words that may be recognised without a header.
var wordFormats = []struct {
	format Format
	name   string
	is     func(b []byte) bool
}{
	{EVT3, "EVT 3.0", func(b []byte) bool {
		w := wordShape{
			size: 2, types: 0b1110_0101_1111_1101, needs: 1<<0 | 1<<6, events: 1<<2 | 1<<3,
			step: 1,
		}
		return w.in(b, func(w []byte) (kind, time uint64) {
			v := uint64(binary.LittleEndian.Uint16(w))
			return v >> 12, v & 0xfff
		})
	}},
	{EVT2, "EVT 2.0", func(b []byte) bool {
		w := wordShape{size: 4, types: 0b1100_0101_0000_0011, events: 1<<0 | 1<<1, step: 1 << 16}
		return w.in(b, func(w []byte) (kind, time uint64) {
			v := uint64(binary.LittleEndian.Uint32(w))
			return v >> 28, v & 0xfffffff
		})
	}},
	{EVT21, "EVT 2.1", func(b []byte) bool {
		w := wordShape{size: 8, types: 0b1100_0101_0000_0011, events: 1<<0 | 1<<1, step: 1 << 16}
		d := evt21{swapped: true}
		return w.in(b, func(w []byte) (kind, time uint64) {
			v := d.word(w)
			return v >> 60, v >> 32 & 0xfffffff
		})
	}},
}

// wordShape describes the words of a format. Bit i of a mask stands for words of type i; type 8 is
// the upper part of the time.
type wordShape struct {
	size   int    // bytes of a word
	types  uint64 // mask of the types that the format has
	needs  uint64 // mask of types all of which must occur
	events uint64 // mask of types one of which must occur
	step   uint64 // the most by which the upper part of the time may grow at once
}

// in says whether b consists of words of this shape.
func (f wordShape) in(b []byte, read func(w []byte) (kind, time uint64)) bool {
	const clock = 8
	seen, last := uint64(0), uint64(0)
	for ; len(b) >= f.size; b = b[f.size:] {
		kind, time := read(b)
		if kind == clock {
			if seen>>clock&1 != 0 && time != 0 && (time < last || time-last > f.step) {
				return false
			}
			last = time
		}
		seen |= 1 << kind
	}
	return seen&^f.types == 0 && seen&f.events != 0 && seen>>clock&1 != 0 && seen&f.needs == f.needs
}

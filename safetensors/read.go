package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"ssnn/internal/plainjson"
	"ssnn/internal/regular"
)

// FormatError says at which byte a file stops making sense.
type FormatError struct {
	Offset int64  // byte
	Tensor string // name of the tensor that the error is about, or ""
	Want   string // what was expected there
	Got    string // what stands there instead
}

func (e *FormatError) Error() string {
	about := ""
	if e.Tensor != "" {
		about = fmt.Sprintf(", tensor %q", e.Tensor)
	}
	return fmt.Sprintf("safetensors, byte %d%s: want %s, got %s", e.Offset, about, e.Want, e.Got)
}

// File is the contents of a file.
type File struct {
	Metadata map[string]string // without the digest, which is made anew when a file is written
	names    []string          // in the order of the data
	tensors  map[string]Tensor
	notes    []string
}

// Names lists the tensors in the order of their data.
func (f *File) Names() []string { return f.names }

// Get returns a tensor by name.
func (f *File) Get(name string) (t Tensor, ok bool) {
	t, ok = f.tensors[name]
	return t, ok
}

// These are limits of the sizes that are read, in bytes.
const (
	mostFile = 1 << 36
	// This is the limit of the format's own library (safetensors, lib.rs: MAX_HEADER_SIZE).
	mostHeader = 100_000_000
)

// ReadFile reads a whole file. Its errors name the path. If the file has a digest, as each file
// that Write writes, and the contents do not fit it, the error is ErrDigest.
func ReadFile(path string) (*File, error) { return Read(path, false) }

// Read is ReadFile. With unverified, contents that do not fit the digest are not an error, but are
// noted in [File.Notes].
func Read(path string, unverified bool) (*File, error) {
	data, err := regular.ReadFile(path, mostFile)
	if err != nil {
		return nil, err
	}
	return ParseFile(path, data, unverified)
}

// ParseFile is Read for a file whose data is in memory already.
func ParseFile(path string, data []byte, unverified bool) (*File, error) {
	f, err := parse(data)
	if err == nil {
		err = f.verify()
	}
	if unverified && errors.Is(err, ErrDigest) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, note := range f.notes {
		f.notes[i] = path + ": " + note
	}
	return f, nil
}

// ReadMetadata reads only the metadata of a file, however large its tensors are. The digest is not
// verified, because it covers the whole file. Errors name the path.
func ReadMetadata(path string) (map[string]string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	metadata, err := readMetadata(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return metadata, nil
}

func readMetadata(r io.Reader) (map[string]string, error) {
	var start [8]byte
	if n, err := io.ReadFull(r, start[:]); err != nil {
		return nil, &FormatError{0, "", wantLength, fmt.Sprintf("%d bytes", n)}
	}
	length := binary.LittleEndian.Uint64(start[:])
	if length > mostHeader {
		return nil, longHeader(length)
	}
	// The header is not allocated at once: a damaged length must not take memory that the file does
	// not fill.
	header, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return nil, err
	}
	if len(header) < int(length) {
		return nil, cutHeader(length, len(header))
	}
	var f File
	if err := f.header(header, map[string]entry{}); err != nil {
		return nil, err
	}
	delete(f.Metadata, digestKey)
	return f.Metadata, nil
}

// longHeader is the error of a header longer than the limit.
func longHeader(length uint64) error {
	return &FormatError{0, "", fmt.Sprintf("a header of at most %d bytes", mostHeader),
		fmt.Sprintf("%d bytes: it is no file of a model, or damaged", length)}
}

// cutHeader is the error of a header that the end of the file cuts.
func cutHeader(length uint64, got int) error {
	return &FormatError{8, "", fmt.Sprintf("a header of %d bytes, as the 8 bytes before it say",
		length), fmt.Sprintf("%d bytes up to the end of the file: it is cut", got)}
}

// wantLength describes the first bytes of a file, for errors.
const wantLength = "8 bytes that say how long the header is"

// Parse reads a file that is in memory. Its tensors share that memory. A file that does not fit its
// header is a *FormatError, and contents that do not fit the digest are ErrDigest.
func Parse(data []byte) (*File, error) {
	f, err := parse(data)
	if err != nil {
		return nil, err
	}
	if err := f.verify(); err != nil {
		return nil, err
	}
	return f, nil
}

// entry is the description of a tensor in the header.
type entry struct {
	DType   DType   `json:"dtype"`
	Shape   []int64 `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// parse is Parse without the check of the digest.
func parse(data []byte) (*File, error) {
	switch {
	case len(data) == 0:
		return nil, &FormatError{0, "", wantLength, "an empty file"}
	case len(data) < 8:
		return nil, &FormatError{0, "", wantLength, fmt.Sprintf("%d bytes", len(data))}
	}
	if len(data) > 8 && data[8] != '{' {
		return nil, &FormatError{8, "", "the { that a header begins with: it is no file of a model",
			fmt.Sprintf("%q", data[8])}
	}
	length := binary.LittleEndian.Uint64(data)
	if length > mostHeader {
		return nil, longHeader(length)
	}
	if length > uint64(len(data)-8) {
		return nil, cutHeader(length, len(data)-8)
	}
	header, body := data[8:8+length], data[8+length:]
	start := 8 + int64(length)
	f := &File{tensors: map[string]Tensor{}}
	entries := map[string]entry{}
	if err := f.header(header, entries); err != nil {
		return nil, err
	}
	slices.SortStableFunc(f.names, func(a, b string) int {
		x, y := entries[a].Offsets, entries[b].Offsets
		return slices.Compare([]int64{x[0], x[1]}, []int64{y[0], y[1]})
	})
	at := int64(0)
	for _, name := range f.names {
		e := entries[name]
		switch from, to := e.Offsets[0], e.Offsets[1]; {
		case from != at:
			return nil, &FormatError{start + at, name,
				fmt.Sprintf("its data to begin at offset %d, where the one before ends", at),
				fmt.Sprintf("%d", from)}
		case to > int64(len(body)):
			return nil, &FormatError{start + from, name, fmt.Sprintf("%d bytes of data", to-from),
				fmt.Sprintf("%d", max(0, int64(len(body))-from))}
		}
		shape := make([]int, len(e.Shape))
		for i, d := range e.Shape {
			shape[i] = int(d)
		}
		f.tensors[name] = Tensor{e.DType, shape, body[e.Offsets[0]:e.Offsets[1]:e.Offsets[1]]}
		at = e.Offsets[1]
	}
	if at != int64(len(body)) {
		return nil, &FormatError{start + at, "", "the end of the file",
			fmt.Sprintf("%d more bytes", int64(len(body))-at)}
	}
	return f, nil
}

// header decodes the JSON object member by member, so that a name that occurs twice is noticed.
func (f *File) header(header []byte, entries map[string]entry) error {
	d := json.NewDecoder(bytes.NewReader(header))
	fail := func(want string, got any) error {
		return &FormatError{8 + d.InputOffset(), "", want, fmt.Sprint(got)}
	}
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return fail("a JSON object", cmpOr(err, token))
	}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return fail("a name", cmpOr(err, token))
		}
		if name == "__metadata__" {
			if f.Metadata != nil {
				return fail("one __metadata__", "another")
			}
			f.Metadata = map[string]string{}
			if err := d.Decode(&f.Metadata); err != nil {
				return fail("__metadata__ of strings", plainjson.Error(err))
			}
			continue
		}
		if _, twice := entries[name]; twice {
			return &FormatError{8 + d.InputOffset(), name, "each name once", "it again"}
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return &FormatError{8 + d.InputOffset(), name, "dtype, shape and data_offsets",
				plainjson.Error(err).Error()}
		}
		if err := e.check(name, 8+d.InputOffset()); err != nil {
			return err
		}
		entries[name] = e
		f.names = append(f.names, name)
	}
	if _, err := d.Token(); err != nil {
		return fail("the end of the JSON object", err)
	}
	if rest := bytes.TrimSpace(header[d.InputOffset():]); len(rest) > 0 {
		return fail("spaces after the JSON object", fmt.Sprintf("%.20q", rest))
	}
	return nil
}

// check checks that the type, the shape and the offsets of a tensor agree.
func (e entry) check(name string, at int64) error {
	size, ok := sizes[e.DType]
	if !ok {
		return &FormatError{at, name, "a known dtype", fmt.Sprintf("%q", e.DType)}
	}
	if len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] {
		return &FormatError{at, name, "two rising data_offsets", fmt.Sprint(e.Offsets)}
	}
	if e.Shape == nil {
		return &FormatError{at, name, "a shape", "none"}
	}
	bytes, ok := bytesOf(size, e.Shape)
	if !ok {
		return &FormatError{at, name, "a shape that counts", fmt.Sprint(e.Shape)}
	}
	if bytes != e.Offsets[1]-e.Offsets[0] {
		return &FormatError{at, name, fmt.Sprintf("%d bytes for %s %v", bytes, e.DType, e.Shape),
			fmt.Sprint(e.Offsets[1] - e.Offsets[0])}
	}
	return nil
}

// bytesOf is the number of bytes of the data of a shape whose elements have size bytes each. ok is
// false if a dimension is negative or the number overflows an int64.
func bytesOf[N int | int64](size int, shape []N) (n int64, ok bool) {
	n = int64(size)
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt64/int64(d) {
			return 0, false
		}
		n *= int64(d)
	}
	return n, true
}

// cmpOr returns the error, or the token that was read if there is no error.
func cmpOr(err error, token any) any {
	if err != nil {
		return err
	}
	return token
}

package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"
	"unicode/utf8"

	"ssnn/internal/atomicfile"
)

// Named is a tensor with its name.
type Named struct {
	Name string // its name in the file
	Tensor
}

// Write writes the tensors in their order, with the metadata and a digest of the contents. The same
// arguments give the same bytes.
func Write(w io.Writer, metadata map[string]string, tensors []Named) error {
	header, err := headerOf(metadata, tensors)
	if err != nil {
		return err
	}
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(header)))
	for _, part := range [][]byte{length[:], header} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	for _, t := range tensors {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes a file as Write does, and replaces an existing file as a whole.
func WriteFile(path string, metadata map[string]string, tensors []Named) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, metadata, tensors) })
}

// headerOf returns the JSON, padded so that the data begins at a multiple of 8 bytes.
func headerOf(metadata map[string]string, tensors []Named) ([]byte, error) {
	for key, value := range metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(value) { // JSON would change the text
			return nil, fmt.Errorf("safetensors: metadata %q is not UTF-8", key)
		}
	}
	all := maps.Clone(metadata)
	if all == nil {
		all = map[string]string{}
	}
	all[digestKey] = digestOf(metadata, tensors)
	m, err := json.Marshal(all) // Marshal sorts the keys
	if err != nil {
		return nil, err
	}
	header := append([]byte(`{"__metadata__":`), m...)
	seen := map[string]bool{"__metadata__": true}
	at := 0
	for _, t := range tensors {
		if seen[t.Name] {
			return nil, fmt.Errorf("safetensors: the name %q stands twice", t.Name)
		}
		seen[t.Name] = true
		// JSON cannot hold such a name, and its replacement may be the name of another tensor.
		if !utf8.ValidString(t.Name) {
			return nil, fmt.Errorf("safetensors: the name %q is not UTF-8", t.Name)
		}
		size, known := sizes[t.DType]
		if n, ok := bytesOf(size, t.Shape); !known || !ok || n != int64(len(t.Data)) {
			return nil, fmt.Errorf("safetensors: tensor %q has %d bytes, which do not fit %s %v",
				t.Name, len(t.Data), t.DType, t.Shape)
		}
		header = append(header, ',')
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		name, err := json.Marshal(t.Name)
		if err != nil {
			return nil, err
		}
		dims, err := json.Marshal(shape)
		if err != nil {
			return nil, err
		}
		header = fmt.Appendf(header, `%s:{"dtype":%s,"shape":%s,"data_offsets":[%d,%d]}`,
			name, strconv.Quote(string(t.DType)), dims, at, at+len(t.Data))
		at += len(t.Data)
	}
	header = append(header, '}')
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	return header, nil
}

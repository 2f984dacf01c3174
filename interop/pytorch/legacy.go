package pytorch

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The form of torch.save before PyTorch 1.6 (torch/serialization.py, _legacy_save) is five pickles,
// one behind the other: a number that stands for the format, the version 1001, the properties of
// the machine, the saved value, and the keys of its storages. Then for each key follow the number
// of the storage's elements, i64, and the elements.

// legacyNumber is the rest of the first pickle behind its protocol: the number
// 0x1950a86a20f9469cfc6c.
const legacyNumber = "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."

// isLegacy says whether a file begins with the pickle of this number. From protocol 4 on, a frame
// of 9 bytes may come before the number.
func isLegacy(head []byte) bool {
	if len(head) < 2 || head[0] != 0x80 {
		return false
	}
	rest := head[2:]
	if len(rest) > 9 && rest[0] == 0x95 {
		rest = rest[9:]
	}
	n := min(len(rest), len(legacyNumber))
	return n > 4 && string(rest[:n]) == legacyNumber[:n]
}

// readLegacy reads the pickles and finds where in the file each storage lies.
func (c *File) readLegacy() error {
	c.places = map[string]*storage{}
	data := make([]byte, min(c.size, maxPickle))
	if _, err := io.ReadFull(io.NewSectionReader(c.f, 0, c.size), data); err != nil {
		return err
	}
	var values [5]any
	m := &machine{data: data, storages: c}
	for i := range values {
		var err error
		if values[i], err = m.run(); err != nil {
			return err
		}
	}
	if values[1] != int64(1001) {
		return &FormatError{"the form before 1.6", "version 1001", fmt.Sprint(values[1])}
	}
	if system, ok := values[2].(*Dict); !ok || system.Get("little_endian") != true {
		return &FormatError{"the form before 1.6", "a little-endian machine", "another"}
	}
	keys, ok := values[4].(*list)
	if !ok {
		return &FormatError{"the form before 1.6", "a list of storages", "something else"}
	}
	c.Value = values[3]
	return c.placeStorages(keys.items, int64(m.next))
}

// placeStorages finds the storages of these keys, the first of which begins at byte at of the file.
func (c *File) placeStorages(keys []any, at int64) error {
	for _, k := range keys {
		where := fmt.Sprintf("byte %d", at)
		key, _ := k.(string)
		s := c.places[key]
		var count [8]byte
		if n, err := c.f.ReadAt(count[:], at); err != nil {
			return &FormatError{where, "8 bytes of the size of a storage", fmt.Sprint(n)}
		}
		elements := int64(binary.LittleEndian.Uint64(count[:]))
		switch {
		case s == nil:
			return &FormatError{where, "storages that a tensor has", fmt.Sprintf("%.40q", key)}
		case s.at != 0:
			return &FormatError{where, "each storage once", fmt.Sprintf("%.40q again", key)}
		case elements != s.elements:
			return &FormatError{where, fmt.Sprintf("%d elements of storage %.40q", s.elements, key),
				fmt.Sprint(elements)}
		}
		s.at = at + 8
		at = s.at + elements*int64(sizes[s.dtype])
		if at > c.size {
			return &FormatError{fmt.Sprintf("byte %d", s.at), fmt.Sprintf("%d bytes of a storage",
				at-s.at), fmt.Sprintf("%d at the end of the file", c.size-s.at)}
		}
	}
	for key, s := range c.places {
		if s.at == 0 {
			return &FormatError{"the form before 1.6", "each storage in the file",
				fmt.Sprintf("no %.40q", key)}
		}
	}
	return nil
}

// place makes the storage of a key in a file that is no archive. placeStorages finds its place
// later.
func (c *File) place(key string, t DType, elements int64) (*storage, error) {
	if elements < 0 || elements > c.size/int64(sizes[t]) {
		want := fmt.Sprintf("storages within the %d bytes of the file", c.size)
		return nil, &FormatError{"the pickle", want, fmt.Sprintf("%d elements of %s", elements, t)}
	}
	s := c.places[key]
	if s == nil {
		s = &storage{file: c, key: key, dtype: t, elements: elements}
		c.places[key] = s
	}
	if s.dtype != t || s.elements != elements {
		return nil, &FormatError{"the pickle", fmt.Sprintf("%d elements of %s in storage %.40q",
			s.elements, s.dtype, key), fmt.Sprintf("%d of %s", elements, t)}
	}
	return s, nil
}

// section reads the bytes of a storage in a file that is no archive.
func (c *File) section(s *storage) ([]byte, error) {
	data := make([]byte, s.elements*int64(sizes[s.dtype]))
	if n, err := c.f.ReadAt(data, s.at); err != nil && (err != io.EOF || n < len(data)) {
		return nil, &FormatError{fmt.Sprintf("byte %d", s.at), fmt.Sprintf("%d bytes of a storage",
			len(data)), err.Error()}
	}
	return data, nil
}

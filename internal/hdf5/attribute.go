package hdf5

import (
	"bytes"
	"fmt"
)

// Text returns the value of the named attribute. ok is false if the object has no such attribute,
// or one that is not a single text.
func (o *Object) Text(name string) (text string, ok bool, err error) {
	a, err := o.attribute(name)
	if err != nil || a == nil || a.n != 1 {
		return "", false, err
	}
	switch a.kind.Kind {
	case Text:
		text, _, _ := bytes.Cut(a.data, []byte{0})
		return string(text), true, nil
	case LongText:
		text, err := newTexts(o.f).at(a.data)
		return text, err == nil, err
	}
	return "", false, nil
}

// Ints returns the whole numbers of the named attribute, or nil if the object has no such attribute
// or one of another type.
func (o *Object) Ints(name string) ([]int64, error) {
	a, err := o.attribute(name)
	if err != nil || a == nil {
		return nil, err
	}
	return a.kind.ints(a.data), nil
}

// attribute is a named value that is stored beside the data of an object.
type attribute struct {
	kind Type
	n    int64 // number of values
	data []byte
}

// attribute looks up the named attribute. It returns nil if there is none, or if its type is not
// supported.
func (o *Object) attribute(name string) (found *attribute, err error) {
	look := func(b []byte, at int64) error {
		if found != nil {
			return nil
		}
		found, err = o.f.attribute(b, at, name)
		return err
	}
	for _, m := range o.messages {
		switch {
		case m.kind == attributeMessage && !m.shared:
			err = look(m.data, m.at)
		case m.kind == attributeInfoMessage:
			// An object of many attributes keeps them in a heap: version 1, flags 1, [order 2],
			// heap, tree by name.
			c := fields{b: m.data, f: o.f}
			c.bytes(1)
			if c.uint(1)&1 != 0 {
				c.bytes(2)
			}
			heap, tree := c.address(), c.address()
			if err = c.wrong(m.at, "the place of attributes"); err == nil && heap != undefined {
				err = o.f.inHeap(heap, tree, 8, 0, look)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// attribute decodes an attribute if it has the wanted name, and returns nil for any other. Its
// bytes are
//
//	version 1, flags 1, sizes of name, type and dataspace 2 each, [encoding 1 in version 3],
//	name, type, dataspace, data
//
// In version 1 the name, the type and the dataspace are filled up to a multiple of 8 bytes.
func (f *File) attribute(b []byte, at int64, want string) (*attribute, error) {
	const what = "an attribute"
	c := fields{b: b, f: f}
	version, flags := c.uint(1), c.uint(1)
	fill := 1
	if version == 1 {
		fill, flags = 8, 0
	}
	sizes := [3]int{int(c.uint(2)), int(c.uint(2)), int(c.uint(2))}
	if version == 3 {
		c.bytes(1)
	}
	c.bad = version < 1 || version > 3
	var parts [3][]byte
	for i, size := range sizes {
		parts[i] = c.bytes((size + fill - 1) / fill * fill)
	}
	if err := c.wrong(at, what); err != nil {
		return nil, err
	}
	name, _, _ := bytes.Cut(parts[0], []byte{0})
	if string(name) != want || flags&3 != 0 {
		return nil, nil
	}
	kind, err := (&fields{b: parts[1], f: f}).datatype(0)
	if err != nil {
		return nil, nil
	}
	shape, _, err := (&fields{b: parts[2], f: f}).dataspace()
	if err != nil {
		return nil, nil
	}
	a := &attribute{kind: kind, n: 1}
	for _, size := range shape {
		a.n *= size
	}
	if a.n > mostMetadata {
		return nil, &Error{at, what + " of at most 16 MiB", fmt.Sprintf("%d values", a.n)}
	}
	a.data = c.bytes(int(a.n) * kind.Size)
	return a, c.wrong(at, what)
}

// ints decodes the numbers in b. It returns nil if t is not an integer type.
func (t Type) ints(b []byte) (all []int64) {
	for ; (t.Kind == Int || t.Kind == Uint) && len(b) >= t.Size; b = b[t.Size:] {
		var v int64
		for i := range t.Size {
			if t.Big {
				v = v<<8 | int64(b[i])
			} else {
				v = v<<8 | int64(b[t.Size-1-i])
			}
		}
		if unused := 64 - 8*t.Size; t.Kind == Int {
			v = v << unused >> unused
		}
		all = append(all, v)
	}
	return all
}

package events

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// MATLAB files of level 5 (MathWorks, "MAT-File Format"), like those of ASL-DVS, hold a recording
// as variables t, x, y and p by any of their usual names, or as fields of one structure, each a
// vector of numbers; or as one matrix whose columns Options.Columns names. The file is 128 bytes of
// header, then elements,
//
//	type u32, size u32, size bytes, filled up to a multiple of 8
//
// or, for at most four bytes, type u16, size u16, 4 bytes. Type 15 is an element compressed by
// zlib, type 14 a matrix of elements: flags, dimensions, name, numbers. As columns lie one after
// the other, the reader holds the file in memory. Level 4 is read in matlab4.go; level 7.3 is HDF5.
//
// The page of ASL-DVS does not say where its pixels lie, and readers differ. All count from 0,
// over 240x180 pixels. SpikingJelly (datasets/asl_dvs.py) counts x and y from the other side, tonic
// (datasets/asl_dvs.py) y alone. This reader leaves both as they are, like events-tfds
// (events/asl_dvs.py).
const (
	matFormat  = ".mat"
	matBegin   = "MATLAB 5.0 MAT-file"
	matHeader  = 128
	mostMatlab = 1 << 30 // bytes of a file, and of its elements unpacked
)

// matNumbers are the types of numbers, by their codes in a file.
var matNumbers = map[uint32]field{
	1: {size: 1, kind: 'i'}, 2: {size: 1, kind: 'u'}, 3: {size: 2, kind: 'i'},
	4: {size: 2, kind: 'u'}, 5: {size: 4, kind: 'i'}, 6: {size: 4, kind: 'u'},
	7: {size: 4, kind: 'f'}, 9: {size: 8, kind: 'f'}, 12: {size: 8, kind: 'i'},
	13: {size: 8, kind: 'u'},
}

// matVariable is a vector of numbers, or a matrix.
type matVariable struct {
	group string // the structure that has it as a field, like data.TD, or ""
	name  string
	sides []int64 // dimensions
	field field
	data  []byte
}

// matlab reads the variables of a file.
type matlab struct {
	order    binary.ByteOrder
	unpacked int64 // bytes unpacked so far
	most     int64 // largest number of bytes unpacked
	found    []matVariable
	passed   []string // variables with numbers in a form that is not read, for errors
}

const mostStructures = 4 // depth of structures in structures that are read

// element splits the first element off b.
func (m *matlab) element(b []byte) (kind uint32, data, rest []byte, err error) {
	cut := fmt.Errorf("an element that runs past its end")
	if len(b) < 8 {
		return 0, nil, nil, cut
	}
	kind = m.order.Uint32(b)
	if size := int(kind >> 16); size != 0 { // a small one
		if size > 4 {
			return 0, nil, nil, fmt.Errorf("a small element of %d bytes", size)
		}
		return kind & 0xffff, b[4 : 4+size], b[8:], nil
	}
	size := int64(m.order.Uint32(b[4:]))
	if size > int64(len(b)-8) {
		return 0, nil, nil, cut
	}
	data = b[8 : 8+size]
	end := 8 + size
	if kind != 15 {
		end = (end + 7) &^ 7
	}
	return kind, data, b[min(end, int64(len(b))):], nil
}

// elements reads all variables of b.
func (m *matlab) elements(b []byte, depth int) error {
	for len(b) > 0 {
		kind, data, rest, err := m.element(b)
		if err != nil {
			return err
		}
		b = rest
		switch kind {
		case 15:
			if depth > 0 {
				return fmt.Errorf("an element that is compressed twice")
			}
			data, err := m.unpack(data)
			if err != nil {
				return err
			}
			if err := m.elements(data, depth+1); err != nil {
				return err
			}
		case 14:
			if err := m.matrix(data, nil, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpack unpacks a compressed element. Its first 8 bytes, unpacked, say how long it is.
func (m *matlab) unpack(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var tag [8]byte
	if _, err := io.ReadFull(z, tag[:]); err != nil {
		return nil, fmt.Errorf("a compressed element without its size: %w", err)
	}
	size := int64(m.order.Uint32(tag[4:]))
	if m.order.Uint32(tag[:])>>16 != 0 { // a small one
		size = 0
	}
	if m.unpacked += 8 + size; m.unpacked > m.most {
		return nil, &UnpackedError{matFormat, 0, m.most}
	}
	all := append(make([]byte, 0, 8+size), tag[:]...)[:8+size]
	if n, err := io.ReadFull(z, all[8:]); err != nil {
		return nil, fmt.Errorf("%d bytes of an element of %d: %w", n, size, err)
	}
	var more [9]byte // reading to the end also checks the checksum
	if n, err := io.ReadFull(z, more[:]); n == len(more) ||
		err != io.EOF && err != io.ErrUnexpectedEOF {

		return nil, fmt.Errorf("a compressed element that is damaged at its end: %w",
			cmp.Or(err, errMore))
	}
	return all, nil
}

var errMore = errors.New("bytes behind it")

// matrix reads a variable, or the field name of the structures of, which lie in each other.
func (m *matlab) matrix(b []byte, of []string, name string) error {
	_, flags, b, err := m.element(b)
	if err != nil {
		return err
	}
	if len(flags) < 8 {
		return fmt.Errorf("a matrix without its class")
	}
	_, dimensions, b, err := m.element(b)
	if err != nil {
		return err
	}
	var sides []int64
	for at := 0; at+4 <= len(dimensions); at += 4 {
		sides = append(sides, int64(m.order.Uint32(dimensions[at:])))
	}
	_, own, b, err := m.element(b)
	if err != nil {
		return err
	}
	if name == "" {
		name = string(own)
	}
	elements := int64(1)
	for _, side := range sides {
		elements = min(elements*side, 2)
	}
	pass := func(what string) error {
		m.passed = append(m.passed, strings.Join(append(of, name), ".")+" ("+what+")")
		return nil
	}
	const complex = 8 << 8
	switch class := m.order.Uint32(flags); {
	case class&0xff == 2 && elements > 1:
		return pass("several structures")
	case class&0xff == 2 && len(of) < mostStructures:
		return m.structure(b, append(slices.Clip(of), name))
	case class&0xff == 1:
		return pass("cells")
	case class&0xff == 5:
		return pass("a sparse matrix")
	case class&complex != 0:
		return pass("complex numbers")
	case class&0xff < 6: // objects, text
		return nil
	}
	kind, data, _, err := m.element(b)
	if err != nil {
		return err
	}
	f, ok := matNumbers[kind]
	if !ok || len(data)%f.size != 0 {
		return fmt.Errorf("variable %.20q of type %d and %d bytes", name, kind, len(data))
	}
	f.big = m.order == binary.BigEndian
	m.found = append(m.found, matVariable{strings.Join(of, "."), name, sides, f, data})
	return nil
}

// structure reads the fields of a structure.
func (m *matlab) structure(b []byte, of []string) error {
	_, length, b, err := m.element(b)
	if err != nil {
		return err
	}
	_, names, b, err := m.element(b)
	if err != nil || len(length) < 4 {
		return fmt.Errorf("a structure without names: %v", err)
	}
	size := int(m.order.Uint32(length))
	for size > 0 && len(names) >= size && len(b) > 0 {
		kind, data, rest, err := m.element(b)
		if err != nil {
			return err
		}
		if kind == 14 && len(data) > 0 {
			if err := m.matrix(data, of, strings.TrimRight(string(names[:size]),
				"\x00")); err != nil {
				return err
			}
		}
		names, b = names[size:], rest
	}
	return nil
}

// openMAT reads a MATLAB file of level 4 or 5 and finds its events.
func openMAT(s source, o Options) (Reader, error) {
	all, err := s.all(mostMatlab)
	if err != nil {
		return nil, err
	}
	refuse := func(want, got string) (Reader, error) {
		return nil,
			&FormatError{matFormat, 0, want, got}
	}
	order := matlab4Order(all)
	if len(all) > mostMatlab || len(all) < matHeader && order == nil {
		return refuse("128 bytes to 1 GiB", fmt.Sprintf("%d bytes or more", len(all)))
	}
	m := &matlab{order: binary.LittleEndian, most: o.unpacked(min(mostMatlab,
		o.unpackedAll(int64(len(all)))))}
	if order != nil {
		m.order = order
		err = m.matrices4(all)
	} else {
		if string(all[126:128]) == "MI" {
			m.order = binary.BigEndian
		}
		err = m.elements(all[matHeader:], 0)
	}
	if over, ok := err.(*UnpackedError); ok {
		return nil, over
	}
	if err != nil {
		return refuse("whole elements", err.Error())
	}
	c, variables, step, err := m.columns(o)
	if err != nil {
		return nil, err
	}
	d := &columnReader{format: matFormat, hint: c.hint()}
	if o.Orientation == SpikingJelly {
		d.turn = turnASLDVS
	}
	var fields [4]field
	var data [4][]byte
	for i, v := range variables {
		fields[i], data[i] = v.field, v.data
		n := int64(len(v.data)/v.field.size+step-1) / int64(step)
		if i > 0 && n != d.left {
			return refuse(fmt.Sprintf("as many elements of %s as of %s, %d", v.name,
				variables[0].name, d.left), fmt.Sprint(n))
		}
		d.left = n
	}
	k, err := c.timing(o, isFraction(variables[0], step))
	if err != nil {
		return nil, err
	}
	d.numbers = newNumbers(fields, k, o)
	d.numbers.first = countsFrom(variables, step)
	d.next = func(i int) (words []byte, apart, have int64, err error) {
		apart = int64(step * fields[i].size)
		return data[i][d.n*apart:], apart, d.left, nil
	}
	return k.watch(d), nil
}

// path names a variable as MATLAB writes it, like data.TD.ts.
func (v matVariable) path() string { return strings.TrimPrefix(v.group+"."+v.name, ".") }

// columns finds t, x, y and p: variables of these names, fields of one structure, or the columns or
// lines of the only matrix. The numbers of a variable are step elements apart.
func (m *matlab) columns(o Options) (c columns, found [4]matVariable, step int, err error) {
	var seen, groups, with []string
	members := map[string][]matVariable{}
	m.found = slices.DeleteFunc(m.found, func(v matVariable) bool {
		seen = append(seen, v.path())
		return o.Group != "" && o.Group != v.group && o.Group != v.path()
	})
	for _, v := range m.found {
		if members[v.group] == nil {
			groups = append(groups, v.group)
		}
		members[v.group] = append(members[v.group], v)
	}
	for _, group := range groups {
		var names []string
		for _, v := range members[group] {
			names = append(names, v.name)
		}
		if named, err := parseColumns(names); err == nil {
			with, c = append(with, group), named
			for what, at := range c.at {
				found[what] = members[group][at]
			}
		}
	}
	switch {
	case len(with) == 1:
		return c, found, 1, nil
	case len(with) > 1:
		return c, found, 0, fmt.Errorf("%s: events in %s, want one of them named (--group %s)",
			matFormat, strings.Join(with, ", "), with[len(with)-1])
	}
	if c, err = o.columns(); err != nil {
		return c, found, 0, err
	}
	var matrices []matVariable
	n := int64(c.n)
	for _, v := range m.found {
		if len(v.sides) == 2 && (v.sides[0] == n || v.sides[1] == n) &&
			v.sides[0]*v.sides[1] == int64(len(v.data)/v.field.size) {

			matrices = append(matrices, v)
		}
	}
	if len(matrices) != 1 {
		return c, found, 0, &FormatError{matFormat, 0, fmt.Sprintf("variables t, x, y and p, or "+
			"one matrix of %d columns (--columns names them, --group one of several)", n),
			fmt.Sprintf("%.80q", strings.Join(append(seen, m.passed...), ", "))}
	}
	v := matrices[0]
	// MATLAB stores a matrix column by column: t, x, y and p are apart where they are columns, and
	// take turns where they are lines.
	part, between := int64(v.field.size), 1
	if v.sides[1] == n {
		part *= v.sides[0]
	} else {
		between = c.n
	}
	for what, at := range c.at {
		found[what] = v
		found[what].data = v.data[int64(at)*part:]
		if between == 1 {
			found[what].data = found[what].data[:part]
		}
	}
	return c, found, between, nil
}

// isFraction says whether any number of a variable is not whole. Its numbers are step elements
// apart. The type does not show this, as MATLAB makes whole numbers doubles too.
func isFraction(v matVariable, step int) bool {
	for at, size := 0, v.field.size; at+size <= len(v.data); at += step * size {
		if f := v.field.float(v.data[at:]); f != math.Trunc(f) {
			return true
		}
	}
	return false
}

// countsFrom says from which number on t, x, y and p count, 0 or 1. Polarities of 1 and 2 come from
// MATLAB programs that count all but times from 1, like the structure TD of Orchard's tools. Then x
// and y count from 1 too, unless either has a 0.
func countsFrom(variables [4]matVariable, step int) (first [4]int64) {
	least, most := [4]float64{}, [4]float64{}
	for i, v := range variables {
		for at, size := 0, v.field.size; at+size <= len(v.data); at += step * size {
			f := v.field.float(v.data[at:])
			if at == 0 {
				least[i], most[i] = f, f
			}
			least[i], most[i] = min(least[i], f), max(most[i], f)
		}
	}
	if least[3] < 1 || most[3] != 2 {
		return first
	}
	first[3] = 1
	if least[1] >= 1 && least[2] >= 1 {
		first[1], first[2] = 1, 1
	}
	return first
}

// turnASLDVS moves an event of ASL-DVS as SpikingJelly does.
func turnASLDVS(e Event) (Event, *FormatError) {
	if e.X > 239 || e.Y > 179 {
		return e, &FormatError{Want: "an event inside 240x180 pixels",
			Got: fmt.Sprintf("x %d, y %d", e.X, e.Y) + skipHint}
	}
	e.X, e.Y = 239-e.X, 179-e.Y
	return e, nil
}

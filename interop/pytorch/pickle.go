package pytorch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// RefusedError says that a pickle asks for a function or class that runs programs or reaches into
// the machine, and that no checkpoint needs.
type RefusedError struct {
	Offset int    // byte of the pickle
	Name   string // "posix.system"
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("PyTorch checkpoint, byte %d of its pickle: asks for %q, want nothing that "+
		"runs programs (do not load this file in Python)", e.Offset, e.Name)
}

// A pickle makes values of these types, beside nil, bool, int64, float64, string and *Tensor.
type (
	list  struct{ items []any }
	tuple []any
	blob  string // bytes
	// Dict keeps the order of its Keys, which are strings and int64s.
	Dict struct {
		Keys   []any
		values map[any]any
	}
	mark struct{}
)

// Get returns the value of a key, or nil.
func (d *Dict) Get(key any) any { return d.values[key] }

func (d *Dict) set(key, value any) {
	if d.values == nil {
		d.values = map[any]any{}
	}
	if _, there := d.values[key]; !there {
		d.Keys = append(d.Keys, key)
	}
	d.values[key] = value
}

// maxOps is how many instructions a pickle may have; each makes one value at most, and a tensor
// takes about 40.
const maxOps = 1 << 21

// storages finds a storage by the key, type and size in a pickle. The machine never reads its
// bytes.
type storages interface {
	storage(key string, t DType, elements int64) (*storage, error)
}

// machine carries out a pickle of protocol 2, which PyTorch writes, to 5. None of its methods calls
// itself, so a deeply nested pickle needs memory in proportion to its bytes only.
type machine struct {
	name     string // name of the pickle in errors: "data.pkl, "
	data     []byte
	at       int // offset of the instruction being carried out
	next     int // offset of the next byte to be read
	stack    []any
	memo     map[uint32]any
	storages storages
}

// unpickle returns the value of a pickle. Values that the file uses twice are shared; lists and
// dicts may hold themselves.
func unpickle(data []byte, s storages) (any, error) {
	return (&machine{name: "data.pkl, ", data: data, storages: s}).run()
}

// run carries out the instructions up to the end of the pickle.
func (m *machine) run() (any, error) {
	m.memo, m.stack = map[uint32]any{}, nil
	for range maxOps {
		m.at = m.next
		op, err := m.bytes(1)
		if err != nil {
			return nil, err
		}
		if op[0] == '.' {
			if len(m.stack) != 1 {
				return nil, m.wrong("one value at the end", fmt.Sprint(len(m.stack)))
			}
			return m.stack[0], nil
		}
		if err := m.step(op[0]); err != nil {
			return nil, err
		}
	}
	return nil, m.wrong(fmt.Sprintf("at most %d instructions", maxOps), "more")
}

func (m *machine) wrong(want, got string) error {
	return &FormatError{fmt.Sprintf("%sbyte %d", m.name, m.at), want, got}
}

// step carries out one instruction. Letters and names are those of Python's pickletools.
func (m *machine) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		v, err := m.number(1)
		if err == nil && (v < 2 || v > 5) {
			return m.wrong("protocol 2 to 5", fmt.Sprint(v))
		}
		return err
	case 0x95: // FRAME
		_, err := m.bytes(8)
		return err
	case '(': // MARK
		m.push(mark{})
	case '0': // POP
		_, err := m.pop()
		return err
	case '1': // POP_MARK
		_, err := m.popMark()
		return err
	case '2': // DUP
		v, err := m.pop()
		if err != nil {
			return err
		}
		m.push(v)
		m.push(v)
	case 'N':
		m.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		m.push(op == 0x88)
	case 'K', 'M', 'J': // BININT1, BININT2, BININT
		return m.integer(map[byte]int{'K': 1, 'M': 2, 'J': 4}[op], op == 'J')
	case 0x8a, 0x8b: // LONG1, LONG4
		n, err := m.number(map[byte]int{0x8a: 1, 0x8b: 4}[op])
		if err != nil {
			return err
		}
		return m.integer(n, true)
	case 'G': // BINFLOAT
		b, err := m.bytes(8)
		if err != nil {
			return err
		}
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case 'X', 0x8c, 0x8d: // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
		return m.text(map[byte]int{'X': 4, 0x8c: 1, 0x8d: 8}[op])
	case 'B', 'C', 0x8e, 0x96, 'T', 'U': // BINBYTES, ..., BYTEARRAY8, BINSTRING, SHORT_BINSTRING
		return m.blob(map[byte]int{'B': 4, 'C': 1, 0x8e: 8, 0x96: 8, 'T': 4, 'U': 1}[op])
	case '}':
		m.push(&Dict{})
	case ']', 0x8f: // EMPTY_LIST, EMPTY_SET
		m.push(&list{})
	case 'l', 0x91: // LIST, FROZENSET
		items, err := m.popMark()
		if err != nil {
			return err
		}
		m.push(&list{items})
	case 'd': // DICT
		items, err := m.popMark()
		if err != nil {
			return err
		}
		d := &Dict{}
		m.push(d)
		return m.setAll(d, items)
	case ')':
		m.push(tuple{})
	case 't': // TUPLE
		items, err := m.popMark()
		if err != nil {
			return err
		}
		m.push(tuple(items))
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		items, err := m.popN(int(op - 0x84))
		if err != nil {
			return err
		}
		m.push(tuple(items))
	case 'a', 'e', 0x90: // APPEND, APPENDS, ADDITEMS
		return m.append(op != 'a')
	case 's', 'u': // SETITEM, SETITEMS
		return m.setItems(op == 'u')
	case 'q', 'r', 0x94: // BINPUT, LONG_BINPUT, MEMOIZE
		return m.put(op)
	case 'h', 'j': // BINGET, LONG_BINGET
		return m.get(map[byte]int{'h': 1, 'j': 4}[op])
	case 'c', 'i', 0x93: // GLOBAL, INST, STACK_GLOBAL
		return m.global(op)
	case 'R', 0x81: // REDUCE, NEWOBJ
		return m.reduce(2)
	case 0x92: // NEWOBJ_EX, with words for arguments
		return m.reduce(3)
	case 'b': // BUILD
		return m.build()
	case 'Q': // BINPERSID
		return m.persistent()
	default:
		return m.wrong("an instruction that tensors need", fmt.Sprintf("%#02x", op))
	}
	return nil
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// pop takes the last value, which must not be a mark.
func (m *machine) pop() (any, error) {
	v, err := m.popN(1)
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

// popN takes the last n values, none of them a mark.
func (m *machine) popN(n int) ([]any, error) {
	from := len(m.stack) - n
	for i := max(from, 0); i < len(m.stack); i++ {
		if m.stack[i] == (mark{}) {
			from = -1
		}
	}
	if from < 0 {
		return nil, m.wrong(fmt.Sprintf("%d values on the stack", n), "fewer")
	}
	items := append([]any(nil), m.stack[from:]...)
	m.stack = m.stack[:from]
	return items, nil
}

// popMark takes the values above the last mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if m.stack[i] == (mark{}) {
			items, err := m.popN(len(m.stack) - 1 - i)
			m.stack = m.stack[:i]
			return items, err
		}
	}
	return nil, m.wrong("a mark on the stack", "none")
}

// bytes takes the next n bytes of the pickle.
func (m *machine) bytes(n int) ([]byte, error) {
	if n > len(m.data)-m.next {
		return nil, m.wrong(fmt.Sprintf("%d more bytes", n), fmt.Sprint(len(m.data)-m.next))
	}
	b := m.data[m.next : m.next+n]
	m.next += n
	return b, nil
}

// number takes an unsigned number of n bytes, at most 8. A number above 2^31-1 becomes 2^31-1,
// which is larger than any count in a pickle that is read.
func (m *machine) number(n int) (int, error) {
	b, err := m.bytes(n)
	if err != nil {
		return 0, err
	}
	var all [8]byte
	copy(all[:], b)
	return int(min(binary.LittleEndian.Uint64(all[:]), math.MaxInt32)), nil
}

// integer pushes an integer of n bytes, in two's complement where it is signed.
func (m *machine) integer(n int, signed bool) error {
	b, err := m.bytes(n)
	if err != nil {
		return err
	}
	if n > 8 {
		if n == 9 && b[8] == 0 { // a seed of 64 bits, without its sign
			b, n, signed = b[:8], 8, false
		} else { // the state of a generator of random numbers
			m.push(blob(b))
			return nil
		}
	}
	var all [8]byte
	if signed && n > 0 && b[n-1] >= 0x80 {
		all = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	}
	copy(all[:], b)
	m.push(int64(binary.LittleEndian.Uint64(all[:])))
	return nil
}

// counted takes bytes whose length is a number of size bytes before them.
func (m *machine) counted(size int) ([]byte, error) {
	n, err := m.number(size)
	if err != nil {
		return nil, err
	}
	return m.bytes(n)
}

// text pushes a string whose length is a number of size bytes.
func (m *machine) text(size int) error {
	b, err := m.counted(size)
	if err != nil {
		return err
	}
	if !utf8.Valid(b) {
		return m.wrong("a string in UTF-8", fmt.Sprintf("%.20q", b))
	}
	m.push(string(b))
	return nil
}

// blob pushes bytes whose length is a number of size bytes; those that Python 2 wrote may be text.
func (m *machine) blob(size int) error {
	op := m.data[m.at]
	b, err := m.counted(size)
	if err != nil {
		return err
	}
	if isText := op == 'T' || op == 'U'; isText && utf8.Valid(b) {
		m.push(string(b))
	} else {
		m.push(blob(b))
	}
	return nil
}

// line takes the bytes up to a line feed, which it takes too.
func (m *machine) line() (string, error) {
	n := bytes.IndexByte(m.data[m.next:], '\n')
	if n < 0 || n > 255 {
		return "", m.wrong("a name in a line", "none")
	}
	b, err := m.bytes(n + 1)
	if err != nil {
		return "", err
	}
	return string(b[:n]), nil
}

// items takes the values above the last mark, and the mark, or else n values.
func (m *machine) items(many bool, n int) ([]any, error) {
	if many {
		return m.popMark()
	}
	return m.popN(n)
}

func (m *machine) append(many bool) error {
	items, err := m.items(many, 1)
	if err != nil {
		return err
	}
	if len(m.stack) > 0 {
		switch l := m.stack[len(m.stack)-1].(type) {
		case *list:
			l.items = append(l.items, items...)
			return nil
		case *object: // of a class that is like a list
			return nil
		}
	}
	return m.wrong("a list to append to", "none")
}

func (m *machine) setItems(many bool) error {
	items, err := m.items(many, 2)
	if err != nil {
		return err
	}
	if len(m.stack) == 0 || len(items)%2 != 0 {
		return m.wrong("a dict, and pairs of key and value", fmt.Sprintf("%d values", len(items)))
	}
	switch d := m.stack[len(m.stack)-1].(type) {
	case *Dict:
		return m.setAll(d, items)
	case *object: // of a class that is like a dict
		return m.setAll(&d.items, items)
	}
	return m.wrong("a dict", "something else")
}

// setAll sets pairs of key and value in a dict. Pairs whose keys are neither strings nor int64s are
// left out: no network has them.
func (m *machine) setAll(d *Dict, items []any) error {
	if len(items)%2 != 0 {
		return m.wrong("pairs of key and value", fmt.Sprintf("%d values", len(items)))
	}
	for i := 0; i < len(items); i += 2 {
		switch items[i].(type) {
		case string, int64:
			d.set(items[i], items[i+1])
		}
	}
	return nil
}

// put remembers the last value, under the number in the instruction or the next number.
func (m *machine) put(op byte) (err error) {
	at := len(m.memo)
	switch op {
	case 'q':
		at, err = m.number(1)
	case 'r':
		at, err = m.number(4)
	}
	if err != nil {
		return err
	}
	v, err := m.pop()
	if err != nil {
		return err
	}
	m.push(v)
	m.memo[uint32(at)] = v
	return nil
}

func (m *machine) get(size int) error {
	at, err := m.number(size)
	if err != nil {
		return err
	}
	v, ok := m.memo[uint32(at)]
	if !ok {
		return m.wrong("a value that was remembered", fmt.Sprintf("number %d, which was not", at))
	}
	m.push(v)
	return nil
}

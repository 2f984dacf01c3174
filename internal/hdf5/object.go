package hdf5

// An Object is a group or a dataset, read as the messages of its object header.
type Object struct {
	At int64 // address of the object header

	f        *File
	messages []message
}

// message is one part of an object header.
type message struct {
	kind   uint64
	shared bool // the contents are stored elsewhere in the file
	data   []byte
	at     int64 // address of data
}

// The kinds of messages.
const (
	spaceMessage         = 0x01
	linkInfoMessage      = 0x02
	typeMessage          = 0x03
	fillMessage          = 0x05
	linkMessage          = 0x06
	layoutMessage        = 0x08
	filtersMessage       = 0x0b
	attributeMessage     = 0x0c
	continuationMessage  = 0x10
	symbolTableMessage   = 0x11
	attributeInfoMessage = 0x15
)

const mostBlocks = 1 << 10 // blocks of one object header

// block is a contiguous part of an object header: a prefix, messages and, in version 2, a checksum.
type block struct {
	at, size int64
	prefix   int64
}

// object reads an object header: a prefix and a first block of messages, which may name further
// blocks.
//
//	version 1: version 1, 1, number of messages 2, references 4, size 4, 4, messages
//	version 2: "OHDR", version 1, flags 1, [times 16], [limits 4], size 1 to 8, messages,
//	           checksum 4
func (f *File) object(at int64) (*Object, error) {
	const what = "an object header"
	b, err := f.read(at, min(max(f.from(at), 16), 40), what)
	if err != nil {
		return nil, err
	}
	o := &Object{At: at, f: f}
	c := fields{b: b, f: f}
	next := block{at: at + 16}
	newer, ordered := string(b[:4]) == "OHDR", false
	if newer {
		c.signed("OHDR", 2)
		flags := c.uint(1)
		ordered = flags&4 != 0
		if flags&0x20 != 0 {
			c.bytes(16)
		}
		if flags&0x10 != 0 {
			c.bytes(4)
		}
		size := int64(min(c.uint(1<<(flags&3)), mostMetadata))
		next = block{at, int64(c.used) + size + 4, int64(c.used)}
	} else {
		c.bad = c.uint(1) != 1
		c.bytes(7)
		next.size = int64(c.uint(4))
	}
	if err := c.wrong(at, what); err != nil {
		return nil, err
	}
	blocks := []block{next}
	for i := 0; i < len(blocks); i++ {
		if i == mostBlocks {
			return nil, &Error{at, what + " of at most 1024 blocks", "more"}
		}
		more, err := o.block(blocks[i], newer, ordered)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	return o, nil
}

// block reads the messages of a block. It returns the further blocks that they name.
//
//	version 1: kind 2, size 2, flags 1, 3, data
//	version 2: kind 1, size 2, flags 1, [order 2], data; in all blocks but the first behind "OCHK"
func (o *Object) block(k block, newer, ordered bool) (more []block, err error) {
	const what = "messages of an object header"
	b, err := o.f.read(k.at, k.size, what)
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: o.f}
	least := 8
	if newer {
		least = 4
		c.bytes(len(b) - 4)
		c.checksum(b)
		c.bad = c.bad || string(b[:min(4, len(b))]) != "OHDR" &&
			string(b[:min(4, len(b))]) != "OCHK"
		if err := c.wrong(k.at, what); err != nil {
			return nil, err
		}
		c = fields{b: b[:len(b)-4], f: o.f}
	}
	c.bytes(int(k.prefix))
	for len(c.rest()) >= least {
		m := message{kind: c.uint(1)}
		if !newer {
			m.kind |= c.uint(1) << 8
		}
		size := int(c.uint(2))
		m.shared = c.uint(1)&2 != 0
		if !newer {
			c.bytes(3)
		} else if ordered {
			c.bytes(2)
		}
		m.at = k.at + int64(c.used)
		m.data = c.bytes(size)
		if c.short {
			break
		}
		if m.kind != continuationMessage {
			o.messages = append(o.messages, m)
			continue
		}
		d := fields{b: m.data, f: o.f}
		next := block{at: d.address(), size: d.length()}
		if newer {
			next.prefix = 4
		}
		if err := d.wrong(m.at, "the address of more messages"); err != nil {
			return nil, err
		}
		more = append(more, next)
	}
	return more, c.wrong(k.at, what)
}

// message returns the first message of a kind, or nil if there is none.
func (o *Object) message(kind uint64, what string) (*message, error) {
	for i := range o.messages {
		m := &o.messages[i]
		if m.kind != kind {
			continue
		}
		if m.shared {
			return nil, &Error{m.at, what + " in the object's own header",
				"one that is shared (committed), which is not read"}
		}
		return m, nil
	}
	return nil, nil
}

// IsGroup reports whether the object may have links.
func (o *Object) IsGroup() bool {
	for _, m := range o.messages {
		if m.kind == symbolTableMessage || m.kind == linkInfoMessage || m.kind == linkMessage {
			return true
		}
	}
	return false
}

// IsDataset reports whether the object holds data.
func (o *Object) IsDataset() bool {
	for _, m := range o.messages {
		if m.kind == layoutMessage {
			return true
		}
	}
	return false
}

package hdf5

import "math/bits"

// btree2 is a B-tree of version 2. Its records all have the same size, and inner nodes hold records
// as well as leaves do:
//
//	"BTHD", version 1, type 1, size of a node 4, of a record 2, depth 2, 1, 1, root,
//	        its records 2, all records, checksum 4
//	inner node "BTIN", leaf "BTLF": version 1, type 1, records, children, checksum 4
//	child: address, its records, and above the last inner nodes all records below it
type btree2 struct {
	f            *File
	kind         uint64
	node, record int64 // sizes in bytes
	root         int64
	depth        int
	n            uint64 // number of records of the root
	count        int    // bytes in which the number of a node's records is written
	totals       []int  // by level, leaves first: bytes of the number of records below a node
}

const (
	nodeOverhead = 10 // bytes of a node besides its records and children
	mostDepth    = 16
)

// btree2 reads the header of a tree of this kind.
func (f *File) btree2(at int64, kind uint64) (*btree2, error) {
	const what = "the header of a tree"
	b, err := f.read(at, int64(22+f.offsets+f.lengths), what)
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: f}
	c.signed("BTHD", 0)
	c.bad = c.bad || c.uint(1) != kind
	t := &btree2{f: f, kind: kind, node: int64(c.uint(4)), record: int64(c.uint(2)),
		depth: int(c.uint(2))}
	c.bytes(2)
	t.root, t.n = c.address(), c.uint(2)
	c.length()
	c.checksum(b)
	if err := c.wrong(at, what); err != nil {
		return nil, err
	}
	if t.record == 0 || t.node < nodeOverhead+t.record || t.node > mostMetadata ||
		t.depth > mostDepth {

		return nil, &Error{at, "a tree of nodes of some records", "nodes of other sizes"}
	}
	// The number of a node's records is written in as few bytes as the largest possible number
	// needs.
	most := uint64((t.node - nodeOverhead) / t.record)
	t.count = enough(most)
	t.totals = []int{0}
	for level := range t.depth {
		inner := uint64(max(t.node-nodeOverhead-t.child(level), 0) / (t.record + t.child(level)))
		most = min((inner+1)*most+inner, 1<<40)
		t.totals = append(t.totals, enough(most))
	}
	return t, nil
}

// enough is the number of bytes in which a number of at most most is written.
func enough(most uint64) int { return (max(bits.Len64(most), 1)-1)/8 + 1 }

// child is the number of bytes that a node of the given level takes for each child.
func (t *btree2) child(level int) int64 { return int64(t.f.offsets + t.count + t.totals[level]) }

// find calls found with each of the wanted records, in order. compare returns a negative number if
// the wanted records come before the given record, a positive one if they come after it, and 0 if
// the record is one of them.
func (t *btree2) find(compare func(record []byte) int, found func(record []byte) error) error {
	if t.n == 0 {
		return nil
	}
	left := t.f.size
	return t.search(t.root, t.n, t.depth, &left, compare, found)
}

func (t *btree2) search(at int64, n uint64, level int, left *int64, compare func([]byte) int,
	found func([]byte) error) error {

	const what = "a node of a tree"
	signature, child := "BTLF", int64(0)
	size := nodeOverhead + int64(n)*t.record
	if level > 0 {
		signature, child = "BTIN", t.child(level-1)
		size += int64(n+1) * child
	}
	if n > uint64(t.node) || size > t.node {
		return &Error{at, what + " of no more records than it has room for", "more"}
	}
	if *left -= size; *left < 0 {
		return circle(at)
	}
	b, err := t.f.read(at, size, what)
	if err != nil {
		return err
	}
	c := fields{b: b, f: t.f}
	c.signed(signature, 0)
	c.bad = c.bad || c.uint(1) != t.kind
	records, children := c.bytes(int(int64(n)*t.record)),
		fields{b: c.bytes(int(size - nodeOverhead - int64(n)*t.record)), f: t.f}
	c.checksum(b)
	if err := c.wrong(at, what); err != nil {
		return err
	}
	after := true // the record before does not come after the wanted records
	for i := range n + 1 {
		order := -1
		var record []byte
		if i < n {
			record = records[int64(i)*t.record:][:t.record]
			order = compare(record)
		}
		if level > 0 {
			to, below := children.address(), children.uint(t.count)
			children.bytes(t.totals[level-1])
			if after && order <= 0 {
				if err := t.search(to, below, level-1, left, compare, found); err != nil {
					return err
				}
			}
		}
		if i < n && order == 0 {
			if err := found(record); err != nil {
				return err
			}
		}
		after = order >= 0
	}
	return nil
}

// all is a compare function that makes every record a wanted one.
func all([]byte) int { return 0 }

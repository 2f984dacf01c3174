package hdf5

// The kinds of B-trees of version 1.
const (
	symbolTree = 0
	chunkTree  = 1
)

// node1 is a node of a B-tree of version 1: a key before each child, and one after the last.
//
//	"TREE", kind 1, level 1, number 2, left, right, keys and children
type node1 struct {
	f     *File
	level int   // height above the leaves, whose level is 0
	size  int64 // bytes of a key
	b     []byte
}

// node1 reads the node at the given address. The node must be of the given level, or of any level
// if that is -1.
func (f *File) node1(at int64, kind uint64, level int, key int64) (node1, error) {
	const what = "a node of a tree"
	head := int64(8 + 2*f.offsets)
	b, err := f.read(at, head, what)
	if err != nil {
		return node1{}, err
	}
	c := fields{b: b, f: f}
	c.bad = string(c.bytes(4)) != "TREE" || c.uint(1) != kind
	n := node1{f, int(c.uint(1)), key, nil}
	entries := int64(c.uint(2))
	c.bad = c.bad || level >= 0 && n.level != level
	if err := c.wrong(at, what); err != nil {
		return n, err
	}
	n.b, err = f.read(at+head, entries*n.entry(), what)
	return n, err
}

// entry is the size in bytes of a key and a child.
func (n node1) entry() int64 { return n.size + int64(n.f.offsets) }

func (n node1) len() int { return len(n.b) / int(n.entry()) }

func (n node1) key(i int) []byte { return n.b[int64(i)*n.entry():][:n.size] }

func (n node1) child(i int) int64 {
	c := fields{b: n.b[int64(i)*n.entry()+n.size:], f: n.f}
	return c.address()
}

package hdf5

// Link is the name of an object in a group, with the address of the object.
type Link struct {
	Name string
	f    *File
	at   int64
}

// Object reads the object that the link leads to.
func (l Link) Object() (*Object, error) { return l.f.object(l.at) }

// Links returns the hard links of a group in their stored order. Soft and external links are left
// out.
func (o *Object) Links() (links []Link, err error) {
	for _, m := range o.messages {
		c := fields{b: m.data, f: o.f}
		var more []Link
		switch m.kind {
		case symbolTableMessage:
			more, err = o.f.symbolTable(c.address(), c.address())
		case linkMessage:
			more, err = o.f.link(m.data, m.at)
		case linkInfoMessage:
			more, err = o.f.linkInfo(&c)
		}
		if err == nil {
			err = c.wrong(m.at, "a message of links")
		}
		if err != nil {
			return nil, err
		}
		links = append(links, more...)
	}
	return links, nil
}

// link decodes a link: version 1, flags 1, [type 1], [order 8], [encoding 1], length 1 to 8, name,
// address.
func (f *File) link(b []byte, at int64) ([]Link, error) {
	c := fields{b: b, f: f}
	c.bad = c.uint(1) != 1
	flags := c.uint(1)
	hard := flags&8 == 0 || c.uint(1) == 0
	if flags&4 != 0 {
		c.bytes(8)
	}
	if flags&16 != 0 {
		c.bytes(1)
	}
	name := string(c.bytes(int(min(c.uint(1<<(flags&3)), mostMetadata))))
	if !hard {
		return nil, c.wrong(at, "a link")
	}
	return []Link{{name, f, c.address()}}, c.wrong(at, "a link")
}

// linkInfo reads the links of a group that has too many of them for its object header: version 1,
// flags 1, [order 8], heap, tree by name.
func (f *File) linkInfo(c *fields) (links []Link, err error) {
	c.bytes(1)
	if c.uint(1)&1 != 0 {
		c.bytes(8)
	}
	heap, tree := c.address(), c.address()
	if c.short || heap == undefined {
		return nil, nil
	}
	err = f.inHeap(heap, tree, 5, 4, func(b []byte, at int64) error {
		more, err := f.link(b, at)
		links = append(links, more...)
		return err
	})
	return links, err
}

// symbolTable reads the links of a group in the older format: a tree of nodes of symbols, with
// their names in a heap.
func (f *File) symbolTable(tree, heap int64) (links []Link, err error) {
	b, err := f.read(heap, int64(8+2*f.lengths+f.offsets), "a heap of names")
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: f}
	c.signed("HEAP", 0)
	c.bytes(3)
	size, _, at := c.length(), c.length(), c.address()
	if err := c.wrong(heap, "a heap of names"); err != nil {
		return nil, err
	}
	names, err := f.read(at, size, "names of links")
	if err != nil {
		return nil, err
	}
	left := f.size
	err = f.symbolNodes(tree, -1, &left, func(child int64) error {
		more, err := f.symbols(child, names, &left)
		links = append(links, more...)
		return err
	})
	return links, err
}

// symbols reads a node of symbols: "SNOD", version 1, 1, number 2, and for each symbol: name,
// object header, kind 4, 4, 16.
func (f *File) symbols(at int64, names []byte, left *int64) (links []Link, err error) {
	const what = "a node of symbols"
	b, err := f.read(at, 8, what)
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: f}
	c.signed("SNOD", 1)
	c.bytes(1)
	n := int64(c.uint(2))
	if err := c.wrong(at, what); err != nil {
		return nil, err
	}
	size := n * int64(2*f.offsets+24)
	if *left -= size + 8; *left < 0 {
		return nil, circle(at)
	}
	if b, err = f.read(at+8, size, what); err != nil {
		return nil, err
	}
	c = fields{b: b, f: f}
	for range n {
		name := fields{b: names}
		name.bytes(int(min(c.uint(f.offsets), mostMetadata)))
		l := Link{name.text(), f, c.address()}
		soft := c.uint(4) == 2
		c.bytes(20)
		if err := name.wrong(at, "names of symbols in their heap"); err != nil {
			return nil, err
		}
		if !soft {
			links = append(links, l)
		}
	}
	return links, nil
}

// symbolNodes calls leaf for each node of symbols below a node of the tree. left is the number of
// bytes that nodes may still take: each node takes its size off, so that a tree that leads in a
// circle ends in an error.
func (f *File) symbolNodes(at int64, level int, left *int64, leaf func(child int64) error) error {
	n, err := f.node1(at, symbolTree, level, int64(f.lengths))
	if err != nil {
		return err
	}
	if *left -= int64(len(n.b)) + 24; *left < 0 {
		return circle(at)
	}
	for i := range n.len() {
		if n.level == 0 {
			err = leaf(n.child(i))
		} else {
			err = f.symbolNodes(n.child(i), n.level-1, left, leaf)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// circle is the error of a tree that leads to the same nodes again and again.
func circle(at int64) error {
	return &Error{at, "nodes that are in their tree once",
		"more of them than the file has room for"}
}

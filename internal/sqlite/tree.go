package sqlite

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// Kinds of the nodes of trees, one a page. A table's tree has rows at its leaves alone, and numbers
// of rows above them; an index's tree has entries in all nodes.
const (
	indexInner = 2
	tableInner = 5
	indexLeaf  = 10
	tableLeaf  = 13
)

// node is a page of a tree:
//
//	kind 1, 2, cells 2, 3, [the last child 4, of inner nodes], where each cell begins 2, ...
type node struct {
	kind  byte
	page  uint32
	at    int64  // of the page in the file
	b     []byte // the page
	cells []byte // where they begin, two bytes each
	last  uint32 // child of inner nodes
}

func (n node) len() int { return len(n.cells) / 2 }

func (n node) isLeaf() bool { return n.kind == tableLeaf || n.kind == indexLeaf }

func (db *DB) node(number uint32) (n node, err error) {
	b, err := db.pageAt(number)
	if err != nil {
		return n, err
	}
	n = node{page: number, at: (int64(number) - 1) * db.page, b: b}
	begin := 0
	if number == 1 {
		begin = 100 // the file's header
	}
	head := b[begin:]
	n.kind = head[0]
	size := 8
	switch n.kind {
	case tableLeaf, indexLeaf:
	case tableInner, indexInner:
		size = 12
		n.last = binary.BigEndian.Uint32(head[8:])
	default:
		return n, &Error{n.at, "a node of a tree (2, 5, 10 or 13)", fmt.Sprint(n.kind)}
	}
	count := int(binary.BigEndian.Uint16(head[3:]))
	if size+2*count > len(head) {
		return n, &Error{n.at, "cells inside of their page", fmt.Sprint(count)}
	}
	n.cells = head[size : size+2*count]
	return n, nil
}

// cell is a row, an entry of an index, or what leads to those before it.
type cell struct {
	at      int64  // of its page in the file
	child   uint32 // of inner nodes
	row     int64  // number of the row, of tables
	size    int64  // bytes of its record
	local   []byte // of the record, on the page
	further uint32 // the page with what follows, or 0
}

// cell reads the i-th cell of a node.
func (db *DB) cell(n node, i int) (c cell, err error) {
	c.at = n.at
	wrong := &Error{n.at, fmt.Sprintf("cell %d inside of its page", i), "one that ends beyond it"}
	begin := int(binary.BigEndian.Uint16(n.cells[2*i:]))
	if begin >= db.usable {
		return c, wrong
	}
	b := n.b[begin:db.usable]
	if !n.isLeaf() {
		if len(b) < 4 {
			return c, wrong
		}
		c.child, b = binary.BigEndian.Uint32(b), b[4:]
	}
	if n.kind != tableInner {
		used := 0
		if c.size, used = varint(b); used == 0 || c.size < 0 || c.size > db.size {
			return c, wrong
		}
		b = b[used:]
	}
	if n.kind == tableLeaf || n.kind == tableInner {
		used := 0
		if c.row, used = varint(b); used == 0 {
			return c, wrong
		}
		b = b[used:]
	}
	if n.kind == tableInner {
		return c, nil
	}
	local := db.local(n.kind, c.size)
	if int64(len(b)) < local {
		return c, wrong
	}
	c.local = b[:local]
	if local < c.size {
		if int64(len(b)) < local+4 {
			return c, wrong
		}
		c.further = binary.BigEndian.Uint32(b[local:])
	}
	return c, nil
}

// local is how many bytes of a record lie in its cell.
func (db *DB) local(kind byte, size int64) int64 {
	u := int64(db.usable)
	most := u - 35
	if kind != tableLeaf {
		most = (u-12)*64/255 - 23
	}
	if size <= most {
		return size
	}
	least := (u-12)*32/255 - 23
	if some := least + (size-least)%(u-4); some <= most {
		return some
	}
	return least
}

// all is the whole record of a cell, of at most so many bytes. It is good until the next call.
func (db *DB) all(c cell, most int64) ([]byte, error) {
	if c.size > most {
		return nil, &Error{c.at, fmt.Sprintf("a row of at most %d bytes", most), fmt.Sprint(c.size)}
	}
	if c.further == 0 {
		return c.local, nil
	}
	to := append(db.record[:0], c.local...)
	var b []byte
	for next := c.further; int64(len(to)) < c.size; next = binary.BigEndian.Uint32(b) {
		at := (int64(next) - 1) * db.page
		if next == 0 || at+db.page > db.size {
			return to, &Error{c.at, "a row that goes on inside of the file",
				fmt.Sprintf("page %d", next)}
		}
		if int64(cap(b)) < db.page {
			b = make([]byte, db.page)
		}
		if n, err := db.r.ReadAt(b, at); n < len(b) {
			return to, cut(at, db.page, int64(n), err)
		}
		to = append(to, b[4:min(int64(db.usable), 4+c.size-int64(len(to)))]...)
	}
	db.record = to
	return to, nil
}

// cursor goes through the cells of a tree that hold records, in their order.
type cursor struct {
	db    *DB
	root  uint32
	path  []step
	pages int64 // that were gone through since the last beginning
}

// step is a node on the way down, and what comes next in it. Of the leaves and the inner nodes of
// tables that is a cell or a child; of the inner nodes of indexes each child and each cell in turn.
type step struct {
	node
	next int
}

const mostDepth = 32

// push goes down to a page. What comes next there is what place says.
func (c *cursor) push(page uint32, place func(n node) (int, error)) error {
	c.pages++
	if len(c.path) == mostDepth || c.pages > c.db.size/c.db.page+mostDepth {
		return &Error{(int64(page) - 1) * c.db.page, "a tree", "pages that lead in a circle"}
	}
	n, err := c.db.node(page)
	if err != nil {
		return err
	}
	if up := len(c.path) - 1; up >= 0 && (n.kind == tableLeaf || n.kind == tableInner) !=
		(c.path[up].kind == tableInner) {
		return &Error{n.at, "a node of the same tree", fmt.Sprintf("one of kind %d", n.kind)}
	}
	next := 0
	if place != nil {
		if next, err = place(n); err != nil {
			return err
		}
	}
	c.path = append(c.path, step{n, next})
	return nil
}

// begin goes to the first cell.
func (c *cursor) begin() error {
	c.path, c.pages = c.path[:0], 0
	return c.push(c.root, nil)
}

// seek goes to the first cell that is not before what is looked for.
func (c *cursor) seek(before func(cell) (bool, error)) error {
	c.path, c.pages = c.path[:0], 0
	page := c.root
	for {
		var i int
		err := c.push(page, func(n node) (int, error) {
			var failed error
			i = sort.Search(n.len(), func(i int) bool {
				found, err := c.db.cell(n, i)
				if err == nil {
					var is bool
					is, err = before(found)
					if err == nil {
						return !is
					}
				}
				failed = err
				return true
			})
			switch n.kind {
			case tableInner:
				return i + 1, failed
			case indexInner:
				return 2*i + 1, failed
			}
			return i, failed
		})
		if err != nil {
			return err
		}
		n := c.path[len(c.path)-1].node
		if n.isLeaf() {
			return nil
		}
		if page, err = c.child(n, i); err != nil {
			return err
		}
	}
}

// child is the i-th child of an inner node.
func (c *cursor) child(n node, i int) (uint32, error) {
	if i == n.len() {
		return n.last, nil
	}
	found, err := c.db.cell(n, i)
	return found.child, err
}

// next is the next cell; false where there is none.
func (c *cursor) next() (found cell, ok bool, err error) {
	for len(c.path) > 0 {
		top := &c.path[len(c.path)-1]
		i := top.next
		top.next++
		switch {
		case top.isLeaf() && i < top.len():
			found, err = c.db.cell(top.node, i)
			return found, err == nil, err
		case top.kind == indexInner && i%2 == 1 && i/2 < top.len():
			found, err = c.db.cell(top.node, i/2)
			return found, err == nil, err
		case top.kind == tableInner && i <= top.len():
			page, err := c.child(top.node, i)
			if err == nil {
				err = c.push(page, nil)
			}
			if err != nil {
				return found, false, err
			}
		case top.kind == indexInner && i%2 == 0 && i/2 <= top.len():
			page, err := c.child(top.node, i/2)
			if err == nil {
				err = c.push(page, nil)
			}
			if err != nil {
				return found, false, err
			}
		default:
			c.path = c.path[:len(c.path)-1]
		}
	}
	return found, false, nil
}

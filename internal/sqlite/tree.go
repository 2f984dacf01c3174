package sqlite

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// These are the kinds of nodes of trees; a node is a page. A table's tree has rows in its leaves,
// and only row numbers in its inner nodes. An index's tree has entries in all nodes.
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
	at    int64  // address of the page in the file
	b     []byte // the page
	cells []byte // where each cell begins in b, two bytes each
	last  uint32 // last child of an inner node
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
		begin = 100 // size of the file's header
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

// cell is a row, an entry of an index, or the reference of an inner node to a child.
type cell struct {
	at      int64  // address of its page in the file
	child   uint32 // child of an inner node
	row     int64  // number of the row, in trees of tables
	size    int64  // bytes of the whole record
	local   []byte // the part of the record that lies on the page
	further uint32 // number of the page with the rest of the record, or 0
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

// local is the number of bytes of a record that lie in its cell; size is that of the whole record.
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

// all returns the whole record of a cell. A record of more than most bytes is an error. The result
// is valid until the next call.
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

// cursor iterates over the cells of a tree that hold records, in their order.
type cursor struct {
	db    *DB
	root  uint32
	path  []step
	pages int64 // number of pages visited since the last begin or seek
}

// step is a node on the way down from the root, and the number of the next part of it to visit. The
// parts of leaves are cells, and those of inner nodes of tables are children. In inner nodes of
// indexes, children and cells take turns.
type step struct {
	node
	next int
}

const mostDepth = 32

// push goes down to a page. place returns the number of the part of the page that is visited next.
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

// begin moves to the first cell.
func (c *cursor) begin() error {
	c.path, c.pages = c.path[:0], 0
	return c.push(c.root, nil)
}

// seek moves to the first cell for which before is false.
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

// child returns the i-th child of an inner node.
func (c *cursor) child(n node, i int) (uint32, error) {
	if i == n.len() {
		return n.last, nil
	}
	found, err := c.db.cell(n, i)
	return found.child, err
}

// next returns the next cell. ok is false if there is none.
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

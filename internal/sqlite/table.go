package sqlite

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// entry is a row of the schema, the list of tables and indexes. The root of the schema's tree is
// page 1.
type entry struct {
	kind, name, table, sql string
	root                   uint32
}

const (
	mostEntries = 1 << 12
	mostText    = 1 << 20 // bytes of a row of the schema
)

// readSchema reads the schema.
func (db *DB) readSchema() error {
	c := cursor{db: db, root: 1}
	if err := c.begin(); err != nil {
		return err
	}
	for {
		found, ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		b, err := db.all(found, mostText)
		if err != nil {
			return err
		}
		v, err := values(found.at, b, int64(len(b)))
		if err != nil {
			return err
		}
		if len(v) < 5 {
			return &Error{found.at, "a list of tables with 5 columns", fmt.Sprint(len(v))}
		}
		e := entry{v[0].text(b), v[1].text(b), v[2].text(b), v[4].text(b), uint32(v[3].number)}
		if db.tables = append(db.tables, e); len(db.tables) > mostEntries {
			return &Error{found.at, "at most 4096 tables and indexes", "more"}
		}
	}
}

// Table is a table of a database.
type Table struct {
	db      *DB
	root    uint32
	columns []string
	number  int // index of the column that is the row number and is empty in records, or -1
	name    string
}

// Table finds a table by its name. ok is false if there is none.
func (db *DB) Table(name string) (t *Table, ok bool) {
	for _, e := range db.tables {
		if e.kind == "table" && strings.EqualFold(e.name, name) {
			t = &Table{db: db, root: e.root, number: -1, name: e.name}
			t.columns, t.number = parseColumns(e.sql)
			return t, true
		}
	}
	return nil, false
}

// parseColumns returns the names of the columns in "CREATE TABLE name(column type, ...)", and the
// index of the column that is the number of the row, or -1.
func parseColumns(sql string) (names []string, number int) {
	number = -1
	_, list, _ := strings.Cut(sql, "(")
	depth, from := 0, 0
	for i := 0; i < len(list) && depth >= 0; i++ {
		switch c := list[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		if depth > 0 || depth == 0 && list[i] != ',' {
			continue
		}
		words := strings.Fields(list[from:i])
		from = i + 1
		if len(words) == 0 || slices.Contains(constraints, strings.ToUpper(words[0])) {
			continue
		}
		kind := strings.ToUpper(strings.Join(words[1:], " "))
		if strings.HasPrefix(kind, "INTEGER PRIMARY KEY") {
			number = len(names)
		}
		names = append(names, strings.Trim(words[0], "\"'`[]"))
	}
	return names, number
}

// constraints are the first words of the parts of a table's definition that are not columns.
var constraints = []string{"PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "CONSTRAINT"}

// Columns returns the indexes of the named columns.
func (t *Table) Columns(names ...string) ([]int, error) {
	var at []int
	for _, name := range names {
		i := slices.IndexFunc(t.columns, func(c string) bool { return strings.EqualFold(c, name) })
		if i < 0 {
			return nil, &Error{0, fmt.Sprintf("a column %q in the table %s", name, t.name),
				fmt.Sprintf("%.80q", strings.Join(t.columns, ", "))}
		}
		at = append(at, i)
	}
	return at, nil
}

// Row is a row of a table.
type Row struct {
	Number int64
	t      *Table
	cell   cell
	values []value
}

// value says where a column lies in its record, and holds its number if it is one.
type value struct {
	number     int64
	from, size int64
}

// text returns the bytes of a column in the record b as a string, or "" if b ends before the column
// does.
func (v value) text(b []byte) string {
	if v.from+v.size > int64(len(b)) {
		return ""
	}
	return string(b[v.from : v.from+v.size])
}

// values decodes the columns of a record of size bytes that begins with b: their types, and the
// numbers that lie in b.
func values(at int64, b []byte, size int64) ([]value, error) {
	wrong := &Error{at, "a record whose columns lie inside of it", "one whose columns do not"}
	head, used := varint(b)
	if used == 0 || head < int64(used) || head > int64(len(b)) {
		return nil, wrong
	}
	var all []value
	place := head
	for types := b[used:head]; len(types) > 0; {
		kind, n := varint(types)
		if n == 0 || kind < 0 {
			return nil, wrong
		}
		types = types[n:]
		v := value{from: place}
		switch {
		case kind <= 9:
			v.size = int64([]int{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}[kind])
			v.number = kind - 8 // types 8 and 9 stand for the numbers 0 and 1
		default:
			v.size = (kind - 12) / 2
		}
		place += v.size
		if place > size || place < v.from {
			return nil, wrong
		}
		if kind < 8 {
			v.number = 0
			if place <= int64(len(b)) && kind > 0 {
				var word [8]byte
				part := b[v.from:place]
				if part[0] >= 0x80 {
					word = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
				}
				copy(word[8-len(part):], part)
				v.number = int64(binary.BigEndian.Uint64(word[:]))
			}
		}
		all = append(all, v)
	}
	return all, nil
}

// row decodes the row of a cell. Of its numbers, only those that lie on the cell's page are
// decoded.
func (t *Table) row(c cell) (r Row, err error) {
	r = Row{c.row, t, c, nil}
	r.values, err = values(c.at, c.local, c.size)
	return r, err
}

// Int returns a column as a number, or 0 if it is not a number.
func (r Row) Int(column int) int64 {
	if column == r.t.number {
		return r.Number
	}
	if column >= len(r.values) { // a column that was added later
		return 0
	}
	return r.values[column].number
}

// Bytes returns a column of text or bytes. A record of more than most bytes is an error. The result
// is valid until the next row is read.
func (r Row) Bytes(column int, most int64) ([]byte, error) {
	if column >= len(r.values) {
		return nil, nil
	}
	b, err := r.t.db.all(r.cell, most)
	if err != nil {
		return nil, err
	}
	v := r.values[column]
	return b[v.from : v.from+v.size], nil
}

// Offset is the byte of the file at which the row's page begins.
func (r Row) Offset() int64 { return r.cell.at }

// Row finds a row by its number. ok is false if there is none.
func (t *Table) Row(number int64) (r Row, ok bool, err error) {
	s := t.Rows(number)
	r, ok, err = s.Next()
	return r, ok && r.Number == number, err
}

// Rows returns the rows whose numbers are at least from.
func (t *Table) Rows(from int64) *Rows {
	s := &Rows{t: t, c: cursor{db: t.db, root: t.root}}
	s.err = s.c.seek(func(c cell) (bool, error) { return c.row < from, nil })
	return s
}

// Rows iterates over rows of a table.
type Rows struct {
	t     *Table
	c     cursor
	index bool
	err   error
}

// Next returns the next row. ok is false if there is none.
func (s *Rows) Next() (r Row, ok bool, err error) {
	if s.err != nil {
		return r, false, s.err
	}
	found, ok, err := s.c.next()
	if err != nil || !ok {
		return r, false, err
	}
	if s.index {
		v, err := values(found.at, found.local, found.size)
		if err != nil {
			return r, false, err
		}
		if len(v) < 2 {
			return r, false, &Error{found.at, "an entry of an index, a number and a row",
				"other values"}
		}
		row := v[len(v)-1].number
		r, ok, err := s.t.Row(row)
		if err == nil && !ok {
			err = &Error{found.at, fmt.Sprintf("row %d of the table %s", row, s.t.name), "none"}
		}
		return r, ok, err
	}
	r, err = s.t.row(found)
	return r, err == nil, err
}

// By returns the rows in the order of a column of numbers, from a number on. It needs an index of
// that column alone; ok is false if there is none.
func (t *Table) By(column string, from int64) (s *Rows, ok bool) {
	for _, e := range t.db.tables {
		if e.kind != "index" || !strings.EqualFold(e.table, t.name) {
			continue
		}
		names, _ := parseColumns(e.sql)
		words := strings.ToUpper(e.sql)
		if len(names) != 1 || !strings.EqualFold(names[0], column) ||
			strings.Contains(words, " DESC") || strings.Contains(words, " WHERE ") {
			continue
		}
		s = &Rows{t: t, c: cursor{db: t.db, root: e.root}, index: true}
		s.err = s.c.seek(func(c cell) (bool, error) {
			v, err := values(c.at, c.local, c.size)
			if err == nil && len(v) < 2 {
				err = &Error{c.at, "an entry of an index, a number and a row", "other values"}
			}
			return err == nil && v[0].number < from, err
		})
		return s, true
	}
	return nil, false
}

package events

// Most lines of tables are plain numbers. quickTable reads such lines in one pass over their bytes,
// and leaves all other lines to table.event, which also gives the errors. Both read a plain line as
// the same event.

// tableRole is the meaning of a column of a table.
type tableRole byte

const (
	otherColumn tableRole = iota
	timeColumn
	xColumn
	yColumn
	polarityColumn
)

const (
	mostRoles  = 16 // largest number of columns of a plain line
	mostDigits = 11 // largest number of digits of the whole part of a plain time in s
)

// isSeparator says which bytes separate columns.
var isSeparator = [256]bool{',': true, ';': true, '|': true, ' ': true, '\t': true, '\r': true}

// roles returns the meanings of the columns, or nil where no line of the table is plain.
func (d *table) roles() []tableRole {
	if d.decimalComma || d.columns.n > mostRoles {
		return nil
	}
	roles := make([]tableRole, d.columns.n)
	for what, at := range d.columns.at {
		roles[at] = timeColumn + tableRole(what)
	}
	return roles
}

// quickTable reads plain lines.
type quickTable struct {
	roles  []tableRole
	digits int  // decimal digits from t's unit down to us: 6 for s, 3 for ms, else 0
	point  bool // t may have a decimal point
	ns     bool
}

func (d *table) quickly() quickTable {
	q := quickTable{roles: d.roles()}
	switch d.timing.unit {
	case "s":
		q.digits, q.point = 6, true
	case "ms":
		q.digits, q.point = 3, true
	case "ns":
		q.ns = true
	}
	return q
}

// line reads the line at the beginning of b and returns its length in bytes with its end. The
// length is 0 where the line is not plain or goes on behind b.
func (q *quickTable) line(b []byte) (e Event, length int) {
	if len(q.roles) == 0 || len(b) == 0 || b[0] == '#' || b[0] == '%' {
		return e, 0
	}
	i := 0
	for _, role := range q.roles {
		for i < len(b) && isSeparator[b[i]] {
			i++
		}
		begin := i
		switch role {
		case timeColumn:
			t, end := q.time(b, i)
			e.T, i = t, end
		case xColumn, yColumn:
			v := uint32(0)
			for ; i < len(b) && b[i]-'0' <= 9; i++ {
				v = 10*v + uint32(b[i]-'0')
			}
			if i-begin > 5 || v > 1<<16-1 {
				return e, 0
			}
			if role == xColumn {
				e.X = uint16(v)
			} else {
				e.Y = uint16(v)
			}
		case polarityColumn:
			if i+1 < len(b) && b[i] == '-' && b[i+1] == '1' {
				i += 2
				break
			}
			if i < len(b) && b[i]-'0' <= 1 {
				e.On = b[i] == '1'
				i++
			}
		default:
			for i < len(b) && b[i] != '\n' && !isSeparator[b[i]] {
				i++
			}
		}
		if i == begin || i == len(b) || b[i] != '\n' && !isSeparator[b[i]] {
			return e, 0
		}
	}
	for i < len(b) && isSeparator[b[i]] {
		i++
	}
	if i == len(b) || b[i] != '\n' {
		return e, 0
	}
	return e, i + 1
}

// time reads the time at b[i:] and returns where it ends, which is i where the time is not plain.
func (q *quickTable) time(b []byte, i int) (t Micros, end int) {
	begin := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		t = 10*t + Micros(b[i]-'0')
		if i-begin >= mostDigits+6-q.digits {
			return 0, begin
		}
	}
	if i == begin {
		return 0, begin
	}
	if q.ns {
		return (t + 500) / 1000, i
	}
	left := q.digits
	if q.point && i < len(b) && b[i] == '.' {
		for i++; i < len(b) && b[i]-'0' <= 9 && left > 0; i++ {
			t = 10*t + Micros(b[i]-'0')
			left--
		}
		if i < len(b) && b[i]-'0' <= 9 { // the first digit below a us rounds
			if b[i] >= '5' {
				t++
			}
			for ; i < len(b) && b[i]-'0' <= 9; i++ {
			}
		}
	}
	for ; left > 0; left-- {
		t *= 10
	}
	return t, i
}

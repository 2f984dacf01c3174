package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// These functions list the active inputs for a scatter, see ../scatter.go. They write whole
// vectors.

const (
	activeSpikesArguments = "func(entries *uint32, s *uint16, rows, width, words, pitch, skip " +
		"int) int"
	activeRealsArguments = "func(entries *uint32, values, x *float32, lane *uint32, rows, " +
		"groups, tail, vectors, pitch, step, skip int) int"
)

// add32 adds the number in register r to all lanes of each v.
func (s isa) add32(r reg.GPVirtual, v ...reg.VecVirtual) {
	x := s.vec()
	if s.bytes == 64 {
		VPBROADCASTD(r.As32(), x)
	} else {
		low := XMM()
		VMOVD(r.As32(), low)
		VPBROADCASTD(low, x)
	}
	for _, v := range v {
		VPADDD(x, v, v)
	}
}

// broadcast32 returns a vector of the number n in all lanes.
func (s isa) broadcast32(n int) reg.VecVirtual {
	r, v := GP32(), s.vec()
	MOVL(U32(uint32(n)), r)
	if s.bytes == 64 {
		VPBROADCASTD(r, v)
	} else {
		low := XMM()
		VMOVD(r, low)
		VPBROADCASTD(low, v)
	}
	return v
}

// entryList is a list of entries that a function is writing.
type entryList struct {
	isa
	entries, values reg.Register
	n               reg.GPVirtual
	packed          Mem // table of the lanes of a mask, for AVX2
}

// add lists the lanes of entry that are set in a mask of 16 lanes, or of 8, and the same lanes of
// v, unless v is nil.
func (l *entryList) add(entry, v reg.VecVirtual, mask reg.GPVirtual, table reg.Register) {
	count := GP64()
	if l.bytes == 64 {
		k, packed := K(), ZMM()
		KMOVW(mask.As32(), k)
		VPCOMPRESSD_Z(entry, k, packed)
		VMOVDQU32(packed, Mem{Base: l.entries, Index: l.n, Scale: 4})
		if v != nil {
			VCOMPRESSPS_Z(v, k, packed)
			VMOVUPS(packed, Mem{Base: l.values, Index: l.n, Scale: 4})
		}
	} else {
		lanes, packed := YMM(), YMM()
		VPMOVZXBD(Mem{Base: table, Index: mask.As64(), Scale: 8}, lanes)
		VPERMD(entry, lanes, packed)
		VMOVUPS(packed, Mem{Base: l.entries, Index: l.n, Scale: 4})
		if v != nil {
			VPERMPS(v, lanes, packed)
			VMOVUPS(packed, Mem{Base: l.values, Index: l.n, Scale: 4})
		}
	}
	POPCNTQ(mask.As64(), count)
	ADDQ(count, l.n)
}

// entryLanes loads the entry numbers of 16 lanes.
func (s isa) entryLanes(from Mem) []reg.VecVirtual {
	v := s.some(s.vecs(lanes))
	for i := range v {
		VMOVUPS(from.Offset(i*s.bytes), v[i])
	}
	return v
}

func (s isa) move(from, to []reg.VecVirtual) {
	for i := range from {
		VMOVAPS(from[i], to[i])
	}
}

func activeSpikes(s isa, numbers, lanesOf Mem) {
	s.function("activeSpikes", nil, activeSpikesArguments)
	l := &entryList{isa: s, entries: Load(Param("entries"), GP64()), n: GP64()}
	XORQ(l.n, l.n)
	x, rows, words := Load(Param("s"), GP64()), Load(Param("rows"), GP64()),
		Load(Param("words"), GP64())
	pitch, skip := Load(Param("pitch"), GP64()), Load(Param("skip"), GP64()).(reg.GPVirtual)
	pixel, entry := s.entryLanes(numbers), s.some(s.vecs(lanes))
	sixteen, next := s.broadcast32(lanes), s.broadcast32(scatterIn)
	var table reg.Register
	if s.bytes == 32 {
		table = GP64()
		LEAQ(lanesOf, table)
	}
	at, left, width := GP64(), GP64(), GP64()
	TESTQ(rows, rows)
	JZ(LabelRef("done"))
	Label("row")
	Load(Param("width"), width)
	loop("pixel")
	s.move(pixel, entry)
	MOVQ(x, at)
	MOVQ(words, left)
	Label("word")
	for v := range entry {
		mask := GP64()
		if s.bytes == 64 {
			MOVWLZX(Mem{Base: at}, mask.As32())
		} else {
			MOVBQZX(Mem{Base: at, Disp: v}, mask)
		}
		l.add(entry[v], nil, mask, table)
		VPADDD(sixteen, entry[v], entry[v])
	}
	ADDQ(U8(2), at)
	DECQ(left)
	JNZ(LabelRef("word"))
	ADDQ(pitch, x)
	for _, v := range pixel {
		VPADDD(next, v, v)
	}
	DECQ(width)
	JNZ(LabelRef("pixel"))
	s.add32(skip, pixel...)
	DECQ(rows)
	JNZ(LabelRef("row"))
	Label("done")
	Store(l.n, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// activeReals lists groups of vectors of reals; groups are pitch bytes and step entries apart.
// Behind the last group of a row it lists tail more reals, as if there were rows of vectors. lane
// holds the entries of the lanes of a vector relative to the first, and skip is the number of
// entries between rows.
func activeReals(s isa, lanesOf Mem) {
	s.function("activeReals", nil, activeRealsArguments)
	l := &entryList{isa: s, entries: Load(Param("entries"), GP64()),
		values: Load(Param("values"), GP64()), n: GP64()}
	XORQ(l.n, l.n)
	x, rows := Load(Param("x"), GP64()), Load(Param("rows"), GP64())
	lane := Load(Param("lane"), GP64())
	pixel, entry := s.entryLanes(Mem{Base: lane}), s.some(s.vecs(lanes))
	sixteen, zero := s.broadcast32(lanes), s.vec()
	VXORPS(zero, zero, zero)
	var table reg.Register
	if s.bytes == 32 {
		table = GP64()
		LEAQ(lanesOf, table)
	}
	first := GP32() // entry of the group's first lane, without the part in lane
	MOVL(Mem{Base: lane}, first)
	const unequal = 4 // predicate: not equal, or not a number
	vector := func(at reg.Register, load func(at Mem, v reg.VecVirtual)) {
		for i := range entry {
			v, mask := s.vec(), GP64()
			load(Mem{Base: at, Disp: i * s.bytes}, v)
			if s.bytes == 64 {
				k := K()
				VCMPPS(U8(unequal), zero, v, k)
				KMOVW(k, mask.As32())
			} else {
				set := s.vec()
				VCMPPS(U8(unequal), zero, v, set)
				VMOVMSKPS(set, mask.As32())
			}
			l.add(entry[i], v, mask, table)
			VPADDD(sixteen, entry[i], entry[i])
		}
	}
	at, left, groups, amount := GP64(), GP64(), GP64(), GP64()
	TESTQ(rows, rows)
	JZ(LabelRef("done"))
	Label("row")
	Load(Param("groups"), groups)
	TESTQ(groups, groups)
	JZ(LabelRef("tail"))
	loop("group")
	s.move(pixel, entry)
	MOVQ(x, at)
	Load(Param("vectors"), left)
	Label("vector")
	vector(at, func(at Mem, v reg.VecVirtual) { VMOVUPS(at, v) })
	ADDQ(U8(64), at)
	DECQ(left)
	JNZ(LabelRef("vector"))
	Load(Param("pitch"), amount)
	ADDQ(amount, x)
	Load(Param("step"), amount)
	s.add32(amount, pixel...)
	DECQ(groups)
	JNZ(LabelRef("group"))
	Label("tail")
	// The reals of the tail are listed one at a time: each is written, but n advances only if it is
	// not 0.
	Load(Param("tail"), left)
	base := GP32()
	VMOVD(pixel[0].AsX(), base)
	SUBL(first, base)
	MOVQ(lane, at)
	TESTQ(left, left)
	JZ(LabelRef("next"))
	loop("real")
	bits, number, is := GP32(), GP32(), GP64()
	MOVL(Mem{Base: x}, bits)
	MOVL(bits, Mem{Base: l.values, Index: l.n, Scale: 4})
	MOVL(Mem{Base: at}, number)
	ADDL(base, number)
	MOVL(number, Mem{Base: l.entries, Index: l.n, Scale: 4})
	XORL(is.As32(), is.As32())
	ADDL(bits, bits) // shifts the sign out
	SETNE(is.As8())
	ADDQ(is, l.n)
	ADDQ(U8(4), x)
	ADDQ(U8(4), at)
	DECQ(left)
	JNZ(LabelRef("real"))
	Label("next")
	Load(Param("skip"), amount)
	s.add32(amount, pixel...)
	DECQ(rows)
	JNZ(LabelRef("row"))
	Label("done")
	Store(l.n, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

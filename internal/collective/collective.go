// Package collective exchanges bytes between the members of a group: processes or goroutines that
// work on one task together.
//
// All members call the same operations in the same order with the same sizes. A member's call
// returns when it has the data that it needs of the others. A group moves bytes and adds nothing
// up: the caller adds in an order of its own, so that the result does not depend on the number of
// members.
package collective

import (
	"slices"
	"unsafe"
)

// Group is the set of members that work together, as one of the members sees it.
type Group interface {
	// Rank is the number of this member, from 0.
	Rank() int
	// Size is the number of members.
	Size() int

	// AllGather writes the bytes in of all members to out, one after the other in the order of
	// their ranks. in has the same length at all members, and out is Size() times as long.
	AllGather(out, in []byte) error
	// AllToAll sends each member one part of in, which has Size() parts of equal length, and writes
	// the parts that the members send to this one to out, in the order of their ranks.
	AllToAll(out, in []byte) error

	// Beside returns another group of the same members. Its operations may run at the same time as
	// those of this group. All members call it.
	Beside() (Group, error)

	// Abort ends all members that it can reach: processes with the given exit code, goroutines by
	// an error from each of their operations.
	Abort(code int)
}

// Alone is a group of one member.
func Alone() Group { return alone{} }

type alone struct{}

func (alone) Rank() int                      { return 0 }
func (alone) Size() int                      { return 1 }
func (alone) AllGather(out, in []byte) error { copy(out, in); return nil }
func (alone) AllToAll(out, in []byte) error  { copy(out, in); return nil }
func (alone) Beside() (Group, error)         { return alone{}, nil }
func (alone) Abort(int)                      {}

// Bytes returns the memory of x. The members must be machines with the same byte order.
func Bytes[T float32 | float64 | int64](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	first := (*byte)(unsafe.Pointer(unsafe.SliceData(x)))
	return unsafe.Slice(first, len(x)*int(unsafe.Sizeof(x[0])))
}

// Gather returns the numbers of all members, one after the other in the order of their ranks.
// lengths is how many numbers each member has.
func Gather[T float32 | float64 | int64](g Group, own []T, lengths []int) ([]T, error) {
	most, sum := slices.Max(lengths), 0
	in, out := make([]T, most), make([]T, most*len(lengths))
	copy(in, own)
	if err := g.AllGather(Bytes(out), Bytes(in)); err != nil {
		return out, err
	}
	for rank, n := range lengths {
		copy(out[sum:], out[rank*most:][:n])
		sum += n
	}
	return out[:sum], nil
}

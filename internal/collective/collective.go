// Package collective is how the members of a group, processes or goroutines that do one piece of
// work together, exchange bytes.
//
// All members call the same operations in the same order with the same sizes. A member's call
// returns when it has what it needs of the others. What a sum over the members comes to is not for
// the group to say: it moves bytes, and whoever adds them up does so in an order of their own, so
// that the result does not depend on how many members there are.
package collective

import (
	"slices"
	"unsafe"
)

// Group is the members that work together, as one of them sees it.
type Group interface {
	// Rank is the number of this member, from 0.
	Rank() int
	// Size is the number of members.
	Size() int

	// AllGather writes to out what all members have in in, one after the other in their order. in
	// is as long in all of them, and out Size() times that.
	AllGather(out, in []byte) error
	// AllToAll sends each member its part of in, which is Size() parts of the same length, and
	// writes what the members have for this one to out, one after the other in their order.
	AllToAll(out, in []byte) error

	// Beside returns another group of the same members, whose operations may be under way at the
	// same time as those of this one. All members call it.
	Beside() (Group, error)

	// Abort ends all members, as far as it can reach them: processes with the exit code, goroutines
	// by an error from every operation.
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

// Bytes are numbers as they lie in memory: the members are machines of one kind.
func Bytes[T float32 | float64 | int64](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	first := (*byte)(unsafe.Pointer(unsafe.SliceData(x)))
	return unsafe.Slice(first, len(x)*int(unsafe.Sizeof(x[0])))
}

// Gather returns what all members have, one after the other in their order; lengths says how much
// that is of each.
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

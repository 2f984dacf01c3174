package collective

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// agreedText is the number of bytes of an error's text that the other members receive.
const agreedText = 2000

// agreedError is an error that all members have.
type agreedError struct{ err error }

func (e agreedError) Error() string { return e.err.Error() }
func (e agreedError) Unwrap() error { return e.err }

// IsAgreed reports whether all members have the error: Agree or Same returned it to each of them.
func IsAgreed(err error) bool {
	var agreed agreedError
	return errors.As(err, &agreed) || err == context.Canceled
}

// Agree returns nil if no member has an error. Otherwise it returns the same error to all members:
// the error of the member of the lowest rank, which it names, or context.Canceled if no member has
// another error. All members call Agree, so that members without an error do not wait for one that
// cannot go on.
func Agree(g Group, err error) error {
	if g.Size() == 1 {
		return err
	}
	const stopped, failed = 1, 2
	own := make([]byte, 1+agreedText)
	switch {
	case err == context.Canceled:
		own[0] = stopped
	case err != nil:
		if own[0] = failed; !IsAgreed(err) {
			err = fmt.Errorf("process %d: %w", g.Rank(), err)
		}
		copy(own[1:], err.Error())
	}
	all := make([]byte, len(own)*g.Size())
	if lost := g.AllGather(all, own); lost != nil {
		return errors.Join(err, lost)
	}
	var agreed error
	for rank := range g.Size() {
		switch said := all[rank*len(own):][:len(own)]; {
		case said[0] == failed && rank == g.Rank():
			return agreedError{err}
		case said[0] == failed:
			return agreedError{errors.New(strings.TrimRight(string(said[1:]), "\x00"))}
		case said[0] == stopped:
			agreed = context.Canceled
		}
	}
	return agreed
}

// Same returns an error to all members unless own, such as a digest, is the same at all of them.
// what names it in the error.
func Same(g Group, what string, own []byte) error {
	all := make([]byte, len(own)*g.Size())
	if err := g.AllGather(all, own); err != nil {
		return err
	}
	var others []string
	for rank := range g.Size() {
		if string(all[rank*len(own):][:len(own)]) != string(all[:len(own)]) {
			others = append(others, fmt.Sprint(rank))
		}
	}
	if others == nil {
		return nil
	}
	return agreedError{fmt.Errorf("%s: process %s has another than process 0, want the same in all",
		what, strings.Join(others, ", "))}
}

// Broadcast returns the data of member 0 to all.
func Broadcast(g Group, data []byte) ([]byte, error) {
	if g.Size() == 1 {
		return data, nil
	}
	length := []int64{int64(len(data))}
	lengths := make([]int64, g.Size())
	if err := g.AllGather(Bytes(lengths), Bytes(length)); err != nil {
		return nil, err
	}
	n := int(lengths[0])
	part := (n + g.Size() - 1) / g.Size()
	in, out := make([]byte, part*g.Size()), make([]byte, part*g.Size())
	if g.Rank() == 0 {
		copy(in, data)
	}
	if err := g.AllToAll(out, in); err != nil {
		return nil, err
	}
	if err := g.AllGather(in, out[:part]); err != nil {
		return nil, err
	}
	return in[:n], nil
}

// GatherBytes returns the bytes of all members, which may differ in length.
func GatherBytes(g Group, own []byte) ([][]byte, error) {
	sizes := make([]int64, g.Size())
	if err := g.AllGather(Bytes(sizes), Bytes([]int64{int64(len(own))})); err != nil {
		return nil, err
	}
	most := int(slices.Max(sizes))
	in, out := make([]byte, most), make([]byte, most*len(sizes))
	copy(in, own)
	if err := g.AllGather(out, in); err != nil {
		return nil, err
	}
	all := make([][]byte, len(sizes))
	for rank, n := range sizes {
		all[rank] = out[rank*most:][:n]
	}
	return all, nil
}

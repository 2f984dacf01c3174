package collective

import (
	"fmt"
	"time"
)

// Watch returns a group whose operations must not take longer than the limit: if a member or the
// network is lost, the other members would wait forever. After that time late is called with a line
// that says which operation waits, and then Abort ends the group with exit code 1. Abort is also
// called if late has not returned some seconds later, because a launcher that is cut off may not
// read the output of late.
func Watch(g Group, limit time.Duration, late func(line string)) Group {
	return watched{g, limit, late}
}

// sayIn is the time that late may take.
var sayIn = 5 * time.Second

type watched struct {
	Group
	limit time.Duration
	late  func(line string)
}

func (w watched) watch(what string, bytes int, do func() error) error {
	timer := time.AfterFunc(w.limit, func() {
		said := make(chan struct{})
		go func() {
			w.late(fmt.Sprintf("rank %d of %d has waited %v for the others in %s of %d bytes: a "+
				"process or the network is lost", w.Rank(), w.Size(), w.limit, what, bytes))
			close(said)
		}()
		select {
		case <-said:
		case <-time.After(sayIn):
		}
		w.Abort(1)
	})
	defer timer.Stop()
	return do()
}

func (w watched) AllGather(out, in []byte) error {
	return w.watch("AllGather", len(in), func() error { return w.Group.AllGather(out, in) })
}

func (w watched) AllToAll(out, in []byte) error {
	return w.watch("AllToAll", len(in), func() error { return w.Group.AllToAll(out, in) })
}

func (w watched) Beside() (Group, error) {
	var made Group
	err := w.watch("Beside", 0, func() (err error) {
		made, err = w.Group.Beside()
		return err
	})
	return watched{made, w.limit, w.late}, err
}

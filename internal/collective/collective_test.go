package collective

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// each runs f as every member of a group.
func each(all []Group, f func(g Group)) {
	var members sync.WaitGroup
	for _, g := range all {
		members.Go(func() { f(g) })
	}
	members.Wait()
}

// What members send arrives where it belongs, operation after operation, also in two groups beside
// each other that are not in step.
func TestLocal(t *testing.T) {
	for _, size := range []int{1, 2, 3, 8} {
		each(Local(size), func(g Group) {
			beside, err := g.Beside()
			if err != nil {
				t.Error(err)
			}
			var two sync.WaitGroup
			for i, g := range []Group{g, beside} {
				two.Go(func() {
					for round := range 200 {
						check(t, g, byte(100*i+round))
					}
				})
			}
			two.Wait()
		})
	}
}

func check(t *testing.T, g Group, round byte) {
	in, out := make([]byte, 2*g.Size()), make([]byte, 2*g.Size())
	for to := range g.Size() {
		in[2*to], in[2*to+1] = byte(10*g.Rank()+to), round
	}
	if err := g.AllToAll(out, in); err != nil {
		t.Error(err)
	}
	for from := range g.Size() {
		if want := []byte{byte(10*from + g.Rank()), round}; !bytes.Equal(out[2*from:][:2], want) {
			t.Errorf("AllToAll, round %d: member %d got %v, want %v from %d", round, g.Rank(),
				out[2*from:][:2], want, from)
		}
	}
	if err := g.AllGather(out, []byte{byte(g.Rank()), round}); err != nil {
		t.Error(err)
	}
	for from := range g.Size() {
		if want := []byte{byte(from), round}; !bytes.Equal(out[2*from:][:2], want) {
			t.Errorf("AllGather, round %d: member %d got %v, want %v", round, g.Rank(), out, want)
		}
	}
}

// Members that do not do the same are told so, all of them.
func TestLocalOutOfStep(t *testing.T) {
	each(Local(3), func(g Group) {
		n := 1 + g.Rank()/2
		err := g.AllGather(make([]byte, 3*n), make([]byte, n))
		if err == nil || !strings.Contains(err.Error(), "bytes as the others") {
			t.Errorf("member %d: error %v", g.Rank(), err)
		}
	})
}

// One that does not come is not waited for longer than the limit, and then the group is over for
// all.
func TestWatch(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	each(Local(3), func(g Group) {
		w := Watch(g, 50*time.Millisecond, func(line string) {
			mu.Lock()
			lines = append(lines, line)
			mu.Unlock()
		})
		beside, err := w.Beside()
		if err != nil {
			t.Error(err)
		}
		if g.Rank() == 1 {
			return
		}
		err = beside.AllGather(make([]byte, 12), make([]byte, 4))
		if err == nil || !strings.Contains(err.Error(), "has ended the group with code 1") {
			t.Errorf("member %d: error %v", g.Rank(), err)
		}
	})
	want := "of 3 has waited 50ms for the others in AllGather of 4 bytes"
	if len(lines) == 0 || !strings.Contains(lines[0], want) {
		t.Errorf("got %q, want a line with %q", lines, want)
	}
}

// A report that nobody takes keeps no group alive.
func TestWatchUnheard(t *testing.T) {
	sayIn = 20 * time.Millisecond
	unheard := make(chan struct{})
	t.Cleanup(func() {
		sayIn = 5 * time.Second
		close(unheard)
	})
	each(Local(2), func(g Group) {
		if g.Rank() == 1 {
			return
		}
		w := Watch(g, 20*time.Millisecond, func(string) { <-unheard })
		err := w.AllGather(make([]byte, 8), make([]byte, 4))
		if err == nil || !strings.Contains(err.Error(), "has ended the group with code 1") {
			t.Errorf("error %v", err)
		}
	})
}

func ExampleLocal() {
	var members sync.WaitGroup
	for _, g := range Local(2) {
		members.Go(func() {
			all := make([]byte, 2)
			if err := g.AllGather(all, []byte{byte('a' + g.Rank())}); err == nil && g.Rank() == 0 {
				fmt.Printf("%s\n", all)
			}
		})
	}
	members.Wait()
	// Output: ab
}

// An error of one is an error of all, and says whose it is; a stop counts only where nothing else
// is wrong.
func TestAgree(t *testing.T) {
	broken := errors.New("no such file")
	for _, c := range []struct {
		own  []error
		want string
	}{
		{[]error{nil, nil, nil}, "<nil>"},
		{[]error{nil, broken, broken}, "process 1: no such file"},
		{[]error{nil, nil, context.Canceled}, "context canceled"},
		{[]error{context.Canceled, nil, broken}, "process 2: no such file"},
	} {
		each(Local(3), func(g Group) {
			err := Agree(g, c.own[g.Rank()])
			if got := fmt.Sprint(err); got != c.want {
				t.Errorf("%v: member %d got %q, want %q", c.own, g.Rank(), got, c.want)
			}
			if c.want == "context canceled" && err != context.Canceled {
				t.Errorf("member %d: %#v, want context.Canceled itself", g.Rank(), err)
			}
		})
	}
	if err := Agree(Alone(), broken); err != broken {
		t.Errorf("alone: %v", err)
	}
}

func TestSame(t *testing.T) {
	each(Local(4), func(g Group) {
		if err := Same(g, "recipe", []byte("a")); err != nil {
			t.Error(err)
		}
		own := []byte{byte(g.Rank() / 2 * (g.Rank() - 1))} // 0 0 1 2
		want := "recipe: process 2, 3 has another than process 0"
		if err := Same(g, "recipe", own); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("member %d: error %v, want %q", g.Rank(), err, want)
		}
	})
}

func TestBroadcast(t *testing.T) {
	for _, n := range []int{0, 1, 7, 4096} {
		data := bytes.Repeat([]byte("x1"), n)
		each(Local(4), func(g Group) {
			own := []byte("nothing")
			if g.Rank() == 0 {
				own = data
			}
			if got, err := Broadcast(g, own); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes: member %d got %d of them, error %v", 2*n, g.Rank(), len(got),
					err)
			}
		})
	}
}

// What members have of different lengths comes one after the other.
func TestGather(t *testing.T) {
	lengths := []int{2, 0, 3}
	each(Local(3), func(g Group) {
		own := make([]float32, lengths[g.Rank()])
		for i := range own {
			own[i] = float32(10*g.Rank() + i)
		}
		got, err := Gather(g, own, lengths)
		if want := []float32{0, 1, 20, 21, 22}; err != nil || !slices.Equal(got, want) {
			t.Errorf("member %d got %v, error %v, want %v", g.Rank(), got, err, want)
		}
	})
}

func TestGatherBytes(t *testing.T) {
	each(Local(3), func(g Group) {
		all, err := GatherBytes(g, bytes.Repeat([]byte{'a' + byte(g.Rank())}, 2*g.Rank()))
		if got := fmt.Sprintf("%s", all); err != nil || got != "[ bb cccc]" {
			t.Errorf("member %d got %s, error %v", g.Rank(), got, err)
		}
	})
}

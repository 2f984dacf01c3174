package pages

import "testing"

// A block is zeros, all of it can be written, and two do not share memory.
func TestBlock(t *testing.T) {
	for _, n := range []int{0, 1, 1023, 3 << 20} {
		a, b := New(n), New(n)
		if len(a.Floats) != n || len(b.Floats) != n {
			t.Fatalf("blocks of %d and %d elements, want %d", len(a.Floats), len(b.Floats), n)
		}
		for i := range a.Floats {
			a.Floats[i] = 1
		}
		for i, v := range b.Floats {
			if v != 0 {
				t.Fatalf("element %d of %d is %v, want 0", i, n, v)
			}
		}
		a.Free()
		b.Free()
		if a.Floats != nil {
			t.Error("a block that was freed has memory")
		}
	}
}

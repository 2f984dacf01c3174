package dataset

import (
	"math"
	"testing"
)

// A mixture is made of its two samples as each would be shown by itself, and its label says so.
func TestMixup(t *testing.T) {
	f := counted()
	f.Augment = Augment{Shift: 2, Flip: .5, Drop: .5}
	mixed := counted()
	mixed.Augment = f.Augment
	mixed.Augment.Mixup = 1
	partners := map[int]bool{}
	for epoch := range 30 {
		d := Draw{Seed: 5, Epoch: epoch}
		l := mixed.Label(1, &d)
		if l.Class != 1 || l.Other < 0 || l.Other > 2 || !(l.Share > 0 && l.Share <= 0.5) ||
			l != mixed.Label(1, &d) {

			t.Fatalf("label %+v", l)
		}
		partners[l.Other] = true
		got, own, other := shown(mixed, 1, epoch), shown(f, 1, epoch), shown(f, l.Other, epoch)
		for i := range 6 * 8 * 10 * 2 {
			step, y, x, channel := i/160, i/20%8, i/2%10, i%2
			want := (1-l.Share)*float64(own(step, y, x, channel)) +
				l.Share*float64(other(step, y, x, channel))
			if math.Abs(float64(got(step, y, x, channel))-want) > 1e-4 {
				t.Fatalf("epoch %d, value %d: %v, want %v", epoch, i, got(step, y, x, channel),
					want)
			}
		}
	}
	if len(partners) != 3 {
		t.Errorf("samples %v were mixed in, want all three", partners)
	}
	if l := mixed.Label(2, nil); l != (Label{Class: 2}) {
		t.Errorf("without a draw the label is %+v", l)
	}
}

// The variance of Beta(a, a) is 1/(4(2a+1)), and the share of a class below 1/2 as likely as above.
func TestMixupShares(t *testing.T) {
	const n = 20_000
	for _, alpha := range []float64{1e-3, 0.2, 1, 8} {
		var squares, fourth float64
		for i := range n {
			_, share := Augment{Mixup: alpha}.mix(&Draw{Seed: 3}, i, 10)
			if !(share >= 0 && share <= 0.5) {
				t.Fatalf("Beta(%v, %v): share %v", alpha, alpha, share)
			}
			d := 0.5 - share
			squares, fourth = squares+d*d, fourth+d*d*d*d
		}
		got, want := squares/n, 1/(4*(2*alpha+1))
		if deviation := math.Sqrt((fourth/n - got*got) / n); math.Abs(got-want) > 5*deviation+1e-9 {
			t.Errorf("Beta(%v, %v): variance %v, want %v to %v", alpha, alpha, got, want, deviation)
		}
	}
}

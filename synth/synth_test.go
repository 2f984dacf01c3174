package synth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ssnn/events"
)

// quiet is a camera without noise and mismatch, that sees a single shape.
func quiet() Config {
	c := Easy.Config()
	c.Mismatch, c.Noise, c.Refractory = 0, 0, 0
	return c
}

// A pixel that becomes brighter by a factor makes an event for each threshold in its logarithm, at
// equal times.
func TestStep(t *testing.T) {
	k := newCamera(quiet(), rand.New(rand.NewPCG(1, 2)))
	k.see(3, 4, 1.05, 1000, 2050)
	k.see(3, 4, 0, 3000, 4050)
	var want []events.Event
	for i := range 5 {
		want = append(want, events.Event{T: events.Micros(1000 + 200*(i+1)), X: 3, Y: 4, On: true})
	}
	// Back from 1.05 to 0; the level is 1.
	for i := range 5 {
		want = append(want, events.Event{T: events.Micros(3000 + 250 + 200*i), X: 3, Y: 4})
	}
	if len(k.events) != len(want) {
		t.Fatalf("%d events, want %d: %v", len(k.events), len(want), k.events)
	}
	for i, e := range k.events {
		if w := want[i]; e.X != w.X || e.On != w.On || math.Abs(float64(e.T-w.T)) > 1 {
			t.Errorf("event %d is %v, want %v", i, e, w)
		}
	}
}

func TestRefractory(t *testing.T) {
	c := Default()
	c.Refractory, c.Noise = 5000, 0
	last := map[[2]uint16]events.Micros{}
	for _, e := range c.Recording("train", 1, 0) {
		at := [2]uint16{e.X, e.Y}
		if before, seen := last[at]; seen && e.T-before < 4999 {
			t.Fatalf("two events of a pixel %d us apart, want 5000", e.T-before)
		}
		last[at] = e.T
	}
}

// Noise alone comes at its rate, evenly.
func TestNoise(t *testing.T) {
	c := Default()
	c.Noise = 50
	k := newCamera(c, rand.New(rand.NewPCG(1, 2)))
	k.noise(rand.New(rand.NewPCG(3, 4)))
	want := 50 * 34 * 34 * 0.3
	if n := float64(len(k.events)); math.Abs(n-want) > 5*math.Sqrt(want) {
		t.Errorf("%v events of noise, want about %v", n, want)
	}
}

// The classes of a pair cannot be told apart by how many events of a polarity a pixel has.
func TestPairs(t *testing.T) {
	for class := 0; class < len(Classes()); class += 2 {
		var sums [2][]float64
		for way := range 2 {
			sums[way] = make([]float64, 34*34*2)
			s := newScene(quiet(), Classes()[class+way], rand.New(rand.NewPCG(7, 8)))
			k := newCamera(quiet(), rand.New(rand.NewPCG(1, 2)))
			k.watch(s)
			for _, e := range k.events {
				i := (int(e.Y)*34 + int(e.X)) * 2
				if e.On {
					i++
				}
				sums[way][i]++
			}
		}
		same, differ := 0., 0.
		for i := range sums[0] {
			same += min(sums[0][i], sums[1][i])
			differ += math.Abs(sums[0][i] - sums[1][i])
		}
		if same < 500 || differ > same/20 {
			t.Errorf("%s and %s: %v events of a pixel and polarity in both, %v in one",
				Classes()[class], Classes()[class+1], same, differ)
		}
	}
}

func TestRecording(t *testing.T) {
	c := Default()
	for class, name := range Classes() {
		all := c.Recording("train", class, 3)
		if !slices.IsSortedFunc(all, func(a, b events.Event) int { return int(a.T - b.T) }) {
			t.Errorf("%s: times run back", name)
		}
		if len(all) < 1000 || len(all) > 50_000 {
			t.Errorf("%s: %d events", name, len(all))
		}
		for _, e := range all {
			if e.X >= 34 || e.Y >= 34 || e.T < 0 || e.T > c.Duration {
				t.Fatalf("%s: %v outside of the sensor or the time", name, e)
			}
		}
		if !slices.Equal(all, c.Recording("train", class, 3)) {
			t.Errorf("%s: another recording the second time", name)
		}
		if slices.Equal(all, c.Recording("test", class, 3)) ||
			slices.Equal(all, c.Recording("train", class, 4)) {

			t.Errorf("%s: the same recording twice", name)
		}
	}
}

// What goes right is seen further right as time passes.
func TestDirections(t *testing.T) {
	c := quiet()
	for class, want := range map[int][2]float64{0: {-1, 0}, 1: {1, 0}, 2: {0, -1}, 3: {0, 1}} {
		all := c.Recording("train", class, 0)
		var early, late [2]float64
		third := len(all) / 3
		for i := range third {
			a, b := all[i], all[len(all)-1-i]
			early[0], early[1] = early[0]+float64(a.X)/float64(third), early[1]+
				float64(a.Y)/float64(third)
			late[0], late[1] = late[0]+float64(b.X)/float64(third), late[1]+
				float64(b.Y)/float64(third)
		}
		if moved := (late[0]-early[0])*want[0] + (late[1]-early[1])*want[1]; moved < 5 {
			t.Errorf("%s: the middle moved %v pixels that way, want 5 and more", Classes()[class],
				moved)
		}
	}
}

func BenchmarkRecording(b *testing.B) {
	c := Default()
	for b.Loop() {
		c.Recording("train", 1, 0)
	}
}

func ExampleConfig_Recording() {
	c := Default()
	c.Noise = 0
	all := c.Recording("train", 1, 0)
	fmt.Println(Classes()[1], len(all) > 1000)
	// Output: right true
}

package frames

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"ssnn/events"
)

// The end of a frame is the time of the last event that is in it or an earlier one, by the words of
// the rules; and it is all that the frames so far need: of the events until then alone they come
// out the same.
func TestReadEnds(t *testing.T) {
	text, err := os.ReadFile("../testdata/recordings/nmnist-5-00001.bin")
	if err != nil {
		t.Fatal(err)
	}
	read := func() events.Reader {
		r, err := events.Detect(bytes.NewReader(text), events.Options{Format: events.Bin})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	var all []events.Event
	buf := make([]events.Event, 1000)
	for r := read(); ; {
		n, err := r.Read(buf)
		if all = append(all, buf[:n]...); err != nil {
			break
		}
	}
	for _, c := range []Config{
		{Split: Count}, {Split: Duration}, {Split: FixedCount, Each: 300},
		{Split: FixedDuration, Each: 20_000}, {Split: Count, Values: Voxels},
	} {
		c.T, c.Sensor = 5, events.Size{Width: 34, Height: 34}
		ends, err := c.ReadEnds(read())
		if err != nil {
			t.Fatal(err)
		}
		if len(ends) != c.T || !slices.IsSorted(ends) ||
			c.Split <= Duration && ends[c.T-1] != all[len(all)-1].T-all[0].T {

			t.Errorf("%+v: ends %v", c, ends)
		}
		if c.Values == Voxels {
			length := float64(all[len(all)-1].T - all[0].T)
			for k, end := range ends {
				if want := min(1, float64(k+1)/4) * length; float64(end) < want-4 ||
					float64(end) > want {

					t.Errorf("voxels: frame %d ends at %d us, want %.0f", k, end, want)
				}
			}
			continue
		}
		for k, part := range parts(c, all) {
			if want := all[part[len(part)-1]].T - all[0].T; ends[k] != want {
				t.Errorf("%+v: frame %d ends at %d us, want %d", c, k, ends[k], want)
			}
		}
	}
}

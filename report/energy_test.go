package report

import (
	"math"
	"testing"

	"ssnn/snn"
)

// Two recordings; by hand: 600 of 2000 products are of spikes, which is 300 additions of 0.9 pJ a
// recording, and 40 of 800 are not, which is 20 multiply-accumulates of 4.6 pJ; dense there would
// be (2000+800)/2 of these. A device that only adds adds for each of 90 spikes that the 40 are sums
// of, 45 a recording, and multiplies what are no sums.
func TestEnergy(t *testing.T) {
	m := &Measured{Recordings: 2, Synapses: []snn.Synapses{
		{Layer: "a", All: 2000, Active: 600, Spikes: true, Sums: true, Sent: 600},
		{Layer: "b", All: 800, Active: 40, Sums: true, Sent: 90},
		{Layer: "c", All: 10, Active: 4},
	}}
	for _, c := range []struct {
		of                    string
		got, want             Energy
		joules, dense, adding float64
	}{
		{"a", m.energy(0, 1), Energy{300, 0, 1000, AdditionOnly{300, 0}}, 270e-12, 4600e-12,
			270e-12},
		{"b", m.energy(1, 2), Energy{0, 20, 400, AdditionOnly{45, 0}}, 92e-12, 1840e-12, 40.5e-12},
		{"all", m.Energy(), Energy{300, 22, 1405, AdditionOnly{345, 2}}, 371.2e-12, 6463e-12,
			319.7e-12},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", c.of, c.got, c.want)
		}
		if j, d := c.got.Joules(), c.got.DenseJoules(); math.Abs(j-c.joules) > 1e-18 ||
			math.Abs(d-c.dense) > 1e-18 {

			t.Errorf("%s: %v J and %v J if dense, want %v and %v", c.of, j, d, c.joules, c.dense)
		}
		if j := c.got.AdditionOnly.Joules(); math.Abs(j-c.adding) > 1e-18 {
			t.Errorf("%s: %v J of additions, want %v", c.of, j, c.adding)
		}
	}
}

// The energy of a run's test recordings is that of its page, where these are no more than are
// measured; on fewer it is another.
func TestMeasureEnergy(t *testing.T) {
	r := run(t, "x", 3, 2)
	want := measured(t, r).Energy()
	for n, same := range map[int]bool{20: true, 8: false} {
		got, err := MeasureEnergy(t.Context(), r.Net, samples{n: n, size: 12 * 12 * 2})
		if err != nil || got.Joules() == 0 || (got == want) != same {
			t.Errorf("%d recordings: %+v, error %v, of all 20 %+v", n, got, err, want)
		}
	}
}

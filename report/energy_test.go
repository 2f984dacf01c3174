package report

import "testing"

// The energy of a run's test recordings is that of its page, where these are no more than are measured; on fewer it is another.
func TestMeasureEnergy(t *testing.T) {
	r := run(t, "x", 3, 2)
	want := measured(t, r).Energy()
	for n, same := range map[int]bool{20: true, 8: false} {
		got, err := MeasureEnergy(r.Net, samples{n: n, size: 12 * 12 * 2})
		if err != nil || got.Joules() == 0 || (got == want) != same {
			t.Errorf("%d recordings: %+v, error %v, of all 20 %+v", n, got, err, want)
		}
	}
}

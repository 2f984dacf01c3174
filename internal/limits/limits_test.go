package limits

import (
	"math"
	"testing"
)

func TestLimits(t *testing.T) {
	for want, err := range map[string]error{
		"k 0, want 1 to 65536":                    Whole("k", 0, 1, Most),
		"k 65537, want 1 to 65536":                Whole("k", Most+1, 1, Most),
		"k NaN, want 1e-06 to 1000":               Real("k", math.NaN(), 1e-6, 1e3),
		"k +Inf, want 0 to 1":                     Real("k", math.Inf(1), 0, 1),
		"k 1e-320, want 1e-06 to 1000, or 0":      RealOr0("k", 1e-320, 1e-6, 1e3),
		"k 0.9999999999999999, want 0 to below 1": Below1("k", 1-1e-16),
		"k NaN, want 0 to below 1":                Below1("k", math.NaN()),
		"k -1, want 0 to 2": First(nil, Whole("k", -1, 0, 2),
			Whole("l", -1, 0, 2)),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for _, err := range []error{
		Whole("k", 1, 1, 1), Real("k", 1, 1, 1), RealOr0("k", 0, 1, 2), Below1("k", 0),
		Below1("k", 0.999),
		First(), First(nil, nil),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

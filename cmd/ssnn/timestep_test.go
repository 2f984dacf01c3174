package main

import (
	"strings"
	"testing"
)

// --dt takes seconds without a unit, as NIR has them, and times as all other flags take them.
func TestTimestepOfFlag(t *testing.T) {
	for text, want := range map[string]timestep{
		"0.001": 0.001, "1ms": 0.001, "1e-4": 0.0001, "100us": 0.0001, "0.1ms": 0.0001,
		"1": 1, "1s": 1, "250ns": 250e-9, "1.5ms": 0.0015,
	} {
		var got timestep
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s is %v s, error %v, want %v s", text, float64(got), err, float64(want))
		}
	}
	for _, text := range []string{"", "0", "0s", "-1", "-1ms", "1mm", "inf", "nan", "1e999"} {
		got := timestep(7)
		if err := got.UnmarshalText([]byte(text)); err == nil || got != 7 ||
			!strings.Contains(err.Error(), "want a time above 0 with its unit, like 1ms") {

			t.Errorf("%q is %v s, error %v", text, float64(got), err)
		}
	}
}

package main

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// timestep is the flag --dt of the commands for NIR: the length of a timestep in s, written as a
// plain number of s, like 0.001, or as a time with a unit, like 1ms. Zero stands for no flag.
type timestep float64

// UnmarshalText is called by kong.
func (t *timestep) UnmarshalText(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		d, wrong := time.ParseDuration(string(text))
		seconds, err = d.Seconds(), wrong
	}
	if err != nil || !(seconds > 0) || math.IsInf(seconds, 0) {
		return fmt.Errorf("timestep %q, want a time above 0 with its unit, like 1ms, or a number "+
			"of seconds, like 0.001", text)
	}
	*t = timestep(seconds)
	return nil
}

// Package limits checks the numbers of configurations. A number beyond its limits is taken for a
// slip of the pen: it would overflow or be lost in the float32s and ints of the computation.
package limits

import (
	"fmt"
	"strconv"
)

// Most is the upper limit of most numbers that count something: channels, timesteps, pixels,
// samples.
const Most = 1 << 16

// Whole returns an error that names the key unless v is from least to most.
func Whole(key string, v, least, most int) error {
	if v < least || v > most {
		return fmt.Errorf("%s %d, want %d to %d", key, v, least, most)
	}
	return nil
}

// Real is Whole for real numbers. NaN is an error.
func Real(key string, v, least, most float64) error {
	if !(v >= least && v <= most) {
		return fmt.Errorf("%s %v, want %s to %s", key, v, text(least), text(most))
	}
	return nil
}

// RealOr0 is Real for numbers that may also be 0.
func RealOr0(key string, v, least, most float64) error {
	if v == 0 {
		return nil
	}
	if err := Real(key, v, least, most); err != nil {
		return fmt.Errorf("%w, or 0", err)
	}
	return nil
}

// Below1 returns an error unless v is at least 0 and below 1 as a float32.
func Below1(key string, v float64) error {
	if !(v >= 0 && float32(v) < 1) {
		return fmt.Errorf("%s %v, want 0 to below 1", key, v)
	}
	return nil
}

// text writes a number without an exponent if that is as short.
func text(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// First returns the first error of a list of checks, or nil.
func First(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

package events

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// ParseTime reads a time as people write it: a whole number of microseconds, like 300000, or a
// number with a unit, which may be a fraction, like 300ms or 1.5s. More than a hundred years is an
// error.
func ParseTime(text string) (Micros, error) {
	const most = 100 * 365 * 24 * 3600 * 1e6
	us, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		d, wrong := time.ParseDuration(text)
		if wrong != nil || d%time.Microsecond != 0 {
			return 0, fmt.Errorf("time %q, want a whole number of microseconds, like 300000, or a "+
				"number with a unit of us, ms, s, m or h, like 300ms", text)
		}
		us = d.Microseconds()
	}
	if math.Abs(float64(us)) > most {
		return 0, fmt.Errorf("time %q, want less than a hundred years", text)
	}
	return Micros(us), nil
}

// UnmarshalTOML reads a time of a recipe: a whole number of microseconds, or a text that
// [ParseTime] reads.
func (t *Micros) UnmarshalTOML(v any) (err error) {
	switch v := v.(type) {
	case int64:
		*t = Micros(v)
	case string:
		*t, err = ParseTime(v)
	default:
		err = fmt.Errorf("%v, want a whole number of microseconds, like 300000, or a text with a "+
			"unit, like \"300ms\"", v)
	}
	return err
}

package main

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"ssnn/events"
)

// parseTime reads a time of a flag: a whole number is microseconds, like 300000, and with a unit it
// may be a fraction too, like 300ms or 1.5s. More than a hundred years is an error.
func parseTime(text string) (events.Micros, error) {
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
	return events.Micros(us), nil
}

// timeMappers read the flags that are times by parseTime.
func timeMappers() []kong.Option {
	read := func(set func(target reflect.Value, t events.Micros)) kong.Mapper {
		return kong.MapperFunc(func(c *kong.DecodeContext, target reflect.Value) error {
			var text string
			if err := c.Scan.PopValueInto("time", &text); err != nil {
				return err
			}
			t, err := parseTime(text)
			if err == nil {
				set(target, t)
			}
			return err
		})
	}
	return []kong.Option{
		kong.TypeMapper(reflect.TypeFor[events.Micros](), read(
			func(target reflect.Value, t events.Micros) { target.SetInt(int64(t)) })),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), read(
			func(target reflect.Value, t events.Micros) {
				target.SetInt(int64(time.Duration(t) * time.Microsecond))
			})),
	}
}

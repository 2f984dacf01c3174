package main

import (
	"reflect"
	"time"

	"github.com/alecthomas/kong"

	"ssnn/events"
)

// timeMappers read the flags that are times by events.ParseTime.
func timeMappers() []kong.Option {
	read := func(set func(target reflect.Value, t events.Micros)) kong.Mapper {
		return kong.MapperFunc(func(c *kong.DecodeContext, target reflect.Value) error {
			var text string
			if err := c.Scan.PopValueInto("time", &text); err != nil {
				return err
			}
			t, err := events.ParseTime(text)
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

package main

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"ssnn/events"
)

// mappers returns the options of kong that read flags: times by events.ParseTime, and numbers.
func mappers() []kong.Option {
	return append(timeMappers(), numberMappers()...)
}

// numberMappers reads numbers as kong does, whose own messages speak of bits.
func numberMappers() []kong.Option {
	read := func(want string, parse func(text string, target reflect.Value) error) kong.Mapper {
		return kong.MapperFunc(func(c *kong.DecodeContext, target reflect.Value) error {
			if text := c.Scan.Peek().String(); isNumber(text) { // -1 would be a flag to kong
				c.Scan.PushTyped(c.Scan.Pop().Value, kong.FlagValueToken)
			}
			t, err := c.Scan.PopValue(want)
			if err != nil {
				return err
			}
			if text := fmt.Sprint(t.Value); parse(text, target) != nil {
				return fmt.Errorf("want a %s, got %q", want, text)
			}
			return nil
		})
	}
	whole := read("whole number", func(text string, target reflect.Value) error {
		n, err := strconv.ParseInt(text, 0, target.Type().Bits())
		target.SetInt(n)
		return err
	})
	natural := read("whole number of 0 or more", func(text string, target reflect.Value) error {
		n, err := strconv.ParseUint(text, 0, target.Type().Bits())
		target.SetUint(n)
		return err
	})
	real := read("number", func(text string, target reflect.Value) error {
		x, err := strconv.ParseFloat(text, target.Type().Bits())
		target.SetFloat(x)
		return err
	})
	var all []kong.Option
	for kind, mapper := range map[reflect.Kind]kong.Mapper{
		reflect.Int: whole, reflect.Int64: whole, reflect.Uint64: natural, reflect.Float64: real,
	} {
		all = append(all, kong.KindMapper(kind, mapper))
	}
	return all
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// timeMappers reads the flags that are times, by events.ParseTime.
func timeMappers() []kong.Option {
	read := func(set func(target reflect.Value, t events.Micros)) kong.Mapper {
		return kong.MapperFunc(func(c *kong.DecodeContext, target reflect.Value) error {
			if _, err := events.ParseTime(c.Scan.Peek().String()); err == nil { // so -1ms is one
				c.Scan.PushTyped(c.Scan.Pop().Value, kong.FlagValueToken)
			}
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

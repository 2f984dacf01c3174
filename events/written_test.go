package events

import (
	"bytes"
	"testing"
)

// written is a sample in another format.
func written(tb testing.TB, name, format string) []byte {
	f, err := Open(recording(name), Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	all, err := ReadAll(f)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	sensor := f.Sensor()
	if sensor == (Size{}) {
		sensor = Size{1000, 1000}
	}
	w, err := NewWriter(&b, format, sensor)
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.Write(all); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

package hdf5

import (
	"bytes"
	"testing"
)

// FuzzFile: no file makes the reader panic, hang, or hold more than its size allows.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"small-earliest.h5", "small-latest.h5"} {
		_, data := read(f, name)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		file.trusting = true
		o, err := file.Root()
		if err == nil {
			walk(o, 0)
		}
	})
}

// walk reads all that an object has.
func walk(o *Object, depth int) {
	o.Text("long")
	o.Ints("numbers")
	if d, err := o.Dataset(); err == nil {
		d.Texts(1000)
		d.Float32s(1000)
		d.Int64s(1000)
		for row := int64(0); row < d.Rows() && row < 5000; {
			first, some, _, err := d.Part(row)
			if err != nil {
				break
			}
			row = first + int64(len(some))/d.RowSize()
		}
	}
	links, err := o.Links()
	if err != nil || depth > 2 {
		return
	}
	for _, l := range links[:min(len(links), 100)] {
		if below, err := l.Object(); err == nil {
			walk(below, depth+1)
		}
	}
}

package picture

import (
	"bytes"
	"errors"
	"image/png"
	"io"
	"slices"
	"testing"

	"ssnn/events"
)

// list is a reader of events in memory, three at a time.
type list struct {
	events.Reader
	left []events.Event
}

func (l *list) Read(buf []events.Event) (int, error) {
	n := copy(buf[:min(3, len(buf))], l.left)
	l.left = l.left[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

var seen = []events.Event{
	{T: 100, X: 0, Y: 0, On: true}, {T: 110, X: 0, Y: 0, On: true}, {T: 120, X: 0, Y: 0},
	{T: 190, X: 3, Y: 1}, // the first picture's
	{T: 200, X: 3, Y: 1}, {T: 250, X: 1, Y: 0, On: true}, {T: 300, X: 2, Y: 0, On: true},
}

func paint(t *testing.T, o Options) *Series {
	t.Helper()
	o.First, o.Last = 100, 300
	s, err := Paint(&list{left: seen}, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A sensor as large as an event can say is painted in a picture of a usual size.
func TestLargestSensor(t *testing.T) {
	far := []events.Event{{T: 1, X: 65535, Y: 65535, On: true}}
	data, err := PNG(&list{left: far}, events.Size{Width: 65536, Height: 65536})
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || img.Width != mostSide || img.Height != mostSide {
		t.Errorf("%dx%d pixels, %v, want %d each", img.Width, img.Height, err, mostSide)
	}
}

func TestPaint(t *testing.T) {
	s := paint(t, Options{Sensor: events.Size{Width: 4, Height: 2}, Pictures: 2})
	// Seven events on five pixels of pictures: 4.2 are painted in full strength.
	if s.Full != 3*7/5. || s.Size != (events.Size{Width: 4, Height: 2}) {
		t.Errorf("full strength %v, size %v", s.Full, s.Size)
	}
	for i, want := range [][]byte{
		{Nothing + 91, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing - 31},
		{Nothing, Nothing + 31, Nothing + 31, Nothing, Nothing, Nothing, Nothing, Nothing - 31},
	} {
		if got := s.Shades(i); !slices.Equal(got, want) {
			t.Errorf("picture %d: %d, want %d", i, got, want)
		}
	}
	// Seven events on two pixels: 10.5 are painted in full strength.
	s = paint(t, Options{Sensor: events.Size{Width: 4, Height: 2}, Pictures: 1, Side: 2})
	if got := s.Shades(0); s.Size != (events.Size{Width: 2, Height: 1}) ||
		!slices.Equal(got, []byte{Nothing + 49, Nothing - 37}) {
		t.Errorf("smaller: %v, %d", s.Size, got)
	}
	s = paint(t, Options{Sensor: events.Size{Width: 4, Height: 2}, Pictures: 2, Tau: 100})
	for i, want := range [][]byte{ // of 200 and of 300 us
		{Nothing - 58, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing - 115},
		{Nothing - 21, Nothing + 78, 255, Nothing, Nothing, Nothing, Nothing, Nothing - 47},
	} {
		if got := s.Shades(i); !slices.Equal(got, want) {
			t.Errorf("surface %d: %d, want %d", i, got, want)
		}
	}
	_, err := Paint(&list{left: seen}, Options{Sensor: events.Size{Width: 3, Height: 2},
		Pictures: 1})
	var outside *events.OutsideError
	if !errors.As(err, &outside) || outside.Event != 3 {
		t.Errorf("error %v, want event 3 outside", err)
	}
}

func TestPNG(t *testing.T) {
	data, err := PNG(&list{left: seen}, events.Size{Width: 4, Height: 2})
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil || img.Bounds().Dx() != 4 || img.Bounds().Dy() != 2 {
		t.Fatalf("%v, %v", img.Bounds(), err)
	}
	same := func(x, y int, shade uint8) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		wr, wg, wb, _ := Palette[shade].RGBA()
		return r == wr && g == wg && b == wb
	}
	// Seven events on four pixels: 5.25 are painted in full strength.
	if !same(1, 1, Nothing) || !same(0, 0, Nothing+73) || !same(3, 1, Nothing-49) {
		t.Error("other colours")
	}
	// A pixel of a larger picture is a square.
	large := Image([]byte{1, 255}, events.Size{Width: 2, Height: 1}, 3)
	if !slices.Equal(large.Pix, bytes.Repeat([]byte{1, 1, 1, 255, 255, 255}, 3)) {
		t.Errorf("%v", large.Pix)
	}
}

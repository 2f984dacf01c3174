package events

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// backwards are made events of which some are earlier than those before, by a little: further back,
// a clock that counts so far would be taken for one that ran over.
func backwards(n int) (all []Event) {
	all = madeEvents(n, 100)
	random := rand.New(rand.NewPCG(7, 8))
	for i := range all {
		if i > 100 && random.IntN(50) == 0 {
			all[i].T -= 90
		}
	}
	return all
}

// keep are the events that are left of all, and how many are not.
func keep(all []Event, within Size) (kept []Event, skipped int64) {
	for _, e := range all {
		if int(e.X) >= within.Width || int(e.Y) >= within.Height ||
			len(kept) > 0 && e.T < kept[len(kept)-1].T {

			skipped++
			continue
		}
		kept = append(kept, e)
	}
	return kept, skipped
}

// unorderedFiles are events in no order as files, of formats in which a time may run back.
func unorderedFiles(t *testing.T, all []Event) map[string][]byte {
	files := map[string][]byte{}
	var words, twos, threes, dat, bin bytes.Buffer
	threes.WriteString("% evt 3.0\n% geometry 128x128\n% end\n")
	twos.WriteString("% evt 2.0\n% geometry 128x128\n% end\n")
	dat.WriteString("% Version 2\n% Width 128\n% Height 128\n\x0c\x08")
	put := func(b *bytes.Buffer, size int, v uint64) {
		for i := range size {
			b.WriteByte(byte(v >> (8 * i)))
		}
	}
	words.WriteString("t,x,y,p\n")
	for _, e := range all {
		on := uint64(bit(e.On))
		put(&twos, 4, 8<<28|uint64(e.T)>>6)
		put(&twos, 4, on<<28|uint64(e.T)&63<<22|uint64(e.X)<<11|uint64(e.Y))
		for _, w := range []uint64{
			8<<12 | uint64(e.T)>>12, 6<<12 | uint64(e.T)&0xfff, uint64(e.Y),
			2<<12 | on<<11 | uint64(e.X),
		} {
			put(&threes, 2, w)
		}
		put(&dat, 8, uint64(e.T)|(uint64(e.X)|uint64(e.Y)<<14|on<<28)<<32)
		b, err := AppendNMNIST(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		bin.Write(b)
	}
	files["dat"], files["bin"] = dat.Bytes(), bin.Bytes()
	files["evt2"], files["evt3"] = twos.Bytes(), threes.Bytes()
	for _, format := range []string{"csv", "npz", "aedat"} {
		var b bytes.Buffer
		w, err := NewWriter(&b, format, Size{128, 128})
		if err != nil {
			t.Fatal(err)
		}
		w.(*checked).Writer.Write(all) // what refuses an event that runs back is passed by
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		files[format] = b.Bytes()
	}
	files["aedat4"] = aedat4File(3, false, all[:len(all)/2], all[len(all)/2:])
	return files
}

// Events that run back or lie outside are an error, or are skipped and counted; or, in any order,
// are all there and can be sorted.
func TestSkipInvalid(t *testing.T) {
	all := backwards(5000)
	small := Size{100, 90}
	for name, data := range unorderedFiles(t, all) {
		o := said(data, Options{})
		if _, err := ReadAll(open(t, data, o)); err == nil ||
			!strings.Contains(err.Error(), "a time of at least") {

			t.Errorf("%s: error %v of a time that runs back", name, err)
		}
		for _, within := range []Size{{}, small} {
			sensor := within
			if within == (Size{}) {
				sensor = Size{128, 128}
			}
			if own := open(t, data, o).Sensor(); own != (Size{}) {
				sensor = Size{min(sensor.Width, own.Width), min(sensor.Height, own.Height)}
			}
			want, skipped := keep(all, sensor)
			o := o
			o.SkipInvalid, o.Skipped, o.Within = true, new(atomic.Int64), within
			got, err := ReadAll(open(t, data, o))
			if err != nil || !slices.Equal(got, want) || o.Skipped.Load() != skipped ||
				skipped < 50 {

				t.Errorf("%s within %v: %d events, %d skipped, %v, want %d and %d", name, within,
					len(got), o.Skipped.Load(), err, len(want), skipped)
			}
		}
		o = said(data, Options{})
		o.AnyOrder = true
		s, err := Sorted(open(t, data, o), len(all))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := slices.Clone(all)
		slices.SortStableFunc(want, func(a, b Event) int { return int(a.T - b.T) })
		if got, err := ReadAll(s); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %d events in order, %v, want %d", name, len(got), err, len(want))
		}
		if _, err := Sorted(open(t, data, o), len(all)-1); err == nil ||
			!strings.Contains(err.Error(), "more than 4999 events") {

			t.Errorf("%s: error %v of too many events", name, err)
		}
	}
	if _, err := Detect(strings.NewReader("t,x,y,p\n1,2,3,1\n"),
		Options{SkipInvalid: true}); err != errUncounted {
		t.Errorf("error %v without a counter", err)
	}
}

// What no Event can hold, or a decoder has to turn by a sensor, is skipped and counted too.
func TestSkipBeyond(t *testing.T) {
	for name, c := range map[string]struct {
		data    string
		o       Options
		events  int
		skipped int64
	}{
		"table": {"t,x,y,p\n1,2,3,1\n2,-1,3,1\n3,70000,3,1\n4,5,6,0\n", Options{}, 2, 2},
		"es": {"Event Stream\x02\x00\x00\x01\x04\x00\x04\x00" + "\x03\x01\x00\x01\x00" +
			"\x03\x09\x00\x01\x00" + "\x03\x01\x00\x01\x00", Options{}, 2, 1},
		"aedat3.0": {"#!AER-DAT3.0\r\n#Source 1: 4x4\r\n" +
			string(packet(1, 8, 0, 2, 2, polarity(10, 1, 1, 1, 1), polarity(20, 1, 9, 1, 1))),
			Options{}, 1, 1},
		"evt3": {"% evt 3.0\n% geometry 4x4\n% end\n" +
			"\x01\x80\x00\x60\x01\x00\x01\x20\x09\x00\x01\x20\x00\x30\x07\x40\x02\x00\x02\x20",
			Options{}, 2, 4},
		"aedat2": {string(testdata(t, "cases/05-aedat2-davis346-out-of-bounds.aedat")), Options{},
			2, 1},
	} {
		o := c.o
		o.SkipInvalid, o.Skipped = true, new(atomic.Int64)
		got, err := ReadAll(open(t, []byte(c.data), o))
		if err != nil || len(got) != c.events || o.Skipped.Load() != c.skipped {
			t.Errorf("%s: %v, %d skipped, %v, want %d and %d", name, got, o.Skipped.Load(), err,
				c.events, c.skipped)
		}
		for i := 1; i < len(got); i++ {
			if got[i].T < got[i-1].T {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}

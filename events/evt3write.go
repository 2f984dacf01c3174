package events

import (
	"encoding/binary"
	"fmt"
	"io"
)

// evt3Gap is the longest time between two events that the writer accepts, as it writes two words
// for every 16.8 s of it.
const evt3Gap Micros = 1 << 34

// newEVT3Writer writes Prophesee RAW with EVT 3.0, an event a word, without vectors.
func newEVT3Writer(w io.Writer, sensor Size) (Writer, error) {
	if err := cannotHold("EVT 3.0", sensor, Size{1 << 11, 1 << 11}); err != nil {
		return nil, err
	}
	header := fmt.Sprintf("%% evt 3.0\n%% format EVT3;height=%d;width=%d\n%% geometry "+
		"%dx%d\n%% end\n", sensor.Height, sensor.Width, sensor.Width, sensor.Height)
	high, low, y := Micros(-1), Micros(0), -1 // the decoder's state; high does not wrap
	return newWordWriter(w, header, func(b []byte, e Event) ([]byte, error) {
		if e.T < 0 || e.T-max(high, 0)<<12 > evt3Gap {
			return b, farTime("EVT 3.0", e.T, "0 or more and at most 2^34 us after the one before")
		}
		word := func(kind, value Micros) {
			b = binary.LittleEndian.AppendUint16(b,
				uint16(kind<<12|value&0xfff))
		}
		if e.T>>12 != high {
			for high = max(high, 0); high>>12 < e.T>>24; high = (high>>12 + 1) << 12 {
				// The clock runs over when its upper part falls from the largest to 0.
				word(8, 0xfff)
				word(8, 0)
			}
			high, low = e.T>>12, 0
			word(8, high)
		}
		if e.T&0xfff != low {
			low = e.T & 0xfff
			word(6, low)
		}
		if int(e.Y) != y {
			y = int(e.Y)
			word(0, Micros(y))
		}
		word(2, Micros(e.X)|Micros(bit(e.On))<<11)
		return b, nil
	})
}

package events

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Many events at once are those that are read one by one, up to the same that is none, for the same
// reason.
func TestNumbers(t *testing.T) {
	kinds := []field{{size: 1, kind: 'u'}, {size: 1, kind: 'i'}, {size: 2, kind: 'u'},
		{size: 2, kind: 'i', big: true}, {size: 4, kind: 'u'}, {size: 4, kind: 'i'},
		{size: 8, kind: 'i'}, {size: 8, kind: 'u'}, {size: 4, kind: 'f'},
		{size: 8, kind: 'f', big: true}}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 7, batch, batch + 1, 2*batch + 9}).Draw(t, "events")
		few := rapid.SampledFrom([]int{10, 300, 3000}).Draw(t, "zeros for each other byte")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var rows [4][]byte
		var step [4]int64
		var fields [4]field
		for i := range fields {
			f := rapid.SampledFrom(kinds).Draw(t, "field")
			f.offset = rapid.IntRange(0, 3).Draw(t, "offset")
			fields[i], step[i] = f, int64(f.offset+f.size)
			rows[i] = make([]byte, step[i]*int64(n))
			for j := range rows[i] {
				if random.IntN(few) == 0 { // else zero, so that most are events
					rows[i][j] = []byte{1, 2, 255, byte(random.Uint32())}[random.IntN(4)]
					if i == 0 {
						rows[i][j] = 1
					}
				}
			}
		}
		unit := rapid.SampledFrom([]string{"us", "ms"}).Draw(t, "unit")
		one, many := newNumbers(fields, timing{unit: unit}, Options{}), newNumbers(fields,
			timing{unit: unit}, Options{})
		var want []Event
		var wantErr *FormatError
		for i := range int64(n) {
			e, err := one.event(rows[0][i*step[0]:], rows[1][i*step[1]:], rows[2][i*step[2]:],
				rows[3][i*step[3]:])
			if err != nil {
				wantErr = err
				break
			}
			want = append(want, e)
		}
		got := make([]Event, n)
		k, err := many.events(got, rows, step)
		if !slices.Equal(got[:k], want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("%d events, %v, want %d, %v", k, err, len(want), wantErr)
		}
	})
}

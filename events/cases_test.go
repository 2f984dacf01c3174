package events

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// series is what many of the cases hold: n events, the i-th at 5 + 100 i us, on where i is odd, at x =
// 7 i modulo 300 and y = 3 i modulo 200.
func series(n int) []Event {
	all := make([]Event, n)
	for i := range all {
		all[i] = Event{Micros(5 + 100*i), uint16(7 * i % 300), uint16(3 * i % 200), i%2 == 1}
	}
	return all
}

// cases are the files of testdata/cases. What each of them is about stands in its name.
var cases = map[string]struct {
	o      Options
	events int // where want are the first of them only
	want   []Event
	says   string // the error, or ""
}{
	"01-aedat2-davis346-no-chip.aedat": {
		want: []Event{{1000, 10, 20, true}, {1010, 200, 100, false}, {1020, 345, 259, true}, {1030, 0, 0, false}, {1040, 17, 5, true}},
	},
	"04-aedat2-dvs128-on-left.aedat": {
		events: 20,
		want:   []Event{{1020, 10, 127 - 20, true}, {1021, 10, 127 - 21, true}},
	},
	"06-aedat2-dvs128-wrap.aedat": {
		want: []Event{{2147483632, 117, 107, true}, {2147483664, 117, 107, true}, {2147483680, 117, 107, true}},
	},
}

func TestCases(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, ok := cases[entry.Name()]; !ok && entry.Name() != "README.md" {
			t.Errorf("%s has no right values", entry.Name())
		}
	}
	for name, c := range cases {
		var got []Event
		r, err := Detect(strings.NewReader(string(testdata(t, filepath.Join("cases", name)))), c.o)
		if err == nil {
			got, err = ReadAll(r)
		}
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: error %v, want %q", name, err, c.says)
			}
			continue
		}
		n := max(c.events, len(c.want))
		if err != nil || len(got) != n || !slices.Equal(got[:len(c.want)], c.want) {
			t.Errorf("%s: %d events, %v, %v, want %d, %v", name, len(got), got[:min(len(got), 5)], err, n, c.want[:min(5, n)])
		}
	}
}

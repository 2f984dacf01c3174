package events

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// series is what many of the cases hold: n events, the i-th at 5 + 100 i us, on where i is odd, at
// x = 7 i modulo 300 and y = 3 i modulo 200.
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
		want: []Event{{1000, 10, 20, true}, {1010, 200, 100, false}, {1020, 345, 259, true},
			{1030, 0, 0, false}, {1040, 17, 5, true}},
	},
	"04-aedat2-dvs128-on-left.aedat": {
		events: 20,
		want:   []Event{{1020, 10, 127 - 20, true}, {1021, 10, 127 - 21, true}},
	},
	"05-aedat2-davis346-out-of-bounds.aedat": {
		says: "want an event inside 346x260 pixels, got x 0, y 306 (--skip-invalid"},
	"06-aedat2-dvs128-wrap.aedat": {
		want: []Event{{2147483632, 117, 107, true}, {2147483664, 117, 107, true},
			{2147483680, 117, 107, true}},
	},
	"13-v2e.txt": {want: []Event{{500_000, 33, 39, true},
		{500_100, 34, 39, false}}},
	"13f-comment-names-xytp.csv": {want: []Event{{2, 0, 1, true}, {3, 1, 1, false}}},
	"17-metavision.csv":          {want: []Event{{1000, 0, 2, false}, {1001, 1, 2, true}}},
	"18-sci.txt": {
		o:      Options{Columns: "t[us] x y p"},
		events: 30,
		want:   []Event{{1000, 33, 39, false}, {1001, 34, 39, true}},
	},
	"20-crlf-bom.csv": {events: 10,
		want: []Event{{1000, 0, 2, false}, {1001, 1, 2, true}}},
	"21b-pandas-index-y01.csv": {want: []Event{{1000, 5, 1, false}, {1010, 6, 0, true},
		{1020, 7, 1, true}}},
	"26-float-us.csv": {o: Options{Columns: "t[us] x y p"}, events: 10,
		want: []Event{{1000, 0, 2, false}, {1001, 1, 2, true}}},
	"34-no-last-newline.csv": {want: []Event{{1000, 1, 2, true}, {1001, 2, 2, false}}},
	"39i-integer-second.txt": {want: []Event{{0, 1, 2, true}, {1, 1, 2, true},
		{1_000_000, 1, 2, true}}},
	"32-events.zip":                     {says: `a zip archive of "events.txt"`},
	"41-aertb-struct-ts-f4-seconds.npy": {want: series(50)},
	"44-plain-txyp-f8-seconds.npy":      {want: series(50)},
	"45-plain-4xN.npy":                  {want: series(50)},
	"51-evimo.npz":                      {want: series(50)},
	"57-fortran.npy": {events: 20,
		want: []Event{{5, 0, 0, false}, {105, 1, 1, true}, {205, 2, 2, false}}},
	"70-v2e-uint32-minus1.h5": {want: series(50)},
	"p1-filter-zstd-32015.h5": {events: 400, want: []Event{{5, 0, 0, false}, {15, 7, 3, true},
		{25, 14, 6, false}}},
	"84-parquet.parquet":       {says: "a Parquet file"},
	"85-lfs-pointer.raw":       {says: "a pointer of Git LFS"},
	"a7-evt3-no-header.raw":    {says: "EVT 3.0 without the header"},
	"b6-evt2-space-header.raw": {says: `lines begin with "%" alone`},
	"f1-zeros.bin":             {says: "zeros alone in its first 1000 bytes"},
	"m7-v4.mat":                {want: matlabSeries()},
	"m3-TD-ts-p12.mat":         {want: matlabSeries()},
	"m5-matrix.mat":            {want: matlabSeries()},

	"d1-decimal-comma.csv": {
		want: []Event{{500_000, 1, 2, true}, {1_500_000, 3, 4, false}, {2_500_000, 5, 6, true}},
	},
	"d2-comment-unit-behind-space.txt": {want: []Event{{5000, 1, 2, true}, {6000, 2, 3, false}}},
	"d3-comment-format.txt":            {want: []Event{{5, 1, 2, true}, {6, 2, 3, false}}},
	"d4-sentence-unit.csv":             {says: "a comment with the word for ms"},
	"d5-sentence-order.txt":            {says: "want the order of the columns"},
	"d6-unknown-names.csv": {
		says: `(--columns "x y t p" says it of all 4 in their order`},
	"d7-quoted.csv":     {want: []Event{{5, 1, 2, true}, {6, 2, 3, false}}},
	"e1-x-halves.npy":   {says: "want x as a whole number, got 0.5"},
	"e2-p-fraction.npz": {says: "want in element 1 p as a whole number, got 0.7"},
	"e3-ns-epoch.npy": {
		want: []Event{{1700000000123457, 1, 2, true}, {1700000000123458, 2, 3, false}},
	},
	"e4-unknown-fields.npy":          {o: Options{Columns: "t x y p"}, want: series(10)},
	"e5-events-and-labels.npz":       {want: series(10)},
	"e6-plain-xytp.npy":              {says: `columns t, x, y, p are assumed; --columns "x y t p"`},
	"g1-x-halves.h5":                 {says: "want x as a whole number (event 0), got 0.5"},
	"g2-t_offset-seconds.h5":         {want: later(series(10), 12_500_000)},
	"g3-t_offset-of-another-kind.h5": {says: "want t_offset and t both integers or both floats"},
	"g4-unit-attribute.h5":           {want: series(10)},
	"g5-pytables.h5":                 {want: series(10)},
	"h1-rpg-xyp.npz":                 {want: series(10)},
	"h2-xyp-fortran.npz":             {want: series(10)},
	"h3-txy-3xN.npz":                 {want: series(10)},
	"h4-xytp-alone.npz":              {want: series(10)},
	"h5-esim.npz":                    {o: Options{Columns: "t[ns] x y p"}, want: series(10)},
	"k4-AedatTools.mat":              {want: series(10)},
	"k5-level4-columns.mat":          {want: series(10)},
	"k6-level4-big-endian.mat":       {want: series(10)},
	"k1-struct-array.mat":            {says: "TD (several structures)"},
	"k2-nested.mat":                  {want: series(10)},
	"k3-TD-EM.mat":                   {o: Options{Group: "EM"}, want: later(series(10), 7)},
}

// matlabSeries is what the .mat files of the cases hold.
func matlabSeries() []Event {
	all := series(40)
	for i := range all {
		all[i].X, all[i].Y = uint16(i%30), uint16(i%20)
	}
	return all
}

// later is events so much later.
func later(all []Event, by Micros) []Event {
	for i := range all {
		all[i].T += by
	}
	return all
}

// What the data contradict is an error that names the option.
func TestGuessedUnits(t *testing.T) {
	times := func(n int, format string, gap float64) string {
		text := ""
		for i := range n {
			text += fmt.Sprintf(format+" 1 2 1\n", float64(i)*gap)
		}
		return text
	}
	const names = "t[us] x y p"
	for _, c := range []struct {
		name, text string
		o          Options
		says       string
	}{
		{"floats of whole us", string(testdata(t, "cases/26-float-us.csv")), Options{},
			"for s it makes 10 events over 9 s, all at whole seconds"},
		{"with an exponent", string(testdata(t, "cases/18-sci.txt")), Options{},
			"all at whole seconds"},
		{"few whole seconds", "1.0 1 2 1\n2.0 1 2 1\n", Options{}, ""},
		{"floats of us", times(20, "%.1f", 1000.5), Options{}, "20 events over 1.901e+04 s"},
		{"integers of ns", times(20, "%.0f", 2e6), Options{}, "20 events over 38 s"},
		{"integers of s", strings.Repeat("0 1 2 1\n", 2000) + "1 1 2 1\n", Options{},
			"2001 events over 1e-06 s"},
		{"as the option says", times(20, "%.1f", 1000.5), Options{Columns: names}, ""},
		{"slow, as the option says", times(20, "%.0f", 2e6), Options{Columns: names}, ""},
		{"fast, as the option says", strings.Repeat("0 1 2 1\n", 2000) + "1 1 2 1\n",
			Options{Columns: names}, ""},
		{"fewer than show it", times(15, "%.0f", 2e6), Options{}, ""},
		{"at one time", strings.Repeat("5 1 2 1\n", 50), Options{}, ""},
	} {
		_, err := ReadAll(open(t, []byte(c.text), c.o))
		if c.says == "" && err == nil {
			continue
		}
		if c.says == "" || err == nil || !strings.Contains(err.Error(), c.says) ||
			!strings.Contains(err.Error(), `--columns "t[us] x y p"`) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.says)
		}
	}
	slow := times(20, "%.0f", 2e6)
	for _, r := range []Reader{
		between(t, open(t, []byte(slow), Options{}),
			Window{From: new(Micros(2e6)), Until: new(Micros(37e6))}),
		Limited(open(t, []byte(slow), Options{}), 100),
		between(t, Limited(open(t, []byte(slow), Options{}), 100),
			Window{Until: new(Micros(37e6))}),
	} {
		if _, err := ReadAll(r); err == nil || !strings.Contains(err.Error(),
			"want the unit of t") {
			t.Errorf("error %v of a part", err)
		}
	}
}

// seedCases adds the cases of these formats to a corpus.
func seedCases(f *testing.F, add func(data []byte), endings ...string) {
	for name := range cases {
		if slices.Contains(endings, filepath.Ext(name)) {
			add(testdata(f, filepath.Join("cases", name)))
		}
	}
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
		r, err := DetectNamed(strings.NewReader(string(testdata(t, filepath.Join("cases", name)))),
			name, c.o)
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
			t.Errorf("%s: %d events, %v, %v, want %d, %v", name, len(got), got[:min(len(got), 5)],
				err, n, c.want[:min(5, n)])
		}
	}
}

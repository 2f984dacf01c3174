package events

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	want := []Event{{1500000, 3, 4, true}, {1500001, 5, 6, false}}
	for text, o := range map[string]Options{
		"t,x,y,p\n1500000,3,4,1\n1500001,5,6,0\n":                                       {},
		"1500000 3 4 1\n1500001 5 6 -1\n":                                               {},
		"# made by hand\r\n\r\n1500000\t3\t4\ttrue\r\n1500001\t5\t6\tFalse\r\n":         {},
		"240 180\n1.500000000 3 4 1\n1.500001 5 6 0\n":                                  {},
		"\"x\"; \"y\"; \"pol\"; \"timestamp\"\n3; 4; on; 1500000\n5; 6; off; 1500001\n": {},
		"id,timestamp_ms,x,y,polarity\n0,1500,3,4,1\n1,1500.0009,5,6,0\n":               {},
		"x,y,t[ns],p\n3,4,1500000000,1\n5,6,1500000500,0\n":                             {},
		"x,y,t(us),p\n3,4,1.5e+06,1\n5,6,1.500001e+06,0\n":                              {},
		"3 4 1 1500\n5 6 0 1500.001\n": {
			Columns: "x y p t[ms]"},
		"3,4,9,1,1500000\n5,6,9,0,1500001\n": {
			Columns: "x,y,z,p,t"},
		"\ufeffx,y,p,t\r\n3,4,1,1500000\r\n5,6,0,1500001":                           {},
		"# x y p t\n3 4 1 1500000\n5 6 0 1500001\n":                                 {},
		"# a polarity p of x and y at time t in us\n1500000 3 4 1\n1500001 5 6 0\n": {},
		",t,x,y,p\n7,1500000,3,4,1\n9,1500001,5,6,0\n":                              {},
		"\"t\" \"x\" \"y\" \"p\"\n\"1\" 1500000 3 4 1\n\"2\" 1500001 5 6 0\n":       {},
		"        t  x  y  p\n0  1500000  3  4  1\n1  1500001  5  6  0\n":            {},
		"%geometry:640,480\n3,4,1,1500000\n5,6,0,1500001\n":                         {},
		"1.5 3.0 4.000e+00 1.000e+00\n1.500001e+00 5e0 6 0e0\n":                     {},
		"t,x,y,p\n1500000.0,3.0,4.0,1.0\n1500001.0,5.0,6.0,-1.0\n": {
			Columns: "t[us] x y p"},
		"t|x|y|p\n1500000|3|4|1\n1500001|5|6|0\n":                                           {},
		"% made in MATLAB\n% t x y p\n1500000 3 4 1\n1500001 5 6 0\n":                       {},
		"Unnamed: 0,t,x,y,p\n0,1500000,3,4,1\n1,1500001,5,6,0\n":                            {},
		"timestamp [us],x [px],y (px),polarity [0/1]\n1500000,3,4,1\n1500001,5,6,0\n":       {},
		"event_t_us,event_x,event_y,event_pol\n1500000,3,4,1\n1500001,5,6,0\n":              {},
		"t,x,y,p,note\n1500000,3,4,1,\"a, b\"\n1500001,5,6,0,\"c; d\"\n":                    {},
		"# Format: t, x, y, p\n1500000, 3, 4, 1\n1500001, 5, 6, 0\n":                        {},
		strings.Repeat("# a comment of many lines\n", 300) + "1500000 3 4 1\n1500001 5 6 0": {},
	} {
		r, err := detect([]byte(text), o)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, err := ReadAll(r)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestTableRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"t,x,y,p\n1,2,3,1\n4,5,6\n": `table, byte 16: want 4 columns with t, x, y and p, got "4,` +
			`5,6" (3 columns)`,
		"t,x,y,p\n1,2,3,1\n4,5,6,7\n":     "(p: want 0, -1 or 1, true or false, on or off)",
		"t,x,y,p\n1,2,3,1\n4,-5,6,1\n":    "(x: want a whole number of pixels, 0 to 65535)",
		"t,x,y,p\n1,2,3,1\n4,5,65536,1\n": "(y: want a whole number of pixels, 0 to 65535)",
		"t,x,y,p\nsoon,2,3,1\n":           "(t: want a number",
		"1 2 3 1\n0 2 3 1\n":              "byte 8: want a time of at least 1 us",
		"t,x,y,p\n1,2,3,1\n4,5,6,1,2\n": `want 4 columns with t, x, y and p, got "4,5,6,1,2" (5 ` +
			`columns)`,
		"0 1 2 3 1\n1 1 2 3 1\n": `byte 0: want 4 columns with t, x, y and p (--columns "t x y ` +
			`p" names those of others), got 5, as in "0 1 2 3 1"`,
		"t,x,y,p\n9,1,2,3,1\n9,1,2,3,1\n": `byte 8: want 4 columns with t, x, y and p (--columns`,
		"1 2 3 1\n4 5 6": `byte 8: want 4 columns with t, x, y and p, got "4 5 ` +
			`6" (3 columns)`,
		strings.Repeat("1 2 3 1\n", 600) +
			"1.5 2 3 1\n": `want a whole number, as the first ones are, or the unit of t, s, ms, ` +
			`us or ns, as in --columns "t[us] x y p"`,
		"a b c d\n1 2 3 1\n":           `got "a b c d"`,
		"1;2,5;3;1\n":                  "(x: want a whole number of pixels, 0 to 65535)",
		"t,x,y,p\n1,2,3,\"1\n":         "(p: want",
		"a,b\n1,2\n":                   `text that begins with "a,b", want a recording`,
		"99999999999999999999 2 3 1\n": "want a number, in us below 2^62",
	} {
		if _, err := readAll([]byte(text)); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("%q: error %v, want one line with %q", text, err, want)
		}
	}
	for columns, want := range map[string]string{
		"x y t p":     `columns "x y t p", but the file names them "t[ms] x y p"`,
		"t[us] x y p": `columns "t[us] x y p": the file says that t is in ms`,
	} {
		_, err := Detect(strings.NewReader("t[ms] x y p\n1 2 3 1\n"), Options{Columns: columns})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := Detect(strings.NewReader("1 2 3 1\n"), Options{Columns: "t x p"}); err == nil ||
		!strings.Contains(err.Error(), "y has no column") {

		t.Errorf("error %v", err)
	}
}

func TestTableCuts(t *testing.T) {
	testCuts(t, "table", written(t, "sample_ncars.dat", "csv"))
}

func FuzzTable(f *testing.F) {
	f.Add("t,x,y,p\n1,2,3,1\n4,5,6,0\n")
	f.Add("240 180\n1.5 3 4 1\n# x\n1.75e0 5 6 -1\n")
	seedCases(f, func(data []byte) { f.Add(string(data)) }, ".csv", ".txt")
	f.Fuzz(func(t *testing.T, text string) { readAll([]byte(text)) })
}

// Lines that are read quickly are read as those that are read slowly, whatever stands in them.
func TestQuickLines(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	words := []string{"0", "1", "-1", "7", "65535", "65536", "12.5", "3.", ".5", "0.0000005",
		"1.9999995", "12345678901", "123456789012345678", "1e3", "-3", "+4", "x", "\"1\"", "true",
		"", "0.1234564", "0.12345651", "00012", "#", "%"}
	between := []string{",", " ", "\t", ";", ", ", " \r", ",,"}
	quickly := 0
	for range 200_000 {
		d := &table{columns: columns{at: [4]int{0, 1, 2, 3}, n: 4}}
		d.timing.unit = []string{"s", "ms", "us", "ns"}[random.IntN(4)]
		d.timing.guessed = random.IntN(2) == 0
		if random.IntN(3) == 0 {
			d.columns = columns{at: [4]int{4, 1, 0, 2}, n: 5}
		}
		line := ""
		for i := range d.columns.n + random.IntN(40)/39 {
			word := fmt.Sprint(random.IntN(700))
			switch {
			case random.IntN(8) == 0:
				word = words[random.IntN(len(words))]
			case i == d.columns.at[3]:
				word = fmt.Sprint(random.IntN(2))
			case i == d.columns.at[0] && random.IntN(2) == 0:
				word = fmt.Sprintf("%.*f", random.IntN(9), random.Float64()*1000)
			}
			if i > 0 {
				line += between[random.IntN(len(between))]
			}
			line += word
		}
		line += []string{"\n", "\r\n", " \n", ""}[random.IntN(4)]
		q := d.quickly()
		got, length := q.line([]byte(line))
		if length == 0 {
			continue
		}
		quickly++
		d.fields = fieldsOf([]byte(strings.TrimSuffix(line, "\n")), nil)
		want, err := d.event()
		if err != nil || got != want || length != len(line) || isComment([]byte(line)) {
			t.Fatalf("%q in %s: %+v in %d bytes, want %+v, %v", line, d.timing.unit, got, length,
				want, err)
		}
	}
	if quickly < 50_000 {
		t.Errorf("%d lines were read quickly, want most", quickly)
	}
}

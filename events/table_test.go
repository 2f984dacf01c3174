package events

import (
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
		"3 4 1 1500\n5 6 0 1500.001\n":                                                  {Columns: "x y p t[ms]"},
		"3,4,9,1,1500000\n5,6,9,0,1500001\n":                                            {Columns: "x,y,z,p,t"},
	} {
		r, err := Detect(strings.NewReader(text), o)
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
		"t,x,y,p\n1,2,3,1\n4,5,6\n":       `table, byte 16: want 4 columns with t, x, y and p, got "4,5,6" (3 columns)`,
		"t,x,y,p\n1,2,3,1\n4,5,6,7\n":     "(p: want 0, -1 or 1, true or false, on or off)",
		"t,x,y,p\n1,2,3,1\n4,-5,6,1\n":    "(x: want a pixel, 0 to 65535)",
		"t,x,y,p\n1,2,3,1\n4,5,65536,1\n": "(y: want a pixel, 0 to 65535)",
		"t,x,y,p\nsoon,2,3,1\n":           "(t: want a number",
		"1 2 3 1\n0 2 3 1\n":              "byte 8: want a time of at least 1 us",
		"1 2 3 1\n4 5 6 1":                "byte 8: want the end of a line, got 7 at the end of the file",
		"1e6 2 3 1\n":                     "want a unit for a number with an exponent",
		"a,b\n1,2\n":                      `text that begins with "a,b", want a recording`,
		"99999999999999999999 2 3 1\n":    "want a number, in us below 2^62",
	} {
		if _, err := readAll([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v, want one line with %q", text, err, want)
		}
	}
	if _, err := Detect(strings.NewReader("1 2 3 1\n"), Options{Columns: "t x p"}); err == nil || !strings.Contains(err.Error(), "no column of y") {
		t.Errorf("error %v", err)
	}
}

func TestTableCuts(t *testing.T) {
	testCuts(t, "table", written(t, "sample_ncars.dat", "csv"))
}

func FuzzTable(f *testing.F) {
	f.Add("t,x,y,p\n1,2,3,1\n4,5,6,0\n")
	f.Add("240 180\n1.5 3 4 1\n# x\n1.75e0 5 6 -1\n")
	f.Fuzz(func(t *testing.T, text string) { readAll([]byte(text)) })
}

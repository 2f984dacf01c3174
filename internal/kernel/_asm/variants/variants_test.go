package variants

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// whole is a set that has all forms, matrix products of some rows, and a kernel of one function.
func whole(name string, rows int) Set {
	s := Set{Name: name, GemmColumns: 32}
	for i := range rows {
		s.Add(fmt.Sprintf("gemm%dx16", i+1), "func()")
		s.Add(fmt.Sprintf("gemm%dx32", i+1), "func()")
	}
	for _, f := range forms {
		f.value(nil, func(name string) error {
			s.Add(name, "func()")
			return nil
		}, "")
	}
	s.Add("widen", "func(n int)")
	return s
}

// Each function stands once in the tables, where its name says; of the matrix products each set has
// as many as it has.
func TestSource(t *testing.T) {
	a, b := whole("one", 3), whole("two", 2)
	text, err := Source(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Set{a, b} {
		for name := range s.Signatures {
			want := 1
			if n := bytes.Count(text, []byte(name+s.Suffix())); n != want {
				t.Errorf("%s%s stands %d times in the tables, want %d", name, s.Suffix(), n, want)
			}
		}
	}
	for _, want := range []string{
		"[]gemmTile{gemm1x32ONE, gemm2x32ONE, gemm3x32ONE}",
		"[]gemmTile{gemm1x32TWO, gemm2x32TWO}",
		"[2]func(){adamONE, adamWONE}",
		"[4]scatterFunc[float32, float32]{scatterSpikes8ONE, scatterSpikes16ONE",
		"{{{lifBackwardRectangleHardONE, lifBackwardTriangleHardONE, lifBackwardArctanHardONE}, {" +
			"lifBackwardRectangleSoftONE",
		"}, {{lifBackwardRectangleHardAttachedONE, ",
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the tables lack %s:\n%s", want, text)
		}
	}
}

// A set that lacks a function, or has one that no table takes, is an error that names it.
func TestSourceErrors(t *testing.T) {
	for name, change := range map[string]func(signatures map[string]string){
		"widen":     func(s map[string]string) { delete(s, "widen") },
		"narrow":    func(s map[string]string) { s["narrow"] = "func()" },
		"sumRows32": func(s map[string]string) { delete(s, "sumRows32") },
		"sumRows8":  func(s map[string]string) { s["sumRows8"] = "func()" },
		"adamW":     func(s map[string]string) { delete(s, "adamW") },
		"gemm3x32":  func(s map[string]string) { delete(s, "gemm2x32") },
		"gemm":      func(s map[string]string) { maps.DeleteFunc(s, isGemm) },
	} {
		a, b := whole("one", 3), whole("two", 3)
		change(b.Signatures)
		for _, sets := range [][]Set{{a, b}, {b, a}} {
			if _, err := Source(sets...); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}

func isGemm(name, _ string) bool { return strings.HasPrefix(name, "gemm") }

package report

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssnn/train"
)

// answers are 8 of 10, 5 of 10 and 3 of 3 right.
var answers = train.Evaluation{Samples: 23, Accuracy: 16. / 23, Confusion: [][]int{{8, 2, 0}, {1, 5, 4}, {0, 0, 3}}}

// A row of the table of a page is a class, a column an answer, and its shade the share of the class.
func TestConfusionTable(t *testing.T) {
	m := measured(t, run(t, "x", 2))
	m.Classes, m.Answers = []string{"a", "b", "c"}, answers
	var page bytes.Buffer
	if _, err := Write(&page, "one run", "by a test", []*Measured{m}); err != nil {
		t.Fatal(err)
	}
	cells := regexp.MustCompile(`<td style="background:([^;]*);[^"]*">([^<]*)</td>`)
	var got []string
	for i, class := range m.Classes {
		row := regexp.MustCompile(`<tr><th>` + class + `</th>(.*)</tr>`).FindStringSubmatch(page.String())
		if row == nil {
			t.Fatalf("no row of class %s", class)
		}
		for j, cell := range cells.FindAllStringSubmatch(row[1], -1) {
			got = append(got, cell[2])
			c := ramp(float64(answers.Confusion[i][j]) / []float64{10, 10, 3}[i])
			if want := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B); cell[1] != want {
				t.Errorf("%s taken for %s: shade %s, want %s", class, m.Classes[j], cell[1], want)
			}
		}
	}
	if want := []string{"8", "2", "", "1", "5", "4", "", "", "3"}; !slices.Equal(got, want) {
		t.Errorf("cells %q, want %q", got, want)
	}
	mistakes := regexp.MustCompile(`<tr><td>(.)</td><td>(.)</td><td class="n">(.* of .*)</td></tr>`).FindAllStringSubmatch(page.String(), -1)
	got = nil
	for _, row := range mistakes {
		got = append(got, strings.Join(row[1:], " "))
	}
	if want := []string{"b c 4 of 10", "a b 2 of 10", "b a 1 of 10"}; !slices.Equal(got, want) {
		t.Errorf("mistakes %q, want %q", got, want)
	}
}

// The ends are Wilson's for 8 of 10, 5 of 10 and 3 of 3, worked out from his formula with z = 1.96: the last is 3/(3+z^2) to 1.
func TestClassEstimates(t *testing.T) {
	m := &Measured{Classes: []string{"a", "b", "c", "none"}, Answers: train.Evaluation{Confusion: append(slices.Clone(answers.Confusion), []int{0, 0, 0, 0})}}
	got := (&shown{Measured: m}).classEstimates()
	want := []Estimate{{Name: "a (10)", Low: 49.02, Middle: 80, High: 94.33}, {Name: "b (10)", Low: 23.66, Middle: 50, High: 76.34}, {Name: "c (3)", Low: 43.85, Middle: 100, High: 100}}
	if len(got) != len(want) {
		t.Fatalf("%d classes, want %d: those with recordings", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.Name != w.Name || math.Abs(g.Low-w.Low) > 0.005 || math.Abs(g.Middle-w.Middle) > 1e-9 || math.Abs(g.High-w.High) > 0.005 {
			t.Errorf("%s: %.2f, %.2f to %.2f, want %+v", g.Name, g.Middle, g.Low, g.High, w)
		}
	}
}

package report

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssnn/train"
)

// answers are 8 of 10, 5 of 10 and 3 of 3 right.
var answers = train.Evaluation{Samples: 23, Accuracy: 16. / 23, Balanced: 2.3 / 3,
	Confusion: [][]int{{8, 2, 0}, {1, 5, 4}, {0, 0, 3}}}

// A row of the table of a page is a class, a column an answer, and its shade the share of the
// class.
func TestConfusionTable(t *testing.T) {
	m := measured(t, run(t, "x", 2))
	m.Classes, m.Answers = []string{"a", "b", "c"}, answers
	var page bytes.Buffer
	if _, err := Write(&page, "one run", "by a test", []*Measured{m}); err != nil {
		t.Fatal(err)
	}
	cells := regexp.MustCompile(`<td style="background:([^;"]*)[^"]*">([^<]*)</td>`)
	var got []string
	for i, class := range m.Classes {
		row := regexp.MustCompile(`<tr><th>` + class +
			`</th>(.*)</tr>`).FindStringSubmatch(page.String())
		if row == nil {
			t.Fatalf("no row of class %s", class)
		}
		for j, cell := range cells.FindAllStringSubmatch(row[1], -1) {
			got = append(got, cell[2])
			c := ramp(float64(answers.Confusion[i][j]) / []float64{10, 10, 3}[i])
			want := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
			if answers.Confusion[i][j] == 0 {
				want = "transparent"
			}
			if cell[1] != want {
				t.Errorf("%s taken for %s: shade %s, want %s", class, m.Classes[j], cell[1], want)
			}
		}
	}
	if want := []string{"8", "2", "", "1", "5", "4", "", "", "3"}; !slices.Equal(got, want) {
		t.Errorf("cells %q, want %q", got, want)
	}
	for _, want := range []string{
		// of 16 of 23
		"<tr><th>95&nbsp;% interval (Wilson)</th><td>49.1 % to 84.4 % (23 recordings)</td>",
		"<tr><th>balanced by class</th><td>76.7 %</td>",
		// see TestBalanced
		"<tr><th>95&nbsp;% interval (Price, Bonett)</th><td>53.3 % to 87.4 %</td>",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	mistakes := regexp.MustCompile(`<tr><td>(.)</td><td>(.)</td><td class="n">(.* of `+
		`.*)</td></tr>`).FindAllStringSubmatch(page.String(), -1)
	got = nil
	for _, row := range mistakes {
		got = append(got, strings.Join(row[1:], " "))
	}
	if want := []string{"b c 4 of 10", "a b 2 of 10", "b a 1 of 10"}; !slices.Equal(got, want) {
		t.Errorf("mistakes %q, want %q", got, want)
	}
}

// The ends are Wilson's for 8 of 10, 5 of 10 and 3 of 3, worked out from his formula with z = 1.96:
// the last is 3/(3+z^2) to 1.
func TestClassEstimates(t *testing.T) {
	m := &Measured{Classes: []string{"a", "b", "c", "none"},
		Answers: train.Evaluation{Confusion: append(slices.Clone(answers.Confusion),
			[]int{0, 0, 0, 0})}}
	got := (&shown{Measured: m}).classEstimates()
	want := []Estimate{{Name: "a (10)", Low: 49.02, Middle: 80, High: 94.33},
		{Name: "b (10)", Low: 23.66, Middle: 50, High: 76.34},
		{Name: "c (3)", Low: 43.85, Middle: 100, High: 100}}
	if len(got) != len(want) {
		t.Fatalf("%d classes, want %d: those with recordings", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.Name != w.Name || math.Abs(g.Low-w.Low) > 0.005 ||
			math.Abs(g.Middle-w.Middle) > 1e-9 || math.Abs(g.High-w.High) > 0.005 {

			t.Errorf("%s: %.2f, %.2f to %.2f, want %+v", g.Name, g.Middle, g.Low, g.High, w)
		}
	}
}

// Of 8 of 10, 5 of 10 and 3 of 3, by hand: (8+2/3)/(10+4/3) = 0.76471, 0.5 and (3+2/3)/(3+4/3) =
// 0.84615, of which the mean is 0.70362; their variances 0.015876, 0.022059 and 0.030041, of whose
// sum a third of the root is 0.086907. Of one class, 15 of 148, Agresti and Coull's with 17 of 152:
// 0.11184, 0.025564.
func TestBalanced(t *testing.T) {
	for _, c := range []struct {
		confusion [][]int
		low, high float64
	}{
		{answers.Confusion, .70362 - 1.96*.086907, .70362 + 1.96*.086907},
		{append(slices.Clone(answers.Confusion), []int{0, 0, 0, 0}), .70362 - 1.96*.086907,
			.70362 + 1.96*.086907},
		{[][]int{{15, 133}, {0, 0}}, .11184 - 1.96*.025564, .11184 + 1.96*.025564},
		{[][]int{{0, 0}, {0, 0}}, 0, 1},
	} {
		low, high := BalancedInterval(train.Evaluation{Confusion: c.confusion})
		if math.Abs(low-c.low) > 2e-5 || math.Abs(high-c.high) > 2e-5 {
			t.Errorf("%v: %.5f to %.5f, want %.5f to %.5f", c.confusion, low, high, c.low, c.high)
		}
	}
}

// Some 95 % of the intervals hold the mean of the classes' true shares, where these are near 1 too.
func TestBalancedHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ lowest, highest float64 }{{0.5, 0.5}, {0.7, 1}, {0.95, 0.99}} {
		const sets, classes = 4000, 12
		held := 0
		for range sets {
			confusion := make([][]int, classes)
			mean := 0.
			for i := range confusion {
				p := c.lowest + (c.highest-c.lowest)*float64(i)/(classes-1)
				mean += p / classes
				confusion[i] = make([]int, classes)
				for range 15 + 2*i {
					if rng.Float64() < p {
						confusion[i][i]++
					} else {
						confusion[i][(i+1)%classes]++
					}
				}
			}
			if low, high := BalancedInterval(train.Evaluation{Confusion: confusion}); low <= mean &&
				mean <= high {

				held++
			}
		}
		if share := 100 * float64(held) / sets; share < 94 || share > 97.5 {
			t.Errorf("shares from %v to %v: %.1f %% of the intervals hold the mean, want 95",
				c.lowest, c.highest, share)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"ssnn/train"
)

// Of a class without recordings nothing is said. The intervals are Wilson's by hand: (p + z^2/2n -+
// z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n) with z = 1.96; that of the balanced accuracy is 7/12
// -+ z sqrt((1/2 1/2 / 4 + 2/3 1/3 / 6) / 4), see report.BalancedInterval.
func TestTested(t *testing.T) {
	e := train.Evaluation{Samples: 6, Accuracy: 4. / 6, Balanced: .625, Loss: .5,
		Confusion: [][]int{{1, 0, 1}, {0, 0, 0}, {1, 0, 3}}}
	classes := []string{"left", "none", "right"}
	all := newTested(e, classes)
	var out bytes.Buffer
	if err := all.print(console{out: &out, err: nil}, classes); err != nil {
		t.Fatal(err)
	}
	const want = `accuracy 66.67 % of 6 recordings (95 % interval 30.0 to 90.3), ` +
		`balanced by class 62.50 % (27.4 to 89.3), loss 0.5000
  class  recordings  accuracy  95 % interval
   left           2    50.0 %    9.5 to 90.5
  right           4    75.0 %   30.1 to 95.4
       left none right  (rows: class, columns: answer)
  left    1    .     1
  none    .    .     .
 right    1    .     3
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	right := back["classes"].([]any)[1].(map[string]any)
	if low := back["low"].(float64); back["samples"] != 6. || back["accuracy"] != 4./6 ||
		low < .29 || low > .31 || right["class"] != "right" || right["samples"] != 4. ||
		right["accuracy"] != .75 || right["low"].(float64) > .302 {

		t.Errorf("%s", text)
	}
}

// A matrix that would be wider than a window has numbers above its columns.
func TestWideConfusion(t *testing.T) {
	names := []string{"counterclockwise", "grüßen", "pulse-fast", "pulse-slow", "swing-fast",
		"swing-slow", "inward", "outward", "clockwise", "left", "right"}
	confusion := make([][]int, len(names))
	for i := range confusion {
		confusion[i] = make([]int, len(names))
		confusion[i][i] = 1000 + i
	}
	confusion[0][1] = 7
	var out bytes.Buffer
	if err := printConfusion(console{out: &out}, names, confusion); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	const (
		head   = "                       1    2    3    4    5    6    7    8    9   10   11  ("
		first  = " counterclockwise 1 1000    7    .    .    .    .    .    .    .    .    ."
		second = "           grüßen 2    . 1001    .    .    .    .    .    .    .    .    ."
	)
	if len(lines) != 12 || !strings.HasPrefix(lines[0], head) || lines[1] != first ||
		lines[2] != second {

		t.Errorf("got\n%s", &out)
	}
}

package snn

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A model that is cut into stages is still the model, item by item, and each stage has the given
// number of units.
func TestCut(t *testing.T) {
	const no = "that split no block and add up to "
	for _, c := range []struct {
		model string
		units []int
		want  string // first items of the stages, or the end of an error
	}{
		{"vgg9", []int{1, 3, 3, 1}, "conv 8, conv 16, conv 64, conv 64"},
		{"vgg9", []int{2, 2, 2, 2}, "conv 8, conv 32, conv 64, conv 64"},
		{"vgg9", []int{8}, "conv 8"},
		{"vgg9", []int{0, 1, 7}, "avgpool 1, conv 8, conv 16"},
		{"resnet18", []int{5, 12}, "conv 8, block 16 2"},
		{"resnet18", []int{2, 15}, no + "17"},
		{"vgg9", []int{4, 3}, no + "8"},
		{"vgg9", []int{4, 5}, no + "8"},
		{"vgg9", []int{7, 1, 1}, no + "8"},
		{"vgg9", []int{1, 0, 7}, no + "8"},
		{"vgg9", []int{-1, 9}, no + "8"},
	} {
		whole, err := Model(c.model, 0.125, []int{1})
		if err != nil {
			t.Fatal(err)
		}
		stages, err := Cut(whole.Stages[0], c.units)
		if err != nil {
			if !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%s %v: error %v, want %s", c.model, c.units, err, c.want)
			}
			continue
		}
		var first []string
		for i, s := range stages {
			first = append(first, s[0].String())
			n := 0
			for _, it := range s {
				n += it.Units()
			}
			if n != c.units[i] {
				t.Errorf("%s %v: stage %d has %d units", c.model, c.units, i, n)
			}
		}
		if got := strings.Join(first, ", "); got != c.want {
			t.Errorf("%s %v: stages begin with %s, want %s", c.model, c.units, got, c.want)
		}
		if c.units[0] == 0 {
			stages = stages[1:]
		}
		got, want := fmt.Sprint(slices.Concat(stages...)), fmt.Sprint(whole.Stages[0])
		if got != want {
			t.Errorf("%s %v: items %s, want %s", c.model, c.units, got, want)
		}
	}
}

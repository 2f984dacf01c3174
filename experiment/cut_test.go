package experiment

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ssnn/recipes"
)

// A model that is cut into stages is the model, item by item, and so many units stand in each stage.
func TestCutModel(t *testing.T) {
	for _, c := range []struct {
		model string
		units []int
		want  string // first items of the stages, or an error
	}{
		{"vgg9", []int{1, 3, 3, 1}, "conv 8, conv 16, conv 64, conv 64"},
		{"vgg9", []int{2, 2, 2, 2}, "conv 8, conv 32, conv 64, conv 64"},
		{"vgg9", []int{8}, "conv 8"},
		{"resnet18", []int{5, 12}, "conv 8, block 16 2"},
		{"resnet18", []int{2, 15}, "network.model resnet18, width 0.125: it has no stages of 2+15 units"},
		{"vgg9", []int{4, 3}, "network.model vgg9, width 0.125: it has no stages of 4+3 units"},
		{"vgg9", []int{4, 5}, "network.model vgg9, width 0.125: it has no stages of 4+5 units"},
		{"vgg9", []int{7, 1, 1}, "network.model vgg9, width 0.125: it has no stages of 7+1+1 units"},
	} {
		r, err := recipes.Load("motion")
		if err != nil {
			t.Fatal(err)
		}
		r.Network.Model, r.Network.T = c.model, []int{1}
		whole, err := r.Resolve(2)
		if err != nil {
			t.Fatal(err)
		}
		cut, err := cutModel(r, c.units)
		if err != nil {
			if err.Error() != c.want {
				t.Errorf("%s %v: error %v, want %s", c.model, c.units, err, c.want)
			}
			continue
		}
		var first []string
		for i, s := range cut.Network.Stages {
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
		if got, want := fmt.Sprint(slices.Concat(cut.Network.Stages...)), fmt.Sprint(whole.Network.Stages[0]); got != want {
			t.Errorf("%s %v: items %s, want %s", c.model, c.units, got, want)
		}
	}
}

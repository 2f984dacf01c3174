package train

import (
	"slices"
	"testing"
)

func TestSilence(t *testing.T) {
	for _, c := range []struct {
		rates []Rate
		want  []string
	}{
		{nil, nil},
		{[]Rate{{"stages.0.0.lif", 0.1}, {"stages.1.0.lif", 0.2}}, nil},
		{[]Rate{{"stages.0.0.lif", 0.1}, {"stages.1.0.lif", 0}, {"stages.1.1.lif", 0.9e-4}},
			[]string{"stage 2 is silent"}},
		{[]Rate{{"stages.1.0.lif1", 0}, {"stages.1.0.lif2", 0.1}},
			[]string{"stage 2, layer stages.1.0.lif1 is silent"}},
		{[]Rate{{"stages.1.0.lif", 0}, {"stages.1.1.lif", 1}}, []string{
			"stage 2, layer stages.1.0.lif is silent",
			"stage 2, layer stages.1.1.lif fires at every timestep"}},
		{[]Rate{{"stages.11.0.lif", 1}, {"early.0.unit.lif", 0}}, []string{
			"stage 12 fires at every timestep", "early classifier 1 is silent"}},
		{[]Rate{{"other", 0}}, []string{"layer other is silent"}},
	} {
		if got := silence(c.rates); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.rates, got, c.want)
		}
	}
}

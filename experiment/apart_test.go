package experiment

import (
	"strings"
	"testing"

	"ssnn/recipes"
)

// Changes to all recipes that write over what variants differ in are refused, with the changes that
// it takes for that and no others.
func TestVariantsStayApart(t *testing.T) {
	base, err := recipes.Load("motion-ssnn")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of   Experiment
		set  []string
		want string
	}{
		{builtIn(t, "timesteps"), []string{"train.epochs=1", "network.timesteps=[1]",
			"network.early=false"},
			`motion-ssnn: variants "plain, 2" and "plain, 3" of experiment timesteps do not ` +
				`differ with --set 'network.timesteps=[1]', want changes that leave them apart`},
		{builtIn(t, "ablation"), []string{"network.timesteps=[5]", "train.epochs=1"},
			`motion-ssnn: variants "plain" and "+ shrinkage" of experiment ablation do not ` +
				`differ with --set 'network.timesteps=[5]', want changes that leave them apart`},
		{builtIn(t, "lambdas"), []string{"network.early=false"},
			`motion-ssnn: variants "0, without early classifiers" and "0.1" of experiment ` +
				`lambdas do not differ with --set 'network.early=false', want changes that leave ` +
				`them apart`},
		{builtIn(t, "transformer"), []string{"network.timesteps=[5]"},
			// One stage has no transition.
			`variants "softmax (SSNN)" and "softmax with bias" of experiment transformer do ` +
				`not differ`},
		{Experiment{Variants: []Variant{{Name: "a", Set: plain}, {Name: "b", Set: withEarly}}},
			[]string{"network.early=false", "train.lr=0.2", "network.timesteps=[5, 5, 5, 5]",
				"network.transition=identity"},
			`do not differ with --set 'network.early=false' --set 'network.timesteps=[5, 5, 5, ` +
				`5]' --set 'network.transition=identity', want`},
		{builtIn(t, "ablation"), []string{"train.epochs=1", "network.width=0.02"}, ""},
	} {
		_, err := Grid{Experiment: c.of, Bases: []recipes.Recipe{base}, Set: c.set,
			Seeds: FirstSeeds(1)}.Runs()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s, %q: %v", c.of.Name, c.set, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s, %q: error %v, want %q", c.of.Name, c.set, err, c.want)
		}
	}
}

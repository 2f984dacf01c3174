package experiment

import (
	"slices"
	"strings"
	"testing"
)

func variantNames(e Experiment) (all []string) {
	for _, v := range e.Variants {
		all = append(all, v.Name)
	}
	return all
}

// A table vary makes all combinations, the last key's values changing first; with variants
// listed, of each.
func TestVary(t *testing.T) {
	e, err := Parse(`
asks = "Which?"
recipes = ["motion"]
seeds = [3, 1]
baseline = "plain, lr=0.1, transition=merge"
set.train.epochs = 2
vary = { "train.lr" = [0.05, 0.1], "network.transition" = ["merge", "softmax"] }
[[variant]]
name = "plain"
set = { "network.early" = false, network.timesteps = [5] }
[[variant]]
name = "SSNN"
[[test]]
name = "large"
data = "m3"
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"plain, lr=0.05, transition=merge", "plain, lr=0.05, transition=softmax",
		"plain, lr=0.1, transition=merge", "plain, lr=0.1, transition=softmax",
		"SSNN, lr=0.05, transition=merge", "SSNN, lr=0.05, transition=softmax",
		"SSNN, lr=0.1, transition=merge", "SSNN, lr=0.1, transition=softmax",
	}
	if got := variantNames(e); !slices.Equal(got, want) {
		t.Errorf("variants %q, want %q", got, want)
	}
	changes := []string{
		"train.epochs=2", "network.early=false", "network.timesteps=[5]", "train.lr=0.05",
		`network.transition="softmax"`,
	}
	if got := e.Variants[1].Set; !slices.Equal(got, changes) {
		t.Errorf("changes %q, want %q", got, changes)
	}
	keys := []string{"train.lr", "network.transition"}
	if !slices.Equal(e.Keys, keys) || !slices.Equal(e.Seeds, []int64{3, 1}) ||
		e.Variants[2].folder() != "plain-lr-0.1-transition-merge" || e.Tests[0].Data != "m3" {
		t.Errorf("%+v", e)
	}
}

// Draws keep within their ranges and differ, and are the same each time.
func TestDraws(t *testing.T) {
	const text = `
draws = 40
vary.train.lr = { from = 0.01, to = 0.3, log = true }
vary."network.transition" = ["merge", "softmax"]
vary.train.batch = { from = 4, to = 6 }
`
	e, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(text)
	if err != nil || !slices.Equal(variantNames(e), variantNames(again)) {
		t.Errorf("other draws, error %v", err)
	}
	other, err := Parse("draw_seed = 1\n" + text)
	if err != nil || slices.Equal(variantNames(e), variantNames(other)) {
		t.Errorf("the same draws with another seed, error %v", err)
	}
	low, batches := 0, map[int64]bool{}
	for _, v := range e.Variants {
		lr := v.Values["train.lr"].(float64)
		if lr < 0.01 || lr > 0.3 {
			t.Errorf("train.lr %v", lr)
		}
		if lr < 0.0548 { // the middle of the logarithms
			low++
		}
		batches[v.Values["train.batch"].(int64)] = true
	}
	if len(e.Variants) != 40 || low < 10 || low > 30 || len(batches) != 3 {
		t.Errorf("%d variants, %d of low rates, batches %v", len(e.Variants), low, batches)
	}
}

// What a file has wrong is named with its line and what was expected.
func TestFileRefuses(t *testing.T) {
	const grid = "vary.train.lr = [0.1, 0.2]\n"
	for _, c := range []struct{ text, want string }{
		{"\n\nseed = 3\n" + grid, `line 3: unknown key "seed"; the nearest known is "seeds"`},
		{
			grid + "\n[[variant]]\nname = \"a\"\n[[variant]]\nname = \"b\"\nlin = \"x\"\n",
			`line 7: unknown key "variant.lin"; the nearest known is "variant.line"`,
		},
		{
			"# a comment\nvary = { \"train.lrr\" = [\n  0.1,\n] }\n",
			`line 2: unknown key of a recipe "train.lrr"; the nearest known is "train.lr"`,
		},
		{
			"[vary.trian]\nlr = [0.1]\n",
			`line 1: unknown key of a recipe "trian"; the nearest known is "`,
		},
		{
			"[set]\n\"network.width\" = 0.1\ntrain.epoch = 3\n",
			`line 3: unknown key of a recipe "train.epoch"; the nearest known is "train.epochs"`,
		},
		{"set.seed = 3\n" + grid, "line 1: set has the key seed, want the key seeds of"},
		{"vary.train.lr = 0.1\n", "line 1: train.lr: got 0.1, want a list of values, or a range"},
		{"vary.train.lr = []\n", "line 1: train.lr: the list is empty"},
		{"vary.train.lr = [0.1, 0.1]\n", "line 1: train.lr: 0.1 stands twice"},
		{
			"vary.train.lr = { from = 0.1, to = 0.2 }\n",
			"line 1: train.lr: a range needs the file's key draws",
		},
		{
			"draws = 2\nvary.train.lr = { from = 0.1, till = 0.2 }\n",
			`line 2: train.lr: unknown key "till" of a range, want from, to or log`,
		},
		{
			"draws = 2\nvary.train.lr = { from = 0.1, to = 0.1 }\n",
			"line 2: train.lr: a range from 0.1 to 0.1",
		},
		{
			"draws = 2\nvary.train.lr = { from = 0, to = 1, log = true }",
			"line 2: train.lr: a range from 0 to 1",
		},
		{"draws = 3\n" + grid, "line 2: draws = 3, want at most 2: no more combinations"},
		{"draws = 3\n[[variant]]\nname = \"a\"\n", "line 1: the file has draws without"},
		{"seeds = 0\n" + grid, "line 1: seeds is 0, want a number of seeds"},
		{
			"seeds = [1, 1]\n" + grid,
			"line 1: seeds has 1 in its list, want whole numbers, 0 or more, each once",
		},
		{"seeds = [-1]\n" + grid, "line 1: seeds has -1"},
		{"seeds = 1.5\n" + grid, "line 1: seeds is 1.5"},
		{
			"baseline = \"lr=0.3\"\n" + grid,
			`line 1: unknown variant "lr=0.3"; the nearest known is "lr=0.`,
		},
		{"asks = \"no variants\"\n", "no variants, want a table vary"},
		{"[[variant]]\nset.train.lr = 0.1\n", "line 1: a variant has no name"},
		{"[[variant]]\nname = \"a\"\n[[variant]]\nname = \"a\"\n", `two variants are called "a"`},
		{
			"[[variant]]\nname = \"a+\"\n[[variant]]\nname = \"A\"\n",
			`variants "a+" and "A" would share the folder a,`,
		},
		{"[[variant]]\nname = \"+\"\n", `variant "+": its folder would have no name`},
		{
			"[[variant]]\nname = \"a\"\npublished.motion = { percent = 3, source = \"b\" }\n",
			`line 3: variant "a": published.motion has the source "b", want a key of sources`,
		},
		{
			"[[test]]\nname = \"a/b\"\ndata = \"x\"\n[[variant]]\nname = \"a\"\n",
			`line 1: a test has the name "a/b" and the data "x", want a name of its own`,
		},
		{grid + "[[test]]\nname = \"a\"\n", `line 2: a test has the name "a" and the data ""`},
		{"halving.epochs = [3, 2]\n" + grid, "line 1: halving has epochs [3 2] and budget 0"},
		{
			"halving = { epochs = [2], budget = 3 }\n" + grid,
			"line 1: halving has both epochs and budget, want one of them",
		},
		{
			"halving = { epochs = [2], keep = 1.5 }\n" + grid,
			"line 1: halving has keep 1.5, want more than 0 and less than 1",
		},
		{"halving.keep = 0.5\n" + grid, "line 1: halving has keep alone"},
		{
			"halving.epochs = [2]\nvary.train.epochs = [3, 4]\n",
			"line 1: with halving the variants have different train.epochs",
		},
		{"asks = 3\n" + grid, "line 1: asks is a whole number, want a text in quotes"},
		{"asks = \n", "line 1: asks: expected value but found '\\n' instead"},
	} {
		if _, err := Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
}

// A folder's name is cut where it would be too long, and two long names keep apart.
func TestLongFolder(t *testing.T) {
	long := strings.Repeat("abc ", 80)
	a, b := Variant{Name: long + "1"}.folder(), Variant{Name: long + "2"}.folder()
	if a == b || len(a) > longestFolder || len(b) > longestFolder {
		t.Errorf("%s and %s", a, b)
	}
}

// The rungs of a budget spend no more than it, and nearly all of it.
func TestBudget(t *testing.T) {
	for _, c := range []struct {
		n, whole, budget int
		keep             float64
		want             []int
	}{
		// 8 for 2 epochs, 4 for 2 more, 2 for 4 more, 1 for 8 more: 16 + 8 + 8 + 8.
		{8, 16, 40, 0, []int{2, 4, 8}},
		// 9 for 3, 3 for 6 more, 1 for 18 more: 27 + 18 + 18.
		{9, 27, 63, 1. / 3, []int{3, 9}},
		{8, 16, 29, 0, []int{1, 2, 4, 8}[:3]},
	} {
		got, err := Halving{Budget: c.budget, Keep: c.keep}.spend(c.n, c.whole)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, error %v", c, got, err)
		}
	}
	_, err := Halving{Budget: 10}.spend(8, 16)
	if err == nil || !strings.Contains(err.Error(), "want at least 28") {
		t.Errorf("error %v", err)
	}
}

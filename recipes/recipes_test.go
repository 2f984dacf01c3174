package recipes

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every recipe that comes with the program can be carried out, and says the same when it is written
// and read again.
func TestEmbedded(t *testing.T) {
	if len(Names()) == 0 {
		t.Fatal("no recipes")
	}
	for _, name := range Names() {
		r, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Resolve(10); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := Parse(r.Text())
		if err != nil {
			t.Fatalf("%s as written: %v\n%s", name, err, r.Text())
		}
		if again.Text() != r.Text() {
			t.Errorf("%s changes when it is written and read:\n%s\n%s", name, r.Text(),
				again.Text())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"seed = ": "line 1: ",
		"[train]\nlearning_rate = 0.1": `line 2: unknown key "train.learning_rate"; ` +
			`here it is "train.lr"`,
		"[network]\ntimestep = [8]": `unknown key "network.timestep"; here it is ` +
			`"network.timesteps"`,
		"datasets = \"x\"": `unknown key "datasets"; the nearest known is ` +
			`"dataset"`,
		"[network]\nstages = [[\"conv\"]]": `item "conv" has 0 numbers`,
		"[network]\nreset = \"medium\"":    `reset is "medium", want hard or soft`,
		"[frames]\nsplit = \"weekly\"": `split is "weekly", want count, duration, fixed-count or ` +
			`fixed-duration`,
		"[frames]\nsensor = \"big\"": `size "big", want width and height in pixels, like 34x34`,
		"[network]\nsurrogate = \"rectangle\"": `surrogate is "rectangle", want rect, tri, ` +
			`sigmoid or atan`,
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("%q: error %v, want one line with %q", text, err, want)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "network.timesteps is missing",
		"model = \"vgg9\"":                      "network.timesteps is missing",
		"timesteps = [4]":                       "no stages",
		"model=\"vgg\"\ntimesteps=[4]":          `model "vgg", want vgg5, vgg9, vgg9-tab, `,
		"model=\"vgg9\"\ntimesteps=[8,6,4,2,1]": "5 timesteps [8 6 4 2 1], want 1 to 4",
		"model=\"vgg9\"\nwidth=-1\ntimesteps=[4]":  "network.width -1, want 1e-06 to 1024",
		"model=\"vgg9\"\nwidth=1e9\ntimesteps=[4]": "network.width 1e+09, want 1e-06 to 1024",
		"model=\"vgg9\"\nwidth=50\ntimesteps=[4]":  "parameters, want at most 268435456",
		"stages=[[\"conv 3\"], [\"conv 3\"]]\ntimesteps=[2,1000000000]": "stage 2 has 1000000000 " +
			"timesteps, want 1 to 65536",
		"model=\"vgg9\"\ntimesteps=[4]\nstages=[[\"conv 3\"]]":       "want one of them",
		"stages=[[\"conv 3\"]]\ntimesteps=[4,2]":                     "1 stages but 2 timesteps",
		"stages=[[\"conv 3\"], [\"conv 4\", \"maxpool 40\"]]\nT=[4]": "",
		"stages=[[\"conv 3\"], [\"maxpool 40\"]]\ntimesteps=[4,2]": "stage 2, item 1: maxpool 40 " +
			"does not fit an image of 34x34 pixels",
		"stages=[[\"conv 3\"]]\ntimesteps=[4]\nlambdas=[1.0,2.0]":        "2 lambdas for 1 stages",
		"stages=[[\"conv 3\"]]\ntimesteps=[4]\n[frames]\nsensor=\"9x9\"": "",
	} {
		r, err := Parse("frames.sensor = \"34x34\"\n[network]\n" + text)
		if err == nil {
			_, err = r.Resolve(10)
		}
		if want == "" {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestSet(t *testing.T) {
	r, err := Load("nmnist-1k")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"train.lr=0.5", "network.reset=soft",
		"network.timesteps=[5, 5, 5, 5]", "network.early_pool=2",
		`network.stages=[["maxpool 3 2 1", "attention 2"], ["lif"]]`, "frames.sensor = 40x30"} {
		if err := r.Set(s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if r.Train.LR != 0.5 || r.Network.Reset != 1 ||
		!reflect.DeepEqual(r.Network.T, []int{5, 5, 5, 5}) || r.Network.Early.Pool != 2 ||
		r.Network.Stages[0][0].String() != "maxpool 3 2 1" || r.Frames.Sensor.Height != 30 {

		t.Errorf("after --set: %+v", r)
	}
	none := Default() // whose sensor is not said
	if err := none.Set("network.timesteps=[9]"); err != nil {
		t.Error(err)
	}
	before := r.Text()
	other := r
	if err := other.Set("network.timesteps=[9]"); err != nil || r.Text() != before {
		t.Errorf("changing a copy: error %v, and the recipe is now\n%s", err, r.Text())
	}
	for s, want := range map[string]string{
		"train.lr":      `got "train.lr", want key=value`,
		"train.lrr=1":   `unknown key "train.lrr"; the nearest known is "train.lr"`,
		"train.lr=fast": "train.lr is a text, want a number",
		"=1":            "",
	} {
		if err := r.Set(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", s, err, want)
		}
	}
}

// The words of others lead to keys that there are, and are not keys themselves.
func TestMeanings(t *testing.T) {
	for word, key := range meanings {
		if !slices.Contains(Keys(), key) {
			t.Errorf("%q leads to %q, which is no key", word, key)
		}
		if word != plain(word) {
			t.Errorf("%q is never found, want %q", word, plain(word))
		}
	}
	for _, key := range []string{"learning_rate", "optimizer.lr", "model.batchSize", "Batch-Size"} {
		if err := unknownKey(key); !strings.Contains(err.Error(), "here it is \"train.") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

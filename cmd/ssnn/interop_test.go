package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/dataset/nmnist1k"
)

// interopCase is a network of another library, and what the library says of recordings
// (bench/interop/cases.py).
type interopCase struct {
	Name       string      // of the library and the network
	File       string      // in testdata/interop
	Recipe     string      // of the network and its frames
	Options    []string    // of ssnn import
	Recordings []string    // of nmnist-1k or of testdata/recordings
	Logits     [][]float32 // [recording][class]
	Near       []bool      // the library's float64 says something else, so near is a threshold
}

// ssnn runs a command, which must end with the code, and returns what it printed and said.
func ssnn(t *testing.T, code int, args ...string) (out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	if got := run(args, console{out: &o, err: &e}); got != code {
		t.Fatalf("ssnn %s ended with %d, want %d: %s", strings.Join(args, " "), got, code, &e)
	}
	return o.String(), e.String()
}

// taken is a file of testdata/interop imported, with what import said.
func taken(t *testing.T, code int, file, recipe string, options ...string) (model, said string) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "recipe.toml")
	model = filepath.Join(folder, "model.safetensors")
	if err := os.WriteFile(path, []byte(recipe), 0o666); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"import", filepath.Join("../../testdata/interop", file), "-o", model,
		"--config", path}, options...)
	_, said = ssnn(t, code, args...)
	return model, said
}

// Networks of SpikingJelly, snnTorch and sinabs answer as they do there.
func TestNetworksOfLibraries(t *testing.T) {
	text, err := os.ReadFile("../../testdata/interop/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []interopCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 12 {
		t.Fatalf("%d cases, want 12 at least", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			var classes []string
			for i := range c.Logits[0] {
				classes = append(classes, "c"+string(rune('a'+i)))
			}
			model, _ := taken(t, 0, c.File, c.Recipe,
				append(c.Options, "--classes="+strings.Join(classes, ","))...)
			args := []string{"predict", model, "--json"}
			for _, r := range c.Recordings {
				args = append(args, recording(t, r))
			}
			out, _ := ssnn(t, 0, args...)
			for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
				var got struct{ Logits []float32 }
				if err := json.Unmarshal([]byte(line), &got); err != nil {
					t.Fatal(err)
				}
				for k, want := range c.Logits[i] {
					off := math.Abs(float64(got.Logits[k]-want)) / max(1, math.Abs(float64(want)))
					if off > 1e-5 && !c.Near[i] {
						t.Errorf("%s, class %d: logit %v, want %v", c.Recordings[i], k,
							got.Logits[k], want)
					}
				}
				if a, b := argmax(got.Logits), argmax(c.Logits[i]); a != b {
					t.Errorf("%s: answer %d, want %d", c.Recordings[i], a, b)
				}
			}
		})
	}
}

// recording is the path of a recording of nmnist-1k, or of testdata/recordings.
func recording(t *testing.T, name string) string {
	if !strings.Contains(name, "/") {
		return filepath.Join("../../testdata/recordings", name)
	}
	data, err := fs.ReadFile(nmnist1k.FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "recording.bin")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func argmax(v []float32) (best int) {
	for i := range v {
		if v[i] > v[best] {
			best = i
		}
	}
	return best
}

const (
	ofDigits = "[frames]\nsensor = \"34x34\"\n[network]\ntimesteps = [8]\n"
	ofOne    = "[frames]\nsensor = \"34x34\"\nsize = \"1x1\"\npolarity = \"merged\"\n" +
		"[network]\ntimesteps = [8]\n"
)

// What no neuron here does is refused by its name; what the file does not say is a warning.
func TestNetworksOfLibrariesRefused(t *testing.T) {
	const stages = `stages = [["conv 8", "avgpool 2", "conv 16", "avgpool 2", "linear 10", "lif"]]`
	for _, c := range []struct{ file, recipe, option, said string }{
		{"sinabs_iaf_defaults_min_v_mem.pth", ofDigits + stages, "--fill=fc=vote",
			"min_v_mem is -1: neurons of sinabs whose membrane stays above that"},
		{"braille.nir", ofOne, "--dt=0.0001",
			`"lif1.lif", CubaLIF: it lies on a loop of edges: recurrent`},
		{"two_lif.nir", ofOne, "--set=network.reset=hard",
			"want --dt, the timestep that"},
		{"snntorch_subtract_beta05_3x3.pth", ofDigits + stages, "--neuron=spikingjelly.tau=2",
			"do not fit in"},
	} {
		option := []string{c.option, "--classes=a,b,c,d,e,f,g,h,i,j"}
		folder := t.TempDir()
		recipe := filepath.Join(folder, "recipe.toml")
		if err := os.WriteFile(recipe, []byte(c.recipe), 0o666); err != nil {
			t.Fatal(err)
		}
		var out, said bytes.Buffer
		code := run(append([]string{"import", filepath.Join("../../testdata/interop", c.file), "-o",
			filepath.Join(folder, "model.safetensors"), "--config", recipe}, option...),
			console{out: &out, err: &said})
		if code == 0 || !strings.Contains(said.String(), c.said) {
			t.Errorf("%s: code %d, %s, want %q", c.file, code, &said, c.said)
		}
		if _, err := os.Stat(filepath.Join(folder, "model.safetensors")); err == nil {
			t.Errorf("%s: a model was written", c.file)
		}
	}
	_, said := taken(t, 0, "snntorch_subtract_export.nir", ofDigits,
		"--classes=a,b,c,d,e,f,g,h,i,j")
	if !strings.Contains(said, "does not say how a spike resets a neuron") {
		t.Errorf("said %q, want a warning of the reset", said)
	}
}

// A graph of two stages is the same, written by ssnn or read and written by the nir package, which
// adds Inputs and Outputs.
func TestStagesRewritten(t *testing.T) {
	var answers [2]string
	for i, file := range []string{"tiny_two_stages.nir", "tiny_two_stages_rewritten.nir"} {
		model := filepath.Join(t.TempDir(), "model.safetensors")
		args := []string{"import", "../../testdata/interop/" + file, "-o", model}
		if i == 1 { // the nir package leaves out what it does not know
			recipe := filepath.Join(t.TempDir(), "recipe.toml")
			text := strings.Replace(ofDigits, "[8]", "[4, 2]", 1) +
				`stages = [["conv 4"], ["conv 4"]]`
			if err := os.WriteFile(recipe, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--config", recipe, "--classes=0,1,2,3,4,5,6,7,8,9")
		}
		ssnn(t, 0, args...)
		answers[i], _ = ssnn(t, 0, "predict", model, recording(t, "nmnist-7-60001.bin"), "--json")
	}
	if answers[0] != answers[1] {
		t.Errorf("%s, want %s", answers[1], answers[0])
	}
}

// One neuron is a network of one class. Its frames are the numbers of events of each eighth of the
// recording, of which every one makes it fire.
func TestOneNeuron(t *testing.T) {
	for _, c := range []struct{ file, option string }{
		{"lif_norse.nir", "--dt=0.0001"}, {"two_lif.nir", "--dt=0.001"},
	} {
		model, _ := taken(t, 0, c.file, ofOne, c.option, "--classes=spike",
			"--set=network.reset=hard")
		out, _ := ssnn(t, 0, "predict", model, recording(t, "nmnist-7-60001.bin"), "--json")
		var got struct{ Logits []float32 }
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if want := map[string]float32{"lif_norse.nir": 1,
			"two_lif.nir": 0}[c.file]; len(got.Logits) != 1 ||
			got.Logits[0] != want {

			t.Errorf("%s: logits %v, want %v", c.file, got.Logits, want)
		}
	}
}

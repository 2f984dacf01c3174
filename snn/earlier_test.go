package snn

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/safetensors"
)

// earlierFrames are those of testdata/earlier/dump.go: sparse small numbers that follow from their
// place.
func earlierFrames(n, seed int) []float32 {
	x := make([]float32, n)
	for i := range x {
		h := (uint32(i)*2654435761 + uint32(seed)*40503) >> 24
		if h < 80 {
			x[i] = float32(1 + h%3)
		}
	}
	return x
}

// Models that earlier versions wrote open, say what they said then, and are written again with the
// tensors that they had, see testdata/earlier/README.md.
func TestEarlierModels(t *testing.T) {
	folder := filepath.Join("testdata", "earlier")
	text, err := os.ReadFile(filepath.Join(folder, "logits.json"))
	if err != nil {
		t.Fatal(err)
	}
	var logits map[string][]float32
	if err := json.Unmarshal(text, &logits); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.safetensors"))
	if err != nil || len(files) != len(logits) {
		t.Fatalf("%d models, %v, want %d", len(files), err, len(logits))
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".safetensors")
		t.Run(name, func(t *testing.T) {
			f, err := safetensors.Read(path, false)
			if err != nil {
				t.Fatal(err)
			}
			n, err := FromFile(f, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			frozen, err := FromFileFrozen(f)
			if err != nil {
				t.Fatal(err)
			}
			defer frozen.Close()
			c := n.Config()
			frames := earlierFrames(2*c.T[0]*c.InChannels*c.Height*c.Width, 99)
			for _, n := range []*Network{n, frozen} {
				got := n.Forward(frames, 2, false).Logits
				if len(got) != len(logits[name]) {
					t.Fatalf("%d logits, want %d", len(got), len(logits[name]))
				}
				for i, want := range logits[name] {
					if math.Abs(float64(got[i]-want)) > 1e-6 {
						t.Errorf("logit %d is %v, want %v", i, got[i], want)
					}
				}
			}
			for _, tensor := range n.Tensors() {
				was, ok := f.Get(tensor.Name)
				same := slices.Equal(was.Shape, tensor.Shape) && slices.Equal(was.Data, tensor.Data)
				if !ok || !same {
					t.Errorf("tensor %s is another", tensor.Name)
				}
			}
			if got := len(n.Tensors()); got != len(f.Names()) {
				t.Errorf("%d tensors, want %d", got, len(f.Names()))
			}
		})
	}
}

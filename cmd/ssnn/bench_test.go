package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/safetensors"
)

// Frames of a file that are NaN or infinite are refused with the sentence of package infer.
func TestBenchRefusesFrames(t *testing.T) {
	const model = "../../infer/testdata/nmnist.safetensors"
	shape := []int{8, 2, 2, 34, 34}
	values := make([]float32, 8*2*2*34*34)
	path := filepath.Join(t.TempDir(), "frames.safetensors")
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		values[(1*2+1)*2*34*34+34+5] = float32(v) // timestep 2, sample 2, the first channel
		named := []safetensors.Named{{Name: "input",
			Tensor: safetensors.FromFloat32s(shape, values)}}
		if err := safetensors.WriteFile(path, nil, named); err != nil {
			t.Fatal(err)
		}
		for _, what := range []string{"infer", "train"} {
			var out, err strings.Builder
			code := run([]string{"bench", what, "--model", model, "--input", path, "--runs", "1"},
				console{out: &out, err: &err})
			if code != 1 || !strings.Contains(err.String(),
				" at timestep 2, sample 2, x 5, y 1, channel 0, want finite numbers\n") {
				t.Errorf("bench %s on %v: exit code %d, %s", what, v, code, err.String())
			}
		}
	}
}

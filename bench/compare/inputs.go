package main

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"ssnn/dataset"
	"ssnn/dataset/nmnist1k"
	"ssnn/events"
	"ssnn/frames"
	"ssnn/safetensors"
)

// program is the path of the ssnn that is measured.
func (c *comparison) program() string { return filepath.Join(c.work, "ssnn") }

func (c *comparison) build() error {
	return visible(exec.Command("go", "build", "-o", c.program(), "./cmd/ssnn"))
}

// visible runs a command and shows its output to the user.
func visible(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

func (c *comparison) model(n network) string {
	return filepath.Join(c.file(n, "run"), "model.safetensors")
}

// train trains the model of a network, unless its file exists.
func (c *comparison) train(n network) error {
	if _, err := os.Stat(c.model(n)); err == nil {
		return nil
	}
	return visible(exec.Command(c.program(), "train", "bench/compare/vgg9.toml",
		"--set", "network.timesteps="+n.timesteps, "--set", "network.transition="+n.transition,
		"--out", c.file(n, "run")))
}

// These are the files of inputs: all test recordings, 16 of them, and one of them.
const (
	all     = "all.safetensors"
	sixteen = "16.safetensors"
	one     = "1.safetensors"
)

// inputs writes the frames of test recordings as a tensor "input" [T,B,2,48,48]. The single
// recording is the one of median density in the set.
func (c *comparison) inputs(n network) error {
	set, err := dataset.NMNIST(nmnist1k.FS(), dataset.Test, nil)
	if err != nil {
		return err
	}
	cfg := frames.Config{T: n.first, Sensor: events.Size{Width: 34, Height: 34},
		Size: events.Size{Width: 48, Height: 48}}
	f, err := set.Integrate(cfg, 2)
	if err != nil {
		return err
	}
	var every, some, density []int
	for i := range f.Len() {
		n, err := active(f, i)
		if err != nil {
			return err
		}
		every = append(every, i)
		density = append(density, n)
		if len(some) < 16 && i%6 == 0 {
			some = append(some, i)
		}
	}
	byDensity := slices.SortedFunc(slices.Values(every),
		func(a, b int) int { return cmp.Compare(density[a], density[b]) })
	for name, which := range map[string][]int{all: every, sixteen: some,
		one: {byDensity[len(byDensity)/2]}} {
		x := make([]float32, cfg.Len()*len(which))
		if err := f.Fill(x, which, nil); err != nil {
			return err
		}
		t := safetensors.FromFloat32s([]int{n.first, len(which), 2, 48, 48}, channelsFirst(x))
		if err := safetensors.WriteFile(c.file(n, name), nil,
			[]safetensors.Named{{Name: "input", Tensor: t}}); err != nil {
			return err
		}
	}
	return nil
}

// active is the number of counts of recording i that are not zero.
func active(f *dataset.Frames, i int) (n int, err error) {
	x := make([]float32, f.Config.Len())
	err = f.Fill(x, []int{i}, nil)
	for _, v := range x {
		if v != 0 {
			n++
		}
	}
	return n, err
}

// channelsFirst turns [..][48][48][2] into [..][2][48][48].
func channelsFirst(x []float32) []float32 {
	const pixels = 48 * 48
	out := make([]float32, len(x))
	for i, v := range x {
		image, pixel, channel := i/(2*pixels), i/2%pixels, i%2
		out[(image*2+channel)*pixels+pixel] = v
	}
	return out
}

package main

import (
	"fmt"
	"math"

	"ssnn/safetensors"
	"ssnn/snn"
)

// agreement compares the logits that ssnn and PyTorch compute for all test recordings.
func (c *comparison) agreement(n network) error {
	ours, err := c.ours(n)
	if err != nil {
		return err
	}
	single, err := c.theirs(n, "single")
	if err != nil {
		return err
	}
	double, err := c.theirs(n, "double", "--double")
	if err != nil {
		return err
	}
	fmt.Printf("\n%s, logits of %d recordings:\n", n.name, len(ours)/classes)
	difference("ssnn and PyTorch float32", ours, single)
	difference("PyTorch float32 and float64", single, double)
	return nil
}

const classes = 10

// ours returns the logits that ssnn computes.
func (c *comparison) ours(n network) ([]float32, error) {
	f, err := safetensors.ReadFile(c.model(n))
	if err != nil {
		return nil, err
	}
	net, err := snn.FromFile(f, 2)
	if err != nil {
		return nil, err
	}
	defer net.Close()
	in, err := safetensors.ReadFile(c.file(n, all))
	if err != nil {
		return nil, err
	}
	t, _ := in.Get("input")
	x, err := t.Float32s()
	if err != nil {
		return nil, err
	}
	var logits []float32
	B, size := t.Shape[1], 2*48*48
	for b := range B { // one recording at a time, as in use
		var sample []float32
		for step := range n.first {
			at := (step*B + b) * size
			sample = append(sample, channelsLast(x[at:at+size])...)
		}
		logits = append(logits, net.Forward(sample, 1, false).Logits...)
	}
	return logits, nil
}

func channelsLast(x []float32) []float32 {
	const pixels = 48 * 48
	out := make([]float32, len(x))
	for i := range out {
		out[i] = x[i%2*pixels+i/2]
	}
	return out
}

// theirs returns the logits that PyTorch computes.
func (c *comparison) theirs(n network, name string, flags ...string) ([]float32, error) {
	out := c.file(n, name+".safetensors")
	if _, err := c.peer(true, append([]string{"logits", c.model(n), c.file(n, all), "--out", out},
		flags...)...); err != nil {
		return nil, err
	}
	f, err := safetensors.ReadFile(out)
	if err != nil {
		return nil, err
	}
	t, _ := f.Get("logits")
	return t.Float32s()
}

func difference(what string, a, b []float32) {
	same, close, largest := 0, 0, 0.0
	for i := 0; i < len(a); i += classes {
		if snn.Argmax(a[i:i+classes]) == snn.Argmax(b[i:i+classes]) {
			same++
		}
		off := 0.0
		for k := i; k < i+classes; k++ {
			off = max(off, math.Abs(float64(a[k]-b[k])))
		}
		if off <= 1e-3 {
			close++
		}
		largest = max(largest, off)
	}
	fmt.Printf("  %s: same prediction %d, within 1e-3 %d, largest difference %.1e\n", what, same,
		close, largest)
}

// Compare runs ssnn and PyTorch in turn on the same trained weights and the same real recordings
// and prints the ratios:
//
//	go run ./bench/compare [-work DIR] [-python PYTHON] [-quick] [-times] [-tails] [-order]
//
// The first time it trains the full-width VGG-9s, some minutes each. With -order it compares two of
// them with each other, a plain one and one whose stages merge timesteps, and needs nothing else.
//
// The opponents need a Python with torch and numpy; an opponent whose Python packages are missing
// is left out, with a line that says so. PyTorch runs the reference network of bench/pytorch: as it
// comes; tuned, which keeps freed memory in the process; compiled; and in bfloat16. SpikingJelly
// and snnTorch provide the neurons of that network, because neither has the transitions between
// stages. ONNX Runtime (with the Python package safetensors) runs the file that `ssnn export`
// writes. Each opponent runs in a process of its own. Its memory is the peak that the system
// measured, Python included.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	c := comparison{}
	flag.StringVar(&c.work, "work", "runs/compare",
		"folder of the models, the inputs and the program")
	flag.StringVar(&c.python, "python", "python3", "a Python with torch and numpy")
	flag.BoolVar(&c.quick, "quick", false, "few runs of each, for a look")
	flag.BoolVar(&c.times, "times", false, "times only, not how well the logits agree")
	flag.BoolVar(&c.tailsOnly, "tails", false,
		"only how much longer than the median the slowest calls take")
	flag.BoolVar(&c.orderOnly, "order", false,
		"only how long a network that merges timesteps takes beside a plain one")
	flag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// comparison is one run of this program.
type comparison struct {
	work, python         string
	without              string // reason why there are no opponents, "" if there are some
	quick, times         bool
	tailsOnly, orderOnly bool
}

// network is one of the networks that are compared.
type network struct {
	name       string
	timesteps  string
	first      int // timesteps of the first stage
	transition string
}

var networks = []network{
	{"T = 5", "[5]", 5, "softmax"}, {"T = 8, 6, 4, 2", "[8, 6, 4, 2]", 8, "softmax"},
}

// file returns the path of a file of a network.
func (c *comparison) file(n network, name string) string {
	return filepath.Join(c.work, fmt.Sprintf("t%d-%s", n.first, name))
}

func (c *comparison) run() error {
	if err := os.MkdirAll(c.work, 0o755); err != nil {
		return err
	}
	if err := c.build(); err != nil {
		return err
	}
	if c.orderOnly {
		return c.orders()
	}
	for _, n := range networks {
		if err := c.train(n); err != nil {
			return err
		}
		if err := c.inputs(n); err != nil {
			return err
		}
	}
	if c.without = c.lacks("torch", "numpy"); c.without != "" {
		fmt.Fprintln(os.Stderr, "compare: ssnn alone is measured:", c.without)
	}
	if c.tailsOnly {
		return c.tails()
	}
	for _, n := range networks {
		if c.times || c.without != "" {
			break
		}
		if err := c.agreement(n); err != nil {
			return err
		}
	}
	for _, t := range tables {
		if err := c.table(t); err != nil {
			return err
		}
	}
	return nil
}

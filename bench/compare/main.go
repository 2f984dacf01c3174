// Compare runs ssnn and PyTorch in turn on the same trained weights and the same real recordings and prints the ratios:
//
//	go run ./bench/compare [-work DIR] [-python PYTHON] [-quick] [-times] [-tails]
//
// The first time it trains two full-width VGG-9, some minutes each. It needs a Python with torch and numpy. The opponent is
// the reference network of bench/pytorch: as it comes; tuned, that is with memory that is freed kept in the process; and in
// bfloat16.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	c := comparison{}
	flag.StringVar(&c.work, "work", "runs/compare", "folder of the models, the inputs and the program")
	flag.StringVar(&c.python, "python", "python3", "a Python with torch and numpy")
	flag.BoolVar(&c.quick, "quick", false, "few runs of each, for a look")
	flag.BoolVar(&c.times, "times", false, "times only, not how well the logits agree")
	flag.BoolVar(&c.tailsOnly, "tails", false, "only how much longer than the median the slowest calls take")
	flag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// comparison is one run of this program.
type comparison struct {
	work, python            string
	quick, times, tailsOnly bool
}

// network is one of the two that are compared.
type network struct {
	name      string
	timesteps string
	first     int // timesteps of the first stage
}

var networks = []network{{"T = 5", "[5]", 5}, {"T = 8, 6, 4, 2", "[8, 6, 4, 2]", 8}}

// file is the path of a file of a network.
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
	for _, n := range networks {
		if err := c.train(n); err != nil {
			return err
		}
		if err := c.inputs(n); err != nil {
			return err
		}
	}
	if c.tailsOnly {
		return c.tails()
	}
	for _, n := range networks {
		if c.times {
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

package main

import (
	"fmt"
	"slices"
)

// merged is the network whose stages keep the order of time. Its stages have as many timesteps on
// average as those of the plain network.
var merged = network{"T = 10, 5, 3, 2, merged", "[10, 5, 3, 2]", 10, "merge"}

// ordered are the kinds of work for which the two networks are compared with each other.
var ordered = []struct {
	name, what, input string
	runs              int
	how               also
	goal              float64
}{
	{"training step, batch 16, 1 thread", "train", sixteen, 2, single, 1.1},
	{"inference, batch 1, 1 thread", "infer", one, 20, single, 1},
	{"inference, batch 1, 1 thread, 16 bits", "infer", one, 20, also{"", 1, 16}, 1},
	{"inference, batch 1, 1 thread, 8 bits", "infer", one, 20, also{"", 1, 8}, 1},
}

// orders prints the time of the network that merges timesteps relative to that of the plain network
// of T = 5. The two run in turn: in each round each of them runs a few times, and the CPU time of
// its median run counts. The ratio is the median over the rounds.
func (c *comparison) orders() error {
	plain, rounds := networks[0], 15
	if c.quick {
		rounds = 5
	}
	for _, n := range []network{plain, merged} {
		if err := c.train(n); err != nil {
			return err
		}
		if err := c.inputs(n); err != nil {
			return err
		}
	}
	fmt.Printf("\n| CPU time, the least of %d rounds | %s | %s | ratio, median | from | to | "+
		"goal |\n|---|---|---|---|---|---|---|\n", rounds, plain.name, merged.name)
	for _, o := range ordered {
		var ratios, a, b []float64
		var density [2][]float64
		for range rounds {
			var of [2]result
			for i, n := range []network{plain, merged} {
				var err error
				if of[i], err = c.bench(o.what, n, o.input, o.runs, o.how); err != nil {
					return err
				}
				density[i] = of[i].Density
			}
			a, b = append(a, of[0].CPU), append(b, of[1].CPU)
			ratios = append(ratios, of[1].CPU/of[0].CPU)
		}
		slices.Sort(ratios)
		fmt.Printf("| %s | %.4g ms | %.4g ms | %.2f | %.2f | %.2f | %v |\n", o.name,
			1e3*slices.Min(a), 1e3*slices.Min(b),
			ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1], o.goal)
		if o.what == "infer" && o.how.bits == 32 {
			defer fmt.Printf("\ndensity of the convolutions' inputs: %.1f %% and %.1f %%\n",
				percent(density[0]), percent(density[1]))
		}
	}
	return nil
}

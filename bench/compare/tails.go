package main

import (
	"fmt"
	"strconv"
)

// tails prints, for each network and each way to run it, how much longer than the median call the
// slowest hundredth of the calls takes. Beside it, it prints the same for loops of additions of the
// same length, whose time varies by the doing of the machine alone.
func (c *comparison) tails() error {
	calls, peerCalls := 10_000, 1000
	if c.quick {
		calls, peerCalls = 500, 50
	}
	fmt.Printf("\nthe slowest hundredth of %d calls, of %d with PyTorch, batch 1, in medians\n\n",
		calls, peerCalls)
	fmt.Println("| | | median | 99 % within, in medians | additions |\n|---|---|---|---|---|")
	for _, n := range networks {
		for _, a := range []also{usual, integer16} {
			r, err := c.bench("infer", n, one, calls, a, "--control")
			if err != nil {
				return err
			}
			fmt.Printf("| %s | %s | %.3g ms | %.2f | %.2f |\n", n.name, a.name, 1e3*r.Median,
				r.P99/r.Median, r.Control.P99/r.Control.Median)
		}
		if c.without != "" {
			continue
		}
		r, err := c.peer(traced.tuned, append([]string{"infer", c.model(n), c.file(n, one),
			"--runs", strconv.Itoa(peerCalls)}, traced.flags...)...)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %s | %.3g ms | %.2f | |\n", n.name, traced.name, 1e3*r.Median,
			r.P99/r.Median)
	}
	return nil
}

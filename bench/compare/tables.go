package main

import (
	"fmt"
	"os/exec"
	"strconv"
)

// table is one kind of work, which is measured for each network.
type table struct {
	name    string
	what    string // train or infer
	input   string
	runs    int
	seconds float64 // length in seconds of the unit of the printed times
	unit    string
	also    []also
	peers   []peer
}

// also is a way to run ssnn: the usual one, or one that is measured beside it.
type also struct {
	name          string
	threads, bits int
}

var (
	usual     = also{"ssnn", 2, 32}
	single    = also{"ssnn, 1 thread", 1, 32}
	integer16 = also{"ssnn, 16 bits", 2, 16}
	integer8  = also{"ssnn, 8 bits", 2, 8}
)

var tables = []table{
	{"training step, batch 16", "train", sixteen, 8, 1, "s", []also{single},
		[]peer{tuned, plain, last, compiled, jelly, torches, bf16}},
	{"inference, batch 1", "infer", one, 100, 1e-3, "ms", []also{single, integer16, integer8},
		[]peer{traced, plain, compiled, jelly, torches, onnx, traced2}},
	{"inference, batch 16", "infer", sixteen, 12, 1e-3, "ms", []also{single, integer16, integer8},
		[]peer{traced, plain, compiled, jelly, torches, onnx, traced2}},
}

// result is the JSON that ssnn and a peer print.
type result struct {
	Median  float64   `json:"median_s"`
	Min     float64   `json:"min_s"`
	P99     float64   `json:"p99_s"`
	CPU     float64   `json:"cpu_s"`
	PeakRSS float64   `json:"peak_rss_mib"`
	Density []float64 `json:"density"`
	Control *result   `json:"control"`
}

// table measures one kind of work and prints the results as a Markdown table. The ratios are
// relative to the first peer.
func (c *comparison) table(t table) error {
	for _, n := range networks {
		if err := c.rows(t, n); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) rows(t table, n network) error {
	runs := t.runs
	if c.quick {
		runs = max(3, runs/3)
	}
	var first, ours result
	var err error
	if c.missing(t.peers[0]) == "" {
		if first, err = c.measure(t.peers[0], t.what, n, t.input, runs); err != nil {
			return err
		}
	}
	if ours, err = c.bench(t.what, n, t.input, runs, usual); err != nil {
		return err
	}
	fmt.Printf("\n%s, %s (density of the convolutions' inputs: %.1f %%)\n\n", t.name, n.name,
		percent(ours.Density))
	fmt.Println("| | median | least | 99 % within | peak memory | times as fast as " +
		t.peers[0].name + " |\n|---|---|---|---|---|---|")
	row := func(name string, r result) {
		ratio := ""
		if first.Median > 0 {
			ratio = fmt.Sprintf("%.2f", first.Median/r.Median)
		}
		fmt.Printf("| %s | %.3g %s | %.3g | %.3g | %.0f MiB | %s |\n", name,
			r.Median/t.seconds, t.unit, r.Min/t.seconds, r.P99/t.seconds, r.PeakRSS, ratio)
	}
	row(usual.name, ours)
	for _, also := range t.also {
		r, err := c.bench(t.what, n, t.input, runs, also)
		if err != nil {
			return err
		}
		row(also.name, r)
	}
	for i, p := range t.peers {
		if why := c.missing(p); why != "" {
			fmt.Printf("| %s | not measured: %s | | | | |\n", p.name, why)
			continue
		}
		r := first
		if i > 0 {
			if r, err = c.measure(p, t.what, n, t.input, runs); err != nil {
				return err
			}
		}
		row(p.name, r)
	}
	return nil
}

func percent(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = 100 * v
	}
	return out
}

// bench runs the command ssnn bench.
func (c *comparison) bench(what string, n network, input string, runs int, how also,
	more ...string) (result, error) {

	return parse(exec.Command(c.program(), append([]string{"bench", what, "--model", c.model(n),
		"--input", c.file(n, input),
		"--runs", strconv.Itoa(runs), "--threads", strconv.Itoa(how.threads), "--bits",
		strconv.Itoa(how.bits), "--json"}, more...)...))
}

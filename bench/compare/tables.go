package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/cpu"
)

// table is one kind of work, for both networks.
type table struct {
	name    string
	what    string // train or infer
	input   string
	runs    int
	seconds float64 // of the unit that times are printed in
	unit    string
	also    []also
	peers   []peer
}

// also is a way to run ssnn, usual or another.
type also struct {
	name          string
	threads, bits int
}

// peer is one way to run PyTorch.
type peer struct {
	name  string
	tuned bool
	flags []string
}

var (
	plain   = peer{"PyTorch as it comes", false, nil}
	tuned   = peer{"PyTorch tuned", true, nil}
	last    = peer{"PyTorch tuned, channels last", true, []string{"--channels-last"}}
	bf16    = peer{"PyTorch tuned, bf16", true, []string{"--bf16"}}
	traced  = peer{"PyTorch tuned, traced", true, []string{"--traced"}}
	traced2 = peer{"PyTorch tuned, traced, bf16", true, []string{"--traced", "--bf16"}}
)

var (
	usual     = also{"ssnn", 2, 32}
	single    = also{"ssnn, 1 thread", 1, 32}
	integer16 = also{"ssnn, 16 bits", 2, 16}
	integer8  = also{"ssnn, 8 bits", 2, 8}
)

var tables = []table{
	{"training step, batch 16", "train", sixteen, 8, 1, "s", []also{single},
		[]peer{tuned, plain, last, bf16}},
	{"inference, batch 1", "infer", one, 100, 1e-3, "ms", []also{single, integer16, integer8},
		[]peer{traced, plain, traced2}},
	{"inference, batch 16", "infer", sixteen, 12, 1e-3, "ms", []also{single, integer16, integer8},
		[]peer{traced, plain, traced2}},
}

// bf16 says whether the peer needs a CPU with bfloat16: others emulate it, many times slower.
func (p peer) bf16() bool { return slices.Contains(p.flags, "--bf16") }

// result is what both sides print.
type result struct {
	Median  float64   `json:"median_s"`
	Min     float64   `json:"min_s"`
	P99     float64   `json:"p99_s"`
	CPU     float64   `json:"cpu_s"`
	PeakRSS float64   `json:"peak_rss_mib"`
	Density []float64 `json:"density"`
	Control *result   `json:"control"`
}

// table measures and prints one table as Markdown. The ratios are to the first peer.
func (c *comparison) table(t table) error {
	for _, n := range networks {
		runs := t.runs
		if c.quick {
			runs = max(3, runs/3)
		}
		var rows []string
		var first, ours result
		row := func(name string, r result) {
			rows = append(rows, fmt.Sprintf("| %s | %.3g %s | %.3g | %.3g | %.0f MiB | %.2f |",
				name, r.Median/t.seconds, t.unit, r.Min/t.seconds, r.P99/t.seconds, r.PeakRSS,
				first.Median/r.Median))
		}
		// In turn: the machine may be slower at one time than at another.
		for i, p := range t.peers {
			if p.bf16() && !cpu.X86.HasAVX512BF16 {
				rows = append(rows,
					fmt.Sprintf("| %s | not measured: this CPU has no bfloat16 | | | | |", p.name))
				continue
			}
			r, err := c.peer(p.tuned, append([]string{t.what, c.model(n), c.file(n, t.input),
				"--runs", strconv.Itoa(runs)}, p.flags...)...)
			if err != nil {
				return err
			}
			if i == 0 {
				first = r
				if ours, err = c.bench(t.what, n, t.input, runs, usual); err != nil {
					return err
				}
				row(usual.name, ours)
				for _, also := range t.also {
					r, err := c.bench(t.what, n, t.input, runs, also)
					if err != nil {
						return err
					}
					row(also.name, r)
				}
			}
			row(p.name, r)
		}
		fmt.Printf("\n%s, %s (density of the convolutions' inputs: %.1f %%)\n\n", t.name, n.name,
			percent(ours.Density))
		fmt.Println("| | median | least | 99 % within | peak memory | times as fast as tuned " +
			"PyTorch |\n|---|---|---|---|---|---|")
		fmt.Println(strings.Join(rows, "\n"))
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

// bench runs ssnn bench.
func (c *comparison) bench(what string, n network, input string, runs int, how also,
	more ...string) (result, error) {

	return parse(exec.Command(c.program(), append([]string{"bench", what, "--model", c.model(n),
		"--input", c.file(n, input),
		"--runs", strconv.Itoa(runs), "--threads", strconv.Itoa(how.threads), "--bits",
		strconv.Itoa(how.bits), "--json"}, more...)...))
}

// peer runs bench/pytorch/peer.py.
func (c *comparison) peer(tuned bool, args ...string) (result, error) {
	cmd := exec.Command(c.python, append([]string{"bench/pytorch/peer.py"}, args...)...)
	if tuned {
		cmd.Env = append(os.Environ(), "MALLOC_MMAP_MAX_=0", "MALLOC_TRIM_THRESHOLD_=20000000000")
	}
	return parse(cmd)
}

func parse(cmd *exec.Cmd) (r result, err error) {
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, errors.String())
	}
	return r, json.Unmarshal(out, &r)
}

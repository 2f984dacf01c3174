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

// peer is another way to run the network, for comparison.
type peer struct {
	name   string
	tuned  bool   // keeps freed memory in the process
	module string // Python module that it needs beside PyTorch
	flags  []string
}

const tunedName = "PyTorch tuned"

var (
	plain    = peer{name: "PyTorch as it comes"}
	tuned    = peer{name: tunedName, tuned: true}
	last     = peer{name: tunedName + ", channels last", tuned: true, flags: []string{lastFlag}}
	bf16     = peer{name: tunedName + ", bf16", tuned: true, flags: []string{bf16Flag}}
	traced   = peer{name: tunedName + ", traced", tuned: true, flags: []string{tracedFlag}}
	traced2  = peer{tunedName + ", traced, bf16", true, "", []string{tracedFlag, bf16Flag}}
	compiled = peer{name: tunedName + ", torch.compile", tuned: true,
		flags: []string{"--compile"}}
	jelly = peer{"SpikingJelly, tuned", true, "spikingjelly",
		[]string{neuronsFlag, "spikingjelly"}}
	torches = peer{"snnTorch, tuned", true, "snntorch", []string{neuronsFlag, "snntorch"}}
	onnx    = peer{name: "ONNX Runtime, float32", module: "onnxruntime"}
)

const (
	lastFlag    = "--channels-last"
	bf16Flag    = "--bf16"
	tracedFlag  = "--traced"
	neuronsFlag = "--neurons"
)

// missing returns the reason why a peer cannot be measured here, or "" if it can.
func (c *comparison) missing(p peer) string {
	switch {
	case c.without != "":
		return c.without
	case slices.Contains(p.flags, bf16Flag) && !cpu.X86.HasAVX512BF16:
		return "this CPU has no bfloat16, which others emulate many times slower"
	case p.module != "":
		return c.lacks(p.module)
	}
	return ""
}

// lacks says which of the modules Python does not have, or "" if it has them all.
func (c *comparison) lacks(modules ...string) string {
	for _, m := range modules {
		out, err := exec.Command(c.python, "-c", "import "+m).CombinedOutput()
		if err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return fmt.Sprintf("%s cannot import %s: %v: %s", c.python, m, err, lines[len(lines)-1])
		}
	}
	return ""
}

// measure runs a peer on an input of a network.
func (c *comparison) measure(p peer, what string, n network, input string, runs int) (result,
	error) {

	if p.module != onnx.module {
		return c.peer(p.tuned, append([]string{what, c.model(n), c.file(n, input),
			"--runs", strconv.Itoa(runs)}, p.flags...)...)
	}
	graph := c.file(n, "net.onnx")
	if err := visible(exec.Command(c.program(), "export", c.model(n), "--out", graph)); err != nil {
		return result{}, err
	}
	return parse(exec.Command(c.python, "bench/onnx/peer.py", graph, c.file(n, input),
		"--runs", strconv.Itoa(runs)))
}

// peer runs bench/pytorch/peer.py.
func (c *comparison) peer(tuned bool, args ...string) (result, error) {
	cmd := exec.Command(c.python, append([]string{"bench/pytorch/peer.py"}, args...)...)
	if tuned {
		cmd.Env = append(os.Environ(), "MALLOC_MMAP_MAX_=0", "MALLOC_TRIM_THRESHOLD_=20000000000")
	}
	return parse(cmd)
}

// parse runs a command and decodes the result that it prints as JSON.
func parse(cmd *exec.Cmd) (r result, err error) {
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, errors.String())
	}
	return r, json.Unmarshal(out, &r)
}

// Mpi measures the gain from several processes. It compares pairs of runs, one after the other, of
// the same recipe with the same train.shards. The models of a pair must be equal to the byte.
//
//	go run ./bench/mpi threads    two processes of one thread against one process of two
//	go run ./bench/mpi link       two hosts of one core, joined by -mbit, against one (needs root)
//	go run ./bench/mpi cut        two hosts whose link is cut: how soon all of them end, and
//	                              whether anything is lost
//
// It needs an idle machine of two cores. Samples a second are those of training alone, without
// reading and tests. CPU seconds are those of all processes; they say less, because waiting costs
// none.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"ssnn/report"
)

type options struct {
	recipe, launcher string
	set              []string
	pairs, mbit      int
}

func main() {
	var o options
	flag.StringVar(&o.recipe, "recipe", "nmnist-1k", "`RECIPE` that is trained")
	flag.StringVar(&o.launcher, "mpirun", "mpirun.openmpi",
		"`LAUNCHER`: mpirun.openmpi or mpirun.mpich")
	set := flag.String("set", "", "`CHANGES` of the recipe (default train.shards=2 and "+
		"train.epochs=1, in mode cut 4)")
	flag.IntVar(&o.pairs, "pairs", 5, "`PAIRS` of runs")
	flag.IntVar(&o.mbit, "mbit", 1000, "`MBIT/S` of the link")
	wide := flag.Bool("wide", false, "full-width VGG-9 with early classifiers, 48x48, batch 64")
	mode := "threads"
	args := os.Args[1:]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		mode, args = args[0], args[1:]
	}
	flag.CommandLine.Parse(args)
	if o.set = strings.Fields(*set); len(o.set) == 0 {
		o.set = []string{"train.shards=2", "train.epochs=1"}
		if mode == "cut" {
			o.set[1] = "train.epochs=4"
		}
	}
	if *wide {
		o.set = append(o.set, "network.width=1", "network.early=true", "frames.size=48x48",
			"train.batch=64")
	}
	if err := run(mode, o); err != nil {
		fmt.Fprintln(os.Stderr, "mpi:", err)
		os.Exit(1)
	}
}

func run(mode string, o options) error {
	dir, err := os.MkdirTemp("", "ssnn-bench-mpi-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := bench{options: o, dir: dir, program: filepath.Join(dir, "ssnn-mpi")}
	build := exec.Command("go", "build", "-tags", "mpi", "-o", b.program, "./cmd/ssnn")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, said)
	}
	switch mode {
	case "threads":
		return b.compare("1 process, 2 threads", "2 processes, 1 thread", b.alone(2), b.local)
	case "link", "cut":
		if b.hosts, err = newHosts(dir, o.mbit); err != nil {
			return err
		}
		defer b.hosts.remove()
		if mode == "cut" {
			return b.cut()
		}
		return b.compare("1 host, 1 core", fmt.Sprintf("2 hosts, %d Mbit/s", o.mbit),
			b.alone(1), b.both)
	}
	return fmt.Errorf("%q, want threads, link or cut", mode)
}

type bench struct {
	options
	dir, program string
	hosts        *hosts
	runs         int
}

// train returns the command of a run that writes to the folder out.
func (b *bench) train(out string, threads int) []string {
	all := []string{b.program, "train", b.recipe, "--json", "--out", out, "--threads",
		fmt.Sprint(threads)}
	for _, s := range b.set {
		all = append(all, "--set", s)
	}
	return all
}

func (b *bench) alone(threads int) func(out string) *exec.Cmd {
	return func(out string) *exec.Cmd {
		cores := "0"
		if threads == 2 {
			cores = "0,1"
		}
		return exec.Command("taskset", append([]string{"-c", cores}, b.train(out, threads)...)...)
	}
}

// local returns the command of two processes on this machine, each bound to a core.
func (b *bench) local(out string) *exec.Cmd {
	args := []string{"-np", "2"}
	if strings.HasSuffix(b.launcher, "openmpi") {
		args = append(args, "--allow-run-as-root", "--bind-to", "core")
	} else {
		args = append(args, "-bind-to", "core")
	}
	return exec.Command(b.launcher, append(args, b.train(out, 1)...)...)
}

func (b *bench) both(out string) *exec.Cmd {
	return b.hosts.command(b.launcher, b.train(out, 1))
}

// result is the measurement of one run.
type result struct{ rate, cpu float64 } // samples/s, CPU seconds

// measure runs a command and returns the measurement of its last epoch.
func (b *bench) measure(command func(out string) *exec.Cmd, name string) (r result, model []byte,
	err error) {

	b.runs++
	out := filepath.Join(b.dir, fmt.Sprintf("run%d", b.runs))
	c := command(out)
	var said, wrong bytes.Buffer
	c.Stdout, c.Stderr = &said, &wrong
	if err := c.Run(); err != nil {
		return r, nil, fmt.Errorf("%s: %w: %s", name, err, wrong.Bytes())
	}
	for line := range bytes.Lines(said.Bytes()) {
		var m struct {
			Rate *float64 `json:"samples_per_s"`
		}
		if json.Unmarshal(line, &m) == nil && m.Rate != nil {
			r.rate = *m.Rate
		}
	}
	r.cpu = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	if model, err = os.ReadFile(filepath.Join(out, "model.safetensors")); err != nil {
		return r, nil, err
	}
	return r, model, os.RemoveAll(out)
}

// compare measures two ways to run, in turn, and prints the ratios of each pair.
func (b *bench) compare(first, second string, one, two func(out string) *exec.Cmd) error {
	var rates, cpus []float64
	fmt.Printf("%s; %s\n| pair | %s, samples/s | %s, samples/s | ratio | CPU s | CPU s | ratio |\n",
		b.recipe, strings.Join(b.set, " "), first, second)
	for pair := range b.pairs {
		ways := []func(string) *exec.Cmd{one, two}
		var r [2]result
		var models [2][]byte
		for i := range ways {
			at := (i + pair) % 2 // the order changes from pair to pair
			var err error
			name := [2]string{first, second}[at]
			if r[at], models[at], err = b.measure(ways[at], name); err != nil {
				return err
			}
		}
		if !bytes.Equal(models[0], models[1]) {
			return fmt.Errorf("the models of %s and %s differ", first, second)
		}
		rates = append(rates, r[1].rate/r[0].rate)
		cpus = append(cpus, r[0].cpu/r[1].cpu)
		fmt.Printf("| %d | %.1f | %.1f | %.3f | %.1f | %.1f | %.3f |\n", pair+1, r[0].rate,
			r[1].rate, rates[pair], r[0].cpu, r[1].cpu, cpus[pair])
	}
	fmt.Printf("median ratio %.3f of samples/s, %.3f of CPU seconds; the models are the same\n",
		report.Median(rates), report.Median(cpus))
	return nil
}

// cut cuts the link of a run once the run has a checkpoint, waits for its end, and continues it. A
// run of one process, a run of two hosts, and the run that was cut must write the same files.
func (b *bench) cut() error {
	const watchdog = 10 * time.Second
	whole, out := filepath.Join(b.dir, "whole"), filepath.Join(b.dir, "cut")
	if said, err := b.alone(2)(whole).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	two := filepath.Join(b.dir, "two")
	if said, err := b.both(two).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	if err := same(whole, two); err != nil {
		return err
	}
	fmt.Println("two hosts make the files of one process")
	program := append(b.train(out, 1), "--watchdog", watchdog.String())
	c := b.hosts.command(b.launcher, program)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		return err
	}
	over := make(chan error, 1)
	go func() { over <- c.Wait() }()
	for last := filepath.Join(out, "last.safetensors"); ; {
		if _, err := os.Stat(last); err == nil {
			break
		}
		select {
		case err := <-over:
			return fmt.Errorf("the run ended before its checkpoint: %v: %s", err, said.Bytes())
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := b.hosts.link("down"); err != nil {
		return err
	}
	begin := time.Now()
	for len(b.left(out)) > 0 && time.Since(begin) < time.Minute {
		time.Sleep(100 * time.Millisecond)
	}
	left := b.left(out)
	fmt.Printf("watchdog %v: the last process ended %.1f s after the cut, %d are left\n", watchdog,
		time.Since(begin).Seconds(), len(left))
	for _, id := range left {
		exec.Command("kill", "-9", id).Run()
	}
	// The launcher and its daemon wait for each other until the link is back.
	if err := b.hosts.link("up"); err != nil {
		return err
	}
	select {
	case err := <-over:
		fmt.Printf("the launcher ended once the link was back: %v\n", err)
	case <-time.After(20 * time.Second):
		fmt.Println("the launcher still waits 20 s after the link is back, and is ended")
		c.Process.Kill()
		<-over
	}
	for line := range bytes.Lines(said.Bytes()) {
		if bytes.HasPrefix(line, []byte("ssnn:")) {
			fmt.Printf("  %s", line)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("%d processes did not end by their watchdog: %s", len(left),
			said.Bytes())
	}
	again := exec.Command(b.program, "train", "--resume", "--out", out)
	if said, err := again.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	if err := same(whole, out); err != nil {
		return err
	}
	fmt.Println("resumed, it has the files of one process")
	return nil
}

// same returns an error if two runs have written different files.
func same(a, b string) error {
	for _, file := range []string{"model.safetensors", "last.safetensors", "answers.jsonl"} {
		one, err := os.ReadFile(filepath.Join(a, file))
		if err != nil {
			return err
		}
		two, err := os.ReadFile(filepath.Join(b, file))
		if err != nil {
			return err
		}
		if !bytes.Equal(one, two) {
			return fmt.Errorf("%s is another in %s than in %s", file, b, a)
		}
	}
	return nil
}

// left returns the ids of the processes that still train in a folder.
func (b *bench) left(out string) []string {
	said, _ := exec.Command("pgrep", "-f", "^"+b.program+" train.*"+out).Output()
	return strings.Fields(string(said))
}

//go:build unix

// Watch measures how much CPU time ssnn watch takes from trainings that run beside it, and whether
// its memory grows:
//
//	go run ./bench/watch -ssnn PROGRAM [-rounds N] [-epochs N]
//
// In each round three equal trainings run side by side, on one thread each. In every other round
// ssnn watch follows them and all runs of the rounds before, and receives the requests of an open
// page: for the runs every two seconds, and now and then for the recordings that a finished run
// answered wrong and a picture of one of them. In the other rounds the watch is stopped by SIGSTOP.
// The measure is the CPU time of the trainings, which other work on the machine changes less than
// the elapsed time. A round with the watch and a neighbouring round without it make a pair, and
// which of them comes first changes from pair to pair.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"ssnn/report"
)

const (
	trainings = 3
	askRuns   = 2 * time.Second // as the page does
	askWrong  = 10 * time.Second
)

// recipe describes a network that trains fast, on recordings that are part of the program.
const recipe = `dataset = "nmnist-1k"

[network]
model = "vgg9"
width = 0.06
timesteps = [4, 2]
units = [1, 7]
transition = "fold"

[train]
batch = 16
`

func main() {
	program := flag.String("ssnn", "", "the command `ssnn`")
	rounds := flag.Int("rounds", 20, "rounds, every other one beside the watch")
	epochs := flag.Int("epochs", 4, "epochs of each training")
	flag.Parse()
	if *program == "" || flag.NArg() > 0 || *rounds < 2 || *rounds%2 != 0 || *epochs < 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./bench/watch -ssnn PROGRAM [-rounds N, even] "+
			"[-epochs N]")
		os.Exit(2)
	}
	if err := measure(*program, *rounds, *epochs); err != nil {
		fmt.Fprintln(os.Stderr, "watch:", err)
		os.Exit(1)
	}
}

func measure(program string, rounds, epochs int) error {
	dir, err := os.MkdirTemp("", "ssnn-watch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "tiny.toml")
	if err := os.WriteFile(file, []byte(recipe), 0o644); err != nil {
		return err
	}
	runs := filepath.Join(dir, "runs")
	if err := os.Mkdir(runs, 0o755); err != nil {
		return err
	}
	w, err := start(program, runs)
	if err != nil {
		return err
	}
	defer w.end()
	var cost [2][]float64 // CPU seconds of the trainings of each round, without and with the watch
	var beside time.Duration
	for round := range rounds {
		with := round%2 != round/2%2 // 0 1 1 0 0 1 1 0
		if err := w.signal(with); err != nil {
			return err
		}
		ctx, stop := context.WithCancel(context.Background())
		asked := make(chan error, 1)
		go func() {
			if !with {
				asked <- nil
				return
			}
			asked <- w.ask(ctx)
		}()
		begin := time.Now()
		seconds, err := trainAll(program, file, runs, round, epochs)
		stop()
		if err := errors.Join(err, <-asked); err != nil {
			return err
		}
		which := 0
		if with {
			which = 1
			beside += time.Since(begin)
		}
		cost[which] = append(cost[which], seconds)
		memory, cpu, err := w.usage()
		if err != nil {
			return err
		}
		fmt.Printf("round %2d, watched %-5v %4.0f s, CPU of the trainings %6.2f s; watch: "+
			"%.1f MiB, %.2f s of CPU, %d answers\n", round+1, with, time.Since(begin).Seconds(),
			seconds, memory, cpu, w.answers)
	}
	var ratios []float64
	for i := range cost[0] {
		ratios = append(ratios, cost[1][i]/cost[0][i])
	}
	middle := report.Median(ratios) // sorts them
	fmt.Printf("watched for %v; CPU of the trainings, watched over not: median %.4f, %.4f to %.4f "+
		"in %d pairs\n", beside.Round(time.Second), middle, ratios[0], ratios[len(ratios)-1],
		len(ratios))
	return nil
}

// trainAll runs the trainings of a round and returns their CPU seconds.
func trainAll(program, recipe, runs string, round, epochs int) (seconds float64, err error) {
	var all []*exec.Cmd
	for i := range trainings {
		c := exec.Command(program, "train", recipe, "--threads", "1", "--json",
			"--epochs", fmt.Sprint(epochs), "--seed", fmt.Sprint(i),
			"--out", filepath.Join(runs, fmt.Sprintf("%02d-%d", round+1, i)))
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			return 0, err
		}
		all = append(all, c)
	}
	for _, c := range all {
		if wrong := c.Wait(); wrong != nil {
			err = wrong
			continue
		}
		seconds += (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	}
	return seconds, err
}

// watched is a running ssnn watch.
type watched struct {
	c       *exec.Cmd
	address string
	answers int
}

func start(program, runs string) (*watched, error) {
	c := exec.Command(program, "watch", runs, "--listen", "127.0.0.1:0")
	out, err := c.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	at := regexp.MustCompile(`http://\S+`).FindString(line)
	if err != nil || at == "" {
		return nil, fmt.Errorf("ssnn watch says %q, want its address", line)
	}
	return &watched{c: c, address: at}, nil
}

func (w *watched) end() {
	w.c.Process.Kill()
	w.c.Wait()
}

// signal lets the watch go on, or stops it.
func (w *watched) signal(on bool) error {
	if on {
		return w.c.Process.Signal(syscall.SIGCONT)
	}
	return w.c.Process.Signal(syscall.SIGSTOP)
}

// ask sends the requests of an open page until the context ends.
func (w *watched) ask(ctx context.Context) error {
	for last := time.Now(); ; {
		var state struct {
			Runs []struct{ Name, State string }
		}
		if err := w.get("runs", &state); err != nil {
			return err
		}
		if time.Since(last) > askWrong {
			last = time.Now()
			for _, r := range state.Runs {
				if r.State == "finished" {
					if err := w.askWrong(r.Name); err != nil {
						return err
					}
					break
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(askRuns):
		}
	}
}

// askWrong requests the list of the recordings that a run answered wrong, and a picture of one.
func (w *watched) askWrong(run string) error {
	var wrong struct{ Recordings []struct{ Recording string } }
	if err := w.get("wrong?run="+url.QueryEscape(run), &wrong); err != nil {
		return err
	}
	if len(wrong.Recordings) == 0 {
		return nil
	}
	return w.get("picture?run="+url.QueryEscape(run)+"&recording="+
		url.QueryEscape(wrong.Recordings[0].Recording), nil)
}

// get sends a request. It decodes the answer as JSON into to, unless to is nil.
func (w *watched) get(what string, to any) error {
	r, err := http.Get(w.address + "/" + what)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", what, r.Status, strings.TrimSpace(string(data)))
	}
	w.answers++
	if to == nil {
		return nil
	}
	return json.Unmarshal(data, to)
}

// usage returns the watch's resident memory in MiB and its CPU time in seconds, from the program
// ps.
func (w *watched) usage() (memory, cpu float64, err error) {
	out, err := exec.Command("ps", "-o", "rss=,time=", "-p", fmt.Sprint(w.c.Process.Pid)).Output()
	if err != nil {
		return 0, 0, err
	}
	var kilobytes, hours, minutes, seconds float64
	_, err = fmt.Sscanf(string(out), "%f %f:%f:%f", &kilobytes, &hours, &minutes, &seconds)
	return kilobytes / 1024, 3600*hours + 60*minutes + seconds, err
}

//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssnn/dataset/nmnist1k"
	"ssnn/recipes"
)

var killing = flag.Duration("kill", 0,
	"how long to kill trainings at random moments and go on with them")

// killedRecipe is of a run of about a second, most of which it saves.
const killedRecipe = `dataset = "data"
[split]
held_out = 0.3
[augment]
shift = 1
mixup = 0.4
[network]
stages = [["conv 3", "avgpool 4"], ["conv 4", "avgpool 4"]]
timesteps = [2, 1]
early = true
[train]
epochs = 25
batch = 2
keep = "best"
`

// A training that is killed at any moment, again and again, and then goes on ends with the bytes of
// one that was not, and leaves nothing else behind.
func TestKilled(t *testing.T) {
	if *killing == 0 {
		t.Skip("a minute of killing trainings: -kill 1m")
	}
	k := newKiller(t)
	began := time.Now()
	k.train("whole", 0)
	whole := time.Since(began)
	want := k.files("whole")
	rounds, kills, temporary := 0, 0, 0
	for ; time.Since(began) < *killing; rounds++ {
		if err := os.RemoveAll(filepath.Join(k.dir, "run")); err != nil {
			t.Fatal(err)
		}
		for range 1 + k.random.IntN(4) {
			if !k.train("run", time.Duration(k.random.Int64N(int64(whole)))) {
				break // it ended before
			}
			kills++
			left, _ := filepath.Glob(filepath.Join(k.dir, "run", ".*.tmp-*"))
			temporary += len(left)
		}
		k.train("run", 0)
		got := k.files("run")
		if len(got) != len(want) {
			t.Fatalf("seed %d, round %d: %d files, want %d", k.seed, rounds, len(got), len(want))
		}
		for name, data := range got {
			if !bytes.Equal(data, want[name]) {
				t.Fatalf("seed %d, round %d: %s is another file (%d bytes) than of the run "+
					"that was not killed (%d bytes)", k.seed, rounds, name, len(data),
					len(want[name]))
			}
		}
	}
	t.Logf("%d runs, killed %d times, %d of these in the middle of a file: all end with the "+
		"same bytes", rounds, kills, temporary)
	if rounds == 0 || kills == 0 {
		t.Error("nothing was killed")
	}
}

// killer runs trainings in a folder of its own.
type killer struct {
	*testing.T
	dir, program string
	seed         uint64
	random       *rand.Rand
}

func newKiller(t *testing.T) *killer {
	k := &killer{T: t, dir: t.TempDir(), seed: uint64(time.Now().UnixNano())}
	k.random = rand.New(rand.NewPCG(k.seed, 0))
	k.program = filepath.Join(k.dir, "ssnn")
	if out, err := exec.Command("go", "build", "-o", k.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	put := func(name string, data []byte) {
		path := filepath.Join(k.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("tiny.toml", []byte(killedRecipe))
	for _, split := range []string{"Train", "Test"} {
		for _, class := range []string{"0", "1"} {
			names, err := fs.Glob(nmnist1k.FS(), split+"/"+class+"/*.bin")
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range names[:3] {
				data, err := fs.ReadFile(nmnist1k.FS(), name)
				if err != nil {
					t.Fatal(err)
				}
				put(fmt.Sprintf("data/%s/%s/%d.bin", split, class, i), data)
			}
		}
	}
	return k
}

// train begins or goes on with a run, and says whether it was killed after the time, 0 for never.
func (k *killer) train(run string, after time.Duration) (killed bool) {
	k.Helper()
	args := []string{"train", "tiny.toml", "--out", run}
	if _, err := os.Stat(filepath.Join(k.dir, run, "config.toml")); err == nil {
		args = append(args, "--resume")
	}
	c := exec.Command(k.program, args...)
	c.Dir = k.dir
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		k.Fatal(err)
	}
	if after > 0 {
		timer := time.AfterFunc(after, func() { c.Process.Kill() })
		defer timer.Stop()
	}
	err := c.Wait()
	if err != nil && !(after > 0 && c.ProcessState.ExitCode() == -1) {
		k.Fatalf("seed %d: ssnn %s: %v: %s", k.seed, strings.Join(args, " "), err, said.String())
	}
	return err != nil
}

// files are those of a run that has ended, by name; of the metrics what is the same in every run.
func (k *killer) files(run string) map[string][]byte {
	k.Helper()
	entries, err := os.ReadDir(filepath.Join(k.dir, run))
	if err != nil {
		k.Fatal(err)
	}
	all := map[string][]byte{}
	for _, e := range entries {
		if all[e.Name()], err = os.ReadFile(filepath.Join(k.dir, run, e.Name())); err != nil {
			k.Fatal(err)
		}
	}
	metrics, err := recipes.ReadMetrics(filepath.Join(k.dir, run))
	if err != nil {
		k.Fatal(err)
	}
	for i := range metrics {
		metrics[i].Seconds, metrics[i].SamplesPerSecond = 0, 0
	}
	if all["metrics.jsonl"], err = json.Marshal(metrics); err != nil {
		k.Fatal(err)
	}
	return all
}

package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ssnn/internal/folder"
	"ssnn/recipes"
	"ssnn/snn"
	"ssnn/train"
)

// within is a context that ends when it was asked so many times whether it has ended.
type within struct {
	context.Context
	mu   sync.Mutex
	left int
	done chan struct{}
}

func newWithin(t *testing.T, asked int) *within {
	return &within{Context: t.Context(), left: asked, done: make(chan struct{})}
}

func (w *within) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left--; w.left == 0 {
		close(w.done)
	}
	if w.left <= 0 {
		return context.Canceled
	}
	return nil
}

func (w *within) Done() <-chan struct{} { return w.done }

// setClock has latencies follow from the network, and counts how often one is measured.
func setClock(t *testing.T) (measured *int) {
	measured = new(int)
	timed = func(net *snn.Network, _ train.Samples, _ int) (time.Duration, error) {
		*measured++
		h := fnv.New32()
		c := net.Config()
		fmt.Fprint(h, c.T, c.Stages, c.Transition)
		return time.Duration(1e6 + h.Sum32()%1e5), nil
	}
	t.Cleanup(func() { timed = latency })
	return measured
}

// contents are the files of a search's folder by name; of metrics what is the same in every run.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if e.Name() == "metrics.jsonl" {
			metrics, err := recipes.ReadMetrics(filepath.Dir(path))
			if err != nil {
				return err
			}
			for i := range metrics {
				metrics[i].Seconds, metrics[i].SamplesPerSecond = 0, 0
			}
			if text, err = json.Marshal(metrics); err != nil {
				return err
			}
		}
		name, err := filepath.Rel(dir, path)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A search that is interrupted again and again, while it measures and in the middle of epochs, ends
// with the result, the lines and the files of one that was not, and measures nothing twice that is
// written down; so with a schedule by which each round begins anew, and with one by which it goes
// on with the round before. The limit is such that what was measured decides which cuts are tried.
func TestInterrupted(t *testing.T) {
	measured := setClock(t)
	for schedule, runs := range map[string]int{"cosine": 10, "constant": 5} {
		r, o := tiny(t, "train.schedule="+schedule, "train.warmup_epochs=0")
		o.Latency = 1060 * time.Microsecond
		search := func(ctx context.Context) (result, lines string, err error) {
			var told []string
			o.Tell = func(line string) { told = append(told, line) }
			found, err := Run(ctx, r, o)
			if err != nil {
				return "", "", err
			}
			text, err := json.Marshal(found)
			return string(text) + found.Recipe.Text(), strings.Join(told, "\n"), err
		}
		*measured = 0
		whole, lines, err := search(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		once, want := *measured, contents(t, o.Dir)

		o.Dir, *measured = t.TempDir(), 0
		got, told, times := "", "", 0
		err = context.Canceled
		for ; errors.Is(err, context.Canceled) && times < 500; times++ {
			got, told, err = search(newWithin(t, 75+times%7))
		}
		if err != nil {
			t.Fatalf("%s, interrupted %d times: %v", schedule, times, err)
		}
		if got != whole || told != lines {
			t.Errorf("%s: the search that was interrupted %d times found\n%s\n%s\n"+
				"and the one that was not\n%s\n%s", schedule, times, told, got, lines, whole)
		}
		have := contents(t, o.Dir)
		if len(have) != len(want) {
			t.Errorf("%s: %d files, want %d", schedule, len(have), len(want))
		}
		folders := 0
		for name, text := range want {
			if filepath.Base(name) == "model.safetensors" {
				folders++
			}
			if have[name] != text {
				t.Errorf("%s: %s is another file", schedule, name)
			}
		}
		// What an interruption meets in the middle of a measurement is measured again.
		if *measured < once || *measured > once+times || times < 8 || folders != runs {
			t.Errorf("%s: %d measurements, want %d; interrupted %d times, want 8 or more; %d "+
				"runs, want %d", schedule, *measured, once, times, folders, runs)
		}
		// One that is done does nothing again.
		*measured = 0
		if again, _, err := search(t.Context()); again != whole || err != nil || *measured != 0 {
			t.Errorf("%s, once more: error %v, %d measurements", schedule, err, *measured)
		}
	}
}

// A folder of another search, one at which another is at work, and one whose measurements are
// damaged are refused in one line, and nothing is told or changed.
func TestFolderRefused(t *testing.T) {
	setClock(t)
	r, o := tiny(t)
	o.Candidates = 1
	if _, err := Run(t.Context(), r, o); err != nil {
		t.Fatal(err)
	}
	before := contents(t, o.Dir)
	refused := func(r recipes.Recipe, o Options, want string) {
		t.Helper()
		o.Tell = func(line string) { t.Errorf("told %q", line) }
		_, err := Run(t.Context(), r, o)
		if err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
	for want, change := range map[string]func(*recipes.Recipe, *Options){
		"another search: --latency was 1h0m0s and is 1s now; want another folder (--out)": func(
			_ *recipes.Recipe, o *Options) {
			o.Latency = time.Second
		},
		"--energy was 0 uJ and is 5 uJ now, --candidates was 1 and is 2 now": func(
			_ *recipes.Recipe, o *Options) {
			o.Energy, o.Candidates = 5e-6, 2
		},
		"--transition was softmax,merge,fold and is merge now": func(
			_ *recipes.Recipe, o *Options) {
			o.Transitions = []snn.Transition{snn.Merge}
		},
		"--threads was 1 and is 2 now": func(_ *recipes.Recipe, o *Options) {
			o.Machine.Threads = 2
		},
		"train.lr was ": func(r *recipes.Recipe, _ *Options) { r.Train.LR = 0.25 },
		"the recordings to train were ": func(r *recipes.Recipe, _ *Options) {
			r.Split.HeldOut = 0.5
		},
	} {
		r, o := r, o
		change(&r, &o)
		refused(r, o, want)
	}
	unlock, _, err := folder.Lock(o.Dir, "ssnn search")
	if err != nil {
		t.Fatal(err)
	}
	refused(r, o, "another ssnn search is at work in this folder")
	unlock()
	after := contents(t, o.Dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
	for file, want := range map[string]string{
		searchFile: searchFile + ": ", measuredFile: measuredFile + ", line 1: ",
	} {
		path := filepath.Join(o.Dir, file)
		if err := os.WriteFile(path, []byte("{}{\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(r, o, want)
		if err := os.WriteFile(path, []byte(before[file]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := Run(t.Context(), r, o); err != nil || len(found.Candidates) != 1 {
		t.Errorf("mended: error %v", err)
	}
	// A last line that an interruption cut is measured again, which a note says.
	path := filepath.Join(o.Dir, measuredFile)
	whole := before[measuredFile]
	lines := strings.Count(whole, "\n")
	if err := os.WriteFile(path, []byte(whole[:len(whole)-9]), 0o644); err != nil {
		t.Fatal(err)
	}
	var notes []string
	o.Note = func(note string) { notes = append(notes, note) }
	found, err := Run(t.Context(), r, o)
	want := fmt.Sprintf("%s, line %d: the file is cut within this line; its value is "+
		"measured again", path, lines)
	if err != nil || len(found.Candidates) != 1 || !slices.Contains(notes, want) {
		t.Errorf("cut: error %v, notes %q, want %q", err, notes, want)
	}
	if got := strings.Count(contents(t, o.Dir)[measuredFile], "\n"); got != lines {
		t.Errorf("cut: %d lines, want %d", got, lines)
	}
}

// A search for a latency is one of one machine.
func TestAnotherMachine(t *testing.T) {
	r, _ := tiny(t)
	was := purpose{Latency: time.Second, Host: "a", Recipe: r.Text()}
	is := was
	is.Host = "b"
	changed, err := is.changed(was)
	if err != nil || !strings.Contains(changed, "latencies can be measured, was a and is b now") {
		t.Errorf("%q, error %v", changed, err)
	}
	was.Latency, is.Latency, was.Energy, is.Energy = 0, 0, 1, 1
	if changed, err := is.changed(was); err != nil || changed != "" {
		t.Errorf("without a latency: %q, error %v", changed, err)
	}
}

// A round goes on with the run of the round before where that has the same rates.
func TestRunFolder(t *testing.T) {
	p := cut{borders: []int{2}, T: []int{6, 2}, transition: snn.Merge}
	items := []snn.Item{snn.Conv(2), snn.Conv(2), snn.Conv(2)}
	for set, want := range map[string]string{
		"cosine 0": "round-1 round-2 round-3", "constant 0": "round-1 round-1 round-1",
		"step 0": "round-1 round-1 round-1", "constant 2": "round-1 round-2 round-2",
	} {
		s := &search{Options: Options{Epochs: 3, Dir: "d"}, items: items}
		kind, warmup, _ := strings.Cut(set, " ")
		for _, change := range []string{"train.schedule=" + kind, "train.warmup_epochs=" + warmup} {
			if err := s.named.Set(change); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for epochs := 3; epochs <= 12; epochs *= 2 {
			dir, round := filepath.Split(s.runFolder(p, epochs))
			if want := filepath.Join("d", "T6-2_merge_2"); filepath.Clean(dir) != want {
				t.Errorf("folder %s, want %s", dir, want)
			}
			got = append(got, round)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", set, got, want)
		}
	}
}

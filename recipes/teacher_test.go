package recipes

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/train"
)

// taughtRecipe is that of a tiny run with a teacher.
func taughtRecipe(t *testing.T, teacher string) Recipe {
	t.Helper()
	r := tinyRecipe(t)
	r.Train.Teacher = teacher
	return r
}

// newTeacher trains a teacher of other timesteps and channels than the tiny network's, with other
// frames, and returns its path.
func newTeacher(t *testing.T, m Machine, changes ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "teacher")
	r := tinyRecipe(t)
	for _, change := range append([]string{
		"network.stages=[[\"conv 7\", \"avgpool 4\"]]", "network.timesteps=[5]",
		"frames.split=duration", "frames.polarity=merged",
	}, changes...) {
		if err := r.Set(change); err != nil {
			t.Fatal(err)
		}
	}
	trained(t, r, dir, m)
	return filepath.Join(dir, modelFile)
}

// A run with a teacher is the same on more threads and when it is interrupted, and says in its
// recipe which file taught it. It does not go on with another one.
func TestRunWithTeacher(t *testing.T) {
	m := on(tinySet(t, 3, 0, 1))
	teacher := newTeacher(t, m)
	r := taughtRecipe(t, teacher)
	dir := t.TempDir()
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	plain := filepath.Join(dir, "plain")
	trained(t, tinyRecipe(t), plain, m)
	trained(t, r, whole, m)
	want := read(t, filepath.Join(whole, modelFile))
	if !strings.Contains(string(read(t, whole, configFile)), digestOf(read(t, teacher))) {
		t.Errorf("%s does not say the teacher's digest", configFile)
	}

	run, err := Start(r, parts, Machine{Open: m.Open, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = run.Train(ctx, func(train.Status) { cancel() }, nil)
	run.Close()
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if done, err := Done(r, parts); done || err != nil {
		t.Fatalf("done %v, %v, want neither", done, err)
	}
	other := newTeacher(t, m, "seed=5")
	kept := read(t, teacher)
	write := func(data []byte) {
		if err := os.WriteFile(teacher, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(read(t, other))
	const refusal = "is not the file that the run began with"
	for what, err := range map[string]error{
		"resume":   resumedToEnd(parts, m),
		"continue": func() error { _, err := Continue(r, parts, m); return err }(),
		"done":     func() error { _, err := Done(r, whole); return err }(),
	} {
		if !refuses(err, refusal) {
			t.Errorf("%s with another teacher: error %v, want one line with %q", what, err, refusal)
		}
	}
	write(kept)
	if err := resumedToEnd(parts, m); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read(t, filepath.Join(parts, modelFile)), want) {
		t.Errorf("the run that was interrupted, on 2 threads, ended elsewhere")
	}
	if bytes.Equal(read(t, filepath.Join(plain, modelFile)), want) {
		t.Errorf("the teacher changed nothing")
	}
	if err := os.Remove(teacher); err != nil {
		t.Fatal(err)
	}
	if done, err := Done(r, whole); !done || err != nil {
		t.Errorf("done %v, %v without the teacher's file, want a run that is done", done, err)
	}
}

// refuses says that an error is one line with the words.
func refuses(err error, words string) bool {
	return err != nil && strings.Contains(err.Error(), words) &&
		!strings.Contains(err.Error(), "\n")
}

func TestStartRefusesTeacher(t *testing.T) {
	m := on(tinySet(t, 3, 0, 1))
	teacher := newTeacher(t, m)
	small := newTeacher(t, m, "frames.size=17x17")
	folder := filepath.Dir(teacher)
	broken := filepath.Join(folder, "broken")
	data := read(t, teacher)
	if err := os.WriteFile(broken, data[:len(data)-1], 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want, teacher string
		set           string
		on            Machine
	}{
		{"nowhere: no such file or directory", "nowhere", "", m},
		{"want a model's file or the folder of a run", t.TempDir(), "", m},
		{"train.teacher " + broken, broken, "", m},
		{`its class 1 is "`, teacher, "", on(tinySet(t, 3, 0, 2))},
		{`its class 2 is none, want "`, teacher, "", on(tinySet(t, 3, 0, 1, 2))},
		{"its sensor has 34x34 pixels, want 40x40 as in", teacher, "frames.sensor=40x40", m},
		{"have 17x17 pixels and the network's 34x34, want the same, or augment.shift 1",
			small, "", m},
		{"it was trained on another split of nmnist-1k (rule of the layout, seed 0, fraction 0, " +
			"held_out 0) than this recipe's (rule of the layout, seed 0, fraction 0, held_out 0.4",
			teacher, "split.held_out=0.4", m},
		{"its SHA-256 is " + digestOf(data) + ", want 01",
			teacher, "train.teacher_sha256=01" + strings.Repeat("2", 62), m},
		{"train.teacher_weight 3, want 0 to 1", teacher, "train.teacher_weight=3", m},
	} {
		r := taughtRecipe(t, c.teacher)
		if c.set != "" {
			if err := r.Set(c.set); err != nil {
				t.Fatal(err)
			}
		}
		dir := filepath.Join(t.TempDir(), "run")
		run, err := Start(r, dir, c.on)
		if err == nil {
			run.Close()
		}
		if !refuses(err, c.want) {
			t.Errorf("error %v, want one line with %q", err, c.want)
		}
		if exists(dir, configFile) {
			t.Errorf("%q: there is a run all the same", c.want)
		}
	}
}

// Frames of another size teach where no augmentation counts in pixels; those of another set are
// noted.
func TestTeacherOfOtherFramesAndRecordings(t *testing.T) {
	m := on(tinySet(t, 3, 0, 1))
	r := taughtRecipe(t, newTeacher(t, m, "frames.size=17x17"))
	r.Augment.Shift, r.Augment.Flip, r.Dataset = 0, 0.5, "elsewhere"
	run, err := Start(r, filepath.Join(t.TempDir(), "run"), m)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if err := run.Train(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	const note = "the teacher was trained on nmnist-1k, and the network is on elsewhere"
	if notes := strings.Join(run.Notes, "\n"); !strings.Contains(notes, note) {
		t.Errorf("notes %q, want %q", notes, note)
	}
}

// A teacher in the network's own frames shares them.
func TestTeacherSharesFrames(t *testing.T) {
	m := on(tinySet(t, 3, 0, 1))
	teacher := newTeacher(t, m, "network.timesteps=[2]", "frames.split=count",
		"frames.polarity=both")
	run := &Run{Dir: t.TempDir()}
	defer run.free()
	listed, err := run.open(taughtRecipe(t, teacher), m, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := run.integrate(listed, m)
	if err != nil {
		t.Fatal(err)
	}
	if data.lessons != data.train {
		t.Errorf("the frames of the teacher were made again")
	}
}

package recipes

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/safetensors"
	"ssnn/synth"
	"ssnn/train"
)

// interrupted is the folder of a run of the tiny recipe that was stopped in its second epoch.
func interrupted(t *testing.T, m Machine) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	f := &faulty{stop: 5}
	if err := f.train(t, tinyRecipe(t), dir, m); err == nil {
		t.Fatal("the run was not stopped")
	}
	return dir
}

// contents are those of the files of a folder, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		all[e.Name()] = string(read(t, dir, e.Name()))
	}
	return all
}

// resumeRefuses resumes a run, which must be an error with all of want in one line, and write
// nothing.
func resumeRefuses(t *testing.T, name, dir string, change func(*Recipe) error, m Machine,
	want ...string) {

	t.Helper()
	before := contents(t, dir)
	run, err := Resume(dir, change, m)
	if err == nil {
		run.Close()
		t.Errorf("%s: the run goes on, want an error with %q", name, want)
		return
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q, want one line with %q", name, err, w)
		}
	}
	if !maps.Equal(contents(t, dir), before) {
		t.Errorf("%s: the folder is not what it was", name)
	}
}

func unchanged(*Recipe) error { return nil }

// another is a value of the same kind, as TOML.
func another(value string) string {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return fmt.Sprint(n + 1)
	}
	if x, err := strconv.ParseFloat(value, 64); err == nil {
		return fmt.Sprint(x + 0.25)
	}
	if b, err := strconv.ParseBool(value); err == nil {
		return fmt.Sprint(!b)
	}
	if inside, is := strings.CutSuffix(value, `"`); is {
		return inside + `x"`
	}
	return `["conv 5"]`
}

// Every key of config.toml is changed, and every key by --set. The one that may be is where the
// recordings are.
func TestResumeRefusesAnotherRecipe(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	dir := interrupted(t, m)
	text := string(read(t, dir, configFile))
	r, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for key, value := range r.Values() {
		if key == "dataset" {
			continue
		}
		changed := r
		set := key + "=" + another(value)
		if err := changed.Set(set); err != nil {
			continue // it says itself that there is no such value
		}
		named++
		byFlag := func(r *Recipe) error { return r.Set(set) }
		resumeRefuses(t, "--set "+set, dir, byFlag, m, lastFile, key+" was ", " now")
		edited := filepath.Join(dir, configFile)
		if err := os.WriteFile(edited, []byte(changed.Text()), 0o644); err != nil {
			t.Fatal(err)
		}
		resumeRefuses(t, "config.toml with "+set, dir, unchanged, m, key+" was ", " now")
		if err := os.WriteFile(edited, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if named < 40 {
		t.Errorf("only %d keys were tried", named)
	}
	t.Logf("%d keys, each changed in two ways: all are refused", named)
	moved := func(r *Recipe) error { return r.Set("dataset=elsewhere") }
	run, err := Resume(dir, moved, m)
	if err != nil {
		t.Fatal(err)
	}
	run.Close()
	if r, err := ReadRecipe(dir); err != nil || filepath.Base(r.Dataset) != "elsewhere" {
		t.Errorf("after the recordings moved config.toml says %q, error %v", r.Dataset, err)
	}
}

// named are the names of a set's files that have all the words in them.
func named(files fstest.MapFS, words ...string) (all []string) {
	for name := range files {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			all = append(all, name)
		}
	}
	return all
}

func TestResumeRefusesOtherClassesAndRecordings(t *testing.T) {
	files := tinySet(t, 4, 0, 1)
	dir := interrupted(t, on(files))
	first := synth.Classes()[0]
	for _, c := range []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"a class more", func(f fstest.MapFS) {
			maps.Copy(f, tinySet(t, 4, 2))
		}, "is new; want the run's 2: "},
		{"a class less", func(f fstest.MapFS) {
			for _, name := range named(f, "/"+first+"/") {
				delete(f, name)
			}
		}, fmt.Sprintf("%q is missing; want the run's 2: ", first)},
		{"a class renamed", func(f fstest.MapFS) {
			for _, name := range named(f, "/"+first+"/") {
				f[strings.Replace(name, first, "zero", 1)] = f[name]
				delete(f, name)
			}
		}, fmt.Sprintf(`"zero" is new, %q is missing`, first)},
		{"a recording less", func(f fstest.MapFS) {
			delete(f, named(f, "Train/"+first, "/3.bin")[0])
		}, "to train there were 8 recordings ("},
		{"a recording more", func(f fstest.MapFS) {
			f["Test/"+first+"/9.bin"] = f["Test/"+first+"/1.bin"]
		}, "to test there were 8 recordings ("},
		{"a recording renamed", func(f fstest.MapFS) {
			f["Train/"+first+"/9.bin"] = f["Train/"+first+"/3.bin"]
			delete(f, "Train/"+first+"/3.bin")
		}, "to train there are 8 recordings ("},
		{"a recording cut", func(f fstest.MapFS) {
			all := f["Train/"+first+"/0.bin"].Data
			f["Train/"+first+"/0.bin"] = &fstest.MapFile{Data: all[:len(all)-5]}
		}, "to train there were 8 recordings ("},
	} {
		other := maps.Clone(files)
		c.change(other)
		resumeRefuses(t, c.name, dir, unchanged, on(other), lastFile, c.want)
	}
}

// Bits of a checkpoint flip one by one: all flips are refused, or change nothing of what comes out.
func TestResumeRefusesADamagedCheckpoint(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	dir := interrupted(t, m)
	last := filepath.Join(dir, lastFile)
	data := read(t, last)
	good, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	refused, tried := 0, 0
	for bit := 0; bit < 8*len(data); bit += 97 {
		flipped := bytes.Clone(data)
		flipped[bit/8] ^= 1 << (bit % 8)
		tried++
		if f, err := safetensors.Parse(flipped); err == nil {
			if f.Notes() == nil && !maps.Equal(f.Metadata, good.Metadata) {
				t.Errorf("bit %d: accepted with other metadata", bit)
			}
			continue
		}
		refused++
		if tried%50 == 0 { // the same through all of Resume
			if err := os.WriteFile(last, flipped, 0o644); err != nil {
				t.Fatal(err)
			}
			resumeRefuses(t, fmt.Sprint("bit ", bit), dir, unchanged, m, last)
		}
	}
	t.Logf("%d of %d flips are refused", refused, tried)
	flipped := bytes.Clone(data)
	flipped[len(flipped)-1] ^= 1
	if err := os.WriteFile(last, flipped, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(dir, unchanged, m); !errors.Is(err, safetensors.ErrDigest) {
		t.Errorf("error %v, want %v", err, safetensors.ErrDigest)
	}
	m.Unverified = true
	run, err := Resume(dir, unchanged, m)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if !strings.Contains(strings.Join(run.Notes, "\n"), safetensors.ErrDigest.Error()) {
		t.Errorf("unverified: notes %q, want one of the digest", run.Notes)
	}
}

// Damaged metrics are said, and rebuilt; the run ends with the bytes that it would have ended with.
func TestResumeRebuildsMetrics(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	whole := filepath.Join(t.TempDir(), "whole")
	r := tinyRecipe(t)
	r.Train.Epochs = 4
	trained(t, r, whole, m)
	good := strings.SplitAfter(strings.TrimSuffix(string(read(t, whole, metricsFile)), "\n"), "\n")
	want, err := ReadMetrics(whole)
	if err != nil || len(want) != 4 || len(good) != 4 {
		t.Fatalf("%d epochs, %d lines, error %v", len(want), len(good), err)
	}
	text := strings.Join(good, "")
	for _, c := range []struct {
		name string
		text string
		said string
		lost int // epochs whose times are lost
	}{
		{"whole", text + "\n", "", 0},
		{"cut in the last line", text[:len(text)-20],
			"line 4: the file is cut within this line", 1},
		{"garbage", good[0] + "\x00\x01garbage\n" + good[2] + good[3],
			"line 2: not JSON at byte 1: invalid character", 1},
		{"an epoch missing", good[0] + good[2] + good[3], "epoch 2 is missing", 1},
		{"a line twice", good[0] + good[1] + good[1] + good[2] + good[3],
			"line 3 repeats epoch 2", 0},
		{"other order", good[1] + good[0] + good[2] + good[3], "line 2: epoch 1 after 2", 0},
		{"another figure", strings.Replace(text, `"epoch":2,"lr":`, `"epoch":2,"lr":1`, 1),
			"epoch 2 has other figures", 1},
		{"empty", "", "epoch 1 is missing", 4},
		{"the end missing", good[0] + good[1] + good[2], "epoch 4 is missing", 1},
		{"more than the run has",
			strings.Join(good, "") + "\n" + strings.Replace(good[3], `"epoch":4`, `"epoch":5`, 1),
			"line 5: epoch 5, which the checkpoint does not know", 0},
	} {
		path := filepath.Join(whole, metricsFile)
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadMetrics(whole); (err != nil) != (c.said != "") {
			t.Errorf("%s: ReadMetrics says %v", c.name, err)
		}
		run, err := Resume(whole, unchanged, m)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		run.Close()
		notes := strings.Join(run.Notes, "\n")
		if !strings.Contains(notes, c.said) || c.said == "" && notes != "" {
			t.Errorf("%s: notes %q, want one with %q", c.name, notes, c.said)
		}
		got, err := ReadMetrics(whole)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %d epochs after it, error %v", c.name, len(got), err)
			continue
		}
		lost := 0
		for i := range got {
			if !sameMetrics(got[i], want[i]) {
				t.Errorf("%s: epoch %d is %+v, want %+v", c.name, i+1, got[i], want[i])
			}
			if got[i].Seconds == 0 {
				lost++
			}
		}
		if lost != c.lost {
			t.Errorf("%s: the times of %d epochs are lost, want %d", c.name, lost, c.lost)
		}
	}
}

// Without a checkpoint that kept them, what the lines say is all there is.
func TestRebuildOfAnEarlierVersion(t *testing.T) {
	line := func(epoch int) metricsLine { return metricsLine{Value: train.Metrics{Epoch: epoch}} }
	all, wrong := rebuild([]metricsLine{line(1), line(3), line(4)}, nil, 3, 9)
	want := []string{"epoch 2 is missing and is lost"}
	if len(all) != 2 || all[1].Epoch != 3 || !slices.Equal(wrong, want) {
		t.Errorf("%v, %q", all, wrong)
	}
}

// ofEarlierVersion takes out of a checkpoint what earlier versions did not write.
func ofEarlierVersion(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, lastFile)
	f, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	delete(f.Metadata, metricsKey)
	delete(f.Metadata, recordingsKey)
	var all []safetensors.Named
	for _, name := range f.Names() {
		tensor, _ := f.Get(name)
		all = append(all, safetensors.Named{Name: name, Tensor: tensor})
	}
	if err := safetensors.WriteFile(path, f.Metadata, all); err != nil {
		t.Fatal(err)
	}
}

// A run of an earlier version that lost metrics for good goes on, as often as it is interrupted.
func TestResumeWithLostMetrics(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	for _, lost := range []int{0, 1} { // the first epoch, and all that there are
		dir := filepath.Join(t.TempDir(), "run")
		r := tinyRecipe(t)
		r.Train.Epochs = 4
		if err := (&faulty{stop: 9}).train(t, r, dir, m); err == nil {
			t.Fatal("the run was not stopped")
		}
		ofEarlierVersion(t, dir)
		lines := strings.SplitAfter(string(read(t, dir, metricsFile)), "\n")
		if len(lines) < 3 {
			t.Fatalf("%d lines, want two epochs", len(lines)-1)
		}
		kept := strings.Join(lines[1+lost:], "")
		if err := os.WriteFile(filepath.Join(dir, metricsFile), []byte(kept), 0o644); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			run, err := Resume(dir, unchanged, m)
			if err != nil {
				t.Fatalf("resumed for the %d. time: %v", i+1, err)
			}
			notes := strings.Join(run.Notes, "\n")
			said := strings.Contains(notes, "epoch 1 is missing and is lost")
			if said != (i == 0) {
				t.Errorf("resumed for the %d. time: notes %q", i+1, run.Notes)
			}
			if err := run.save(); err != nil { // as an interruption does
				t.Error(err)
			}
			if i == 1 {
				err = run.Train(t.Context(), nil, nil)
			}
			if err != nil {
				t.Error(err)
			}
			run.Close()
		}
		all, err := ReadMetrics(dir)
		if err != nil || len(all) != 3-lost || all[len(all)-1].Epoch != 4 {
			t.Errorf("%d epochs, error %v", len(all), err)
		}
	}
}

// Without their file the metrics of a run that has some are no run that has none.
func TestReadMetricsThatAreGone(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	dir := filepath.Join(t.TempDir(), "run")
	trained(t, tinyRecipe(t), dir, m)
	if err := os.Remove(filepath.Join(dir, metricsFile)); err != nil {
		t.Fatal(err)
	}
	all, err := ReadMetrics(dir)
	if err == nil || !strings.Contains(err.Error(), "0 epochs, want") {
		t.Errorf("%d epochs, error %v", len(all), err)
	}
}

// What a killed run left of files it was writing goes when the next one has the folder, and only
// that.
func TestResumeRemovesTemporaryFiles(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	dir := interrupted(t, m)
	ours, other := ".last.safetensors.tmp-00112233aabbccdd", ".report.html.tmp-00112233aabbccdd"
	for _, name := range []string{ours, other} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run, err := Resume(dir, unchanged, m)
	if err != nil {
		t.Fatal(err)
	}
	if exists(dir, ours) || !exists(dir, other) {
		t.Errorf("the folder holds %v", slices.Sorted(maps.Keys(contents(t, dir))))
	}
	if err := os.WriteFile(filepath.Join(dir, ours), []byte("another's"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(dir, unchanged, m); err == nil || !exists(dir, ours) {
		t.Errorf("a second one at work in the folder: error %v, or it removed what is the first's",
			err)
	}
	run.Close()
}

//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ssnn/events"
	"ssnn/infer"
)

const (
	modelFile = "../../infer/testdata/nmnist.safetensors"
	exitsFile = "../../infer/testdata/nmnist.exits.json"
	recording = "../../testdata/recordings/nmnist-7-60001.bin"
)

// A program in C is told what package infer says, to the bit, and its mistakes are errors.
// SSNN_SANITIZE=address, or what else the C compiler has, looks over its shoulder.
func TestFromC(t *testing.T) {
	if testing.Short() {
		t.Skip("building the library takes some seconds")
	}
	cc := "cc"
	if set := os.Getenv("CC"); set != "" {
		cc = set
	}
	if _, err := exec.LookPath(cc); err != nil {
		t.Skipf("no C compiler: %v", err)
	}
	dir := t.TempDir()
	command(t, "go", "build", "-buildmode=c-shared", "-o", filepath.Join(dir, "libssnn.so"), ".")
	program := filepath.Join(dir, "test")
	compile := func(program, source string) {
		flags := []string{"-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror",
			"-g", "-I.", "-o", program, source, "-L" + dir, "-lssnn", "-pthread",
			"-Wl,-rpath," + dir}
		if sanitizer := os.Getenv("SSNN_SANITIZE"); sanitizer != "" {
			flags = append(flags, "-fsanitize="+sanitizer)
		}
		command(t, cc, flags...)
	}
	compile(program, "testdata/test.c")

	m, err := infer.Open(modelFile, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	values, err := m.ReadFrames(recording)
	if err != nil {
		t.Fatal(err)
	}
	all, frames := filepath.Join(dir, "events"), filepath.Join(dir, "frames")
	write(t, all, stored(t))
	write(t, frames, values)
	want := said(t, m)
	exits, err := infer.ReadExits(exitsFile)
	if err != nil {
		t.Fatal(err)
	}
	early, err := infer.Open(modelFile, infer.Options{Bits: 16, Exits: exits})
	if err != nil {
		t.Fatal(err)
	}

	damaged := filepath.Join(dir, "damaged.safetensors")
	data, err := os.ReadFile(modelFile)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	write(t, damaged, data)
	out := command(t, program, modelFile, exitsFile, recording, all, frames, damaged)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, w := range []string{"file " + want, "events " + want, "frames " + want,
		"exits " + said(t, early), "after " + want} {
		if i >= len(lines) || spelled(t, lines[i]) != w {
			t.Fatalf("C was told\n%s\nwant line %d to be\n%s", out, i+1, w)
		}
	}

	examples := examplesInC(t)
	for from, example := range examples {
		source := filepath.Join(dir, "example.c")
		if err := os.WriteFile(source, []byte(example), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("compiles %s", from)
		compile(program, source)
		if !strings.Contains(example, "argv") {
			continue
		}
		if out := command(t, program, modelFile, recording); string(out) != "7\n" {
			t.Errorf("%s printed %q, want 7", from, out)
		}
	}
}

// examplesInC are all programs in C that stand in the documentation and in the headers' comments,
// by where they stand.
func examplesInC(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	pages, _ := filepath.Glob("../../docs/*.md")
	deeper, _ := filepath.Glob("../../docs/*/*.md")
	for _, path := range append(append(pages, deeper...), "../../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range strings.Split(string(text), "\n```c\n")[1:] {
			code, _, _ := strings.Cut(part, "```")
			all[fmt.Sprintf("%s, block %d of C", path, i+1)] = code
		}
	}
	headers, _ := filepath.Glob("*.h")
	for _, path := range headers {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var code []string
		for line := range strings.Lines(string(text)) { // of the comment, those that are indented
			if inside, is := strings.CutPrefix(line, " *     "); is {
				code = append(code, inside)
			}
		}
		if len(code) > 0 {
			all[path] = strings.Join(code, "")
		}
	}
	if len(all) < 2 || all["ssnn.h"] == "" {
		t.Fatalf("examples in C: %d, want at least those of the guide and of ssnn.h", len(all))
	}
	return all
}

// said is what the model says of the recording: class and scores.
func said(t *testing.T, m *infer.Model) string {
	recogniser, err := m.Recogniser(1)
	if err != nil {
		t.Fatal(err)
	}
	defer recogniser.Close()
	p, err := recogniser.Predict(recording)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(p.Class, p.Scores)
}

// spelled is a line of the C program, whose numbers are hexadecimal so that no bit is lost, in Go's
// words.
func spelled(t *testing.T, line string) string {
	words := strings.Fields(line)
	var scores []float64
	for _, w := range words[min(2, len(words)):] {
		v, err := strconv.ParseFloat(w, 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		scores = append(scores, v)
	}
	return fmt.Sprint(strings.Join(words[:min(2, len(words))], " "), scores)
}

// event is ssnn_event with the bytes that C leaves unused.
type event struct {
	T    int64
	X, Y uint16
	On   bool
	_    [3]byte
}

func stored(t *testing.T) (all []event) {
	f, err := events.Open(recording, events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buf := make([]events.Event, 100)
	for {
		n, err := f.Read(buf)
		for _, e := range buf[:n] {
			all = append(all, event{T: int64(e.T), X: e.X, Y: e.Y, On: e.On})
		}
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, path string, array any) {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.NativeEndian, array); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, name string, args ...string) []byte {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "CGO_ENABLED=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, out)
	}
	return out
}

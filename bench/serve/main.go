// Serve measures ssnn serve, and in turn a plain Python server around the same network in PyTorch,
// with the same client and the same frames of test recordings:
//
//	go run ./bench/serve [-model FILE] [-python PYTHON] [-seconds N]
//
// It needs a Python with torch and numpy, and a model for the embedded recordings, as ssnn train
// makes it.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"ssnn/dataset"
	"ssnn/dataset/nmnist1k"
	"ssnn/infer"
	"ssnn/internal/load"
)

func main() {
	model := flag.String("model", "infer/testdata/nmnist.safetensors", "a model file")
	python := flag.String("python", "python3", "a Python with torch and numpy")
	seconds := flag.Int("seconds", 5, "how long each is measured")
	flag.Parse()
	if err := run(*model, *python, time.Duration(*seconds)*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run(model, python string, length time.Duration) error {
	work, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	program := filepath.Join(work, "ssnn")
	build := exec.Command("go", "build", "-o", program, "./cmd/ssnn")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	c, err := requests(model)
	if err != nil {
		return err
	}
	c.Length = length
	port, err := freePort()
	if err != nil {
		return err
	}
	c.URL = fmt.Sprintf("http://127.0.0.1:%d/v1/frames", port)
	for _, s := range []struct {
		name    string
		command []string
	}{
		{"ssnn serve", []string{program, "serve", model, "--listen",
			fmt.Sprintf("127.0.0.1:%d", port)}},
		{"PyTorch, 1 thread", []string{python, "bench/serve/server.py", model, "--port",
			fmt.Sprint(port), "--threads", "1"}},
		{fmt.Sprintf("PyTorch, %d threads", runtime.NumCPU()),
			[]string{python, "bench/serve/server.py", model, "--port", fmt.Sprint(port),
				"--threads", fmt.Sprint(runtime.NumCPU())}},
	} {
		if err := measure(s.name, s.command, c); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// measure starts a server, sends requests over one connection and then over many, and ends the
// server.
func measure(name string, command []string, c load.Config) error {
	server := exec.Command(command[0], command[1:]...)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		server.Process.Signal(syscall.SIGTERM)
		server.Wait()
	}()
	length := c.Length
	c.Connections = 1
	for range 60 { // until the server listens
		c.Length = 100 * time.Millisecond
		if r := load.Run(c); r.Answered > 0 {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	c.Length = length
	for _, c.Connections = range []int{1, 4, 32} {
		r := load.Run(c)
		fmt.Printf("%-20s %3d connections  %v\n", name, c.Connections, r)
		if r.First != nil {
			return r.First
		}
	}
	return nil
}

// requests returns the frames of the test recordings, as .npy [T][C][H][W], and a check of the
// answers by their class.
func requests(path string) (c load.Config, err error) {
	m, err := infer.Open(path, infer.Options{})
	if err != nil {
		return c, err
	}
	set, err := dataset.Open(nmnist1k.FS(), "", dataset.Test, dataset.SplitOptions{}, nil)
	if err != nil {
		return c, err
	}
	f, err := set.Integrate(m.Frames, 1)
	if err != nil {
		return c, err
	}
	runner := m.Runner(1, 1)
	defer runner.Close()
	cfg := m.Config()
	T, C, size := cfg.T[0], cfg.InChannels, cfg.Height*cfg.Width
	text := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d, %d), }", T,
		C, cfg.Height, cfg.Width)
	text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n"
	frames := make([]float32, m.Frames.Len())
	var classes []string
	for i := range f.Len() {
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return c, err
		}
		d, err := runner.Classify(frames)
		if err != nil {
			return c, err
		}
		classes = append(classes, m.Classes[d.Class])
		b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
		b = append(b, text...)
		for t := range T {
			for k := range C {
				for i := range size {
					b = binary.LittleEndian.AppendUint32(b,
						math.Float32bits(frames[(t*size+i)*C+k]))
				}
			}
		}
		c.Bodies = append(c.Bodies, b)
	}
	c.Check = func(body int, reply []byte) error {
		var a struct {
			Class string `json:"class"`
		}
		if err := json.NewDecoder(bytes.NewReader(reply)).Decode(&a); err != nil ||
			a.Class != classes[body] {

			return fmt.Errorf("recording %d: got %.100s, want class %s (%v)", body, reply,
				classes[body], err)
		}
		return nil
	}
	return c, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

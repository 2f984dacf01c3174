//go:build linux

package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ssnn/dataset/nmnist1k"
	"ssnn/safetensors"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ssnn": main})
}

// TestScripts runs what a user could type. Commands beside ssnn:
//
//	recordings DIR N CLASS...    makes a folder like N-MNIST, N recordings of each class and split
//	pictures DIR N CLASS...      makes N pictures of each class, PNG and JPEG in turn
//	zip DIR FILE                 makes an archive of a folder
//	cut FILE BYTES               cuts a file
//	tensor FILE NAME drop|shape  removes a tensor of a model file, or makes its shape flat
//	flip FILE BYTES              flips a bit in the byte that lies so far before the end of a file
//	sametensors FILE FILE        fails where two models differ in tensors or configuration
//	interrupt FILE               waits until FILE is there, then interrupts the background
//	tmpfs DIR KIB                mounts a small file system
//	address NAME                 sets a variable to an address where nobody listens
//	request METHOD URL [FILE]    sends a request as soon as somebody listens, prints the reply
//	certificate NAME             writes NAME.crt and NAME.key, a certificate for localhost
//
// the condition [mount], that file systems may be mounted, the folders $REC, of recordings, $ROS,
// of ROS bags, $PTH, of PyTorch checkpoints, and $NIR, of NIR graphs, and $MODEL, a small trained
// network, and $BEFORE, of a run of the version before files carried digests.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			real, err := filepath.Abs(filepath.Join("..", "..", "testdata", "recordings"))
			env.Setenv("REC", real)
			env.Setenv("ROS", filepath.Join(real, "..", "..", "events", "testdata", "ros"))
			env.Setenv("MODEL", filepath.Join(real, "..", "..", "infer", "testdata",
				"nmnist.safetensors"))
			checkpoints, also := filepath.Abs(filepath.Join("..", "..", "interop", "pytorch",
				"testdata"))
			env.Setenv("PTH", checkpoints)
			env.Setenv("BEFORE", filepath.Join(real, "..", "..", "cmd", "ssnn", "testdata",
				"before"))
			env.Setenv("NIR", filepath.Join(checkpoints, "..", "..", "nir", "testdata"))
			// What a command has Go compile is compiled once, not anew for each script.
			cache, err2 := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
			if dirs := strings.Fields(string(cache)); len(dirs) == 2 {
				env.Setenv("GOCACHE", dirs[0])
				env.Setenv("GOMODCACHE", dirs[1])
			}
			return errors.Join(err, also, err2)
		},
		Condition: func(name string) (bool, error) {
			if name != "mount" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return mayMount(t), nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"recordings": recordings, "pictures": pictures, "zip": zipFolder, "cut": cut,
			"flip": flip, "sametensors": sameTensors,
			"tensor": changeTensor, "tmpfs": mountTmpfs,
			"interrupt": interrupt, "address": freeAddress, "request": request,
			"certificate": certificate,
		},
	})
}

func recordings(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for _, split := range []string{"Train", "Test"} {
		for _, class := range args[2:] {
			names, err := fs.Glob(nmnist1k.FS(), split+"/"+class+"/*.bin")
			ts.Check(err)
			if len(names) == 0 {
				ts.Fatalf("no recordings of class %s", class)
			}
			for i := range n {
				data, err := fs.ReadFile(nmnist1k.FS(), names[i%len(names)])
				ts.Check(err)
				to := ts.MkAbs(filepath.Join(args[0], split, class, strconv.Itoa(i)+".bin"))
				ts.Check(os.MkdirAll(filepath.Dir(to), 0o755))
				ts.Check(os.WriteFile(to, data, 0o644))
			}
		}
	}
}

// pictures draws bars whose direction is the class's number.
func pictures(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for class, name := range args[2:] {
		for i := range n {
			img := image.NewGray(image.Rect(0, 0, 40, 30))
			for at := range img.Pix {
				x, y := at%40, at/40
				img.Pix[at] = uint8(60 + 120*((x*(class%3)+y*(2-class%3)+i)/6%2))
			}
			var b bytes.Buffer
			file := strconv.Itoa(i) + ".png"
			if i%2 == 0 {
				ts.Check(png.Encode(&b, img))
			} else {
				file = strconv.Itoa(i) + ".JPG"
				ts.Check(jpeg.Encode(&b, img, nil))
			}
			to := ts.MkAbs(filepath.Join(args[0], name, file))
			ts.Check(os.MkdirAll(filepath.Dir(to), 0o755))
			ts.Check(os.WriteFile(to, b.Bytes(), 0o644))
		}
	}
}

func zipFolder(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	z := zip.NewWriter(f)
	ts.Check(z.AddFS(os.DirFS(ts.MkAbs(args[0]))))
	ts.Check(errors.Join(z.Close(), f.Close()))
}

func cut(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	before, err := strconv.Atoi(args[1])
	ts.Check(err)
	data[len(data)-before] ^= 1
	ts.Check(os.WriteFile(path, data, 0o644))
}

func sameTensors(ts *testscript.TestScript, _ bool, args []string) {
	var of [2]map[string]safetensors.Tensor
	var configs [2]string
	for i, path := range args {
		f, err := safetensors.ReadFile(ts.MkAbs(path))
		ts.Check(err)
		of[i], configs[i] = map[string]safetensors.Tensor{}, f.Metadata["config"]
		for _, name := range f.Names() {
			of[i][name], _ = f.Get(name)
		}
	}
	if !reflect.DeepEqual(of[0], of[1]) || configs[0] != configs[1] {
		ts.Fatalf("%s and %s hold other networks", args[0], args[1])
	}
}

func changeTensor(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	f, err := safetensors.ReadFile(path)
	ts.Check(err)
	var all []safetensors.Named
	for _, name := range f.Names() {
		tensor, _ := f.Get(name)
		if name == args[1] {
			if args[2] == "drop" {
				continue
			}
			tensor.Shape = []int{tensor.Len()}
		}
		all = append(all, safetensors.Named{Name: name, Tensor: tensor})
	}
	ts.Check(safetensors.WriteFile(path, f.Metadata, all))
}

func mountTmpfs(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[1]+"k"))
	ts.Defer(func() { syscall.Unmount(dir, 0) })
}

// interrupt waits until a file is there, and a moment longer, so that training is under way.
func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	for range 1000 {
		if _, err := os.Stat(path); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(os.Interrupt))
	}
}

// mayMount tries it.
func mayMount(t *testing.T) bool {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
}

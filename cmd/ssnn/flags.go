package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/infer"
	"ssnn/recipes"
	"ssnn/safetensors"
	"ssnn/synth"
)

// threadsFlag is common to the commands that run networks.
type threadsFlag struct {
	Threads int `help:"Number of threads (default: all processors). It does not change the results." placeholder:"N"`
}

func (t threadsFlag) count() (int, error) {
	switch {
	case t.Threads < 0 || t.Threads > 1024:
		return 0, usageError{fmt.Errorf("--threads %d, want 1 to 1024, or 0 for all processors",
			t.Threads)}
	case t.Threads == 0:
		return runtime.GOMAXPROCS(0), nil
	}
	return t.Threads, nil
}

// embedded has the sets that come with the program: those whose recordings it carries, and those
// that it makes.
var embedded = func() map[string]func() fs.FS {
	all := map[string]func() fs.FS{"motion": synth.Motion, "motion-3000": synth.MotionTests}
	maps.Copy(all, stored)
	return all
}()

// wantSet is the part of an error that says what the name of a set may be.
var wantSet = fmt.Sprintf("want %s, a folder of recordings or an HDF5 file of several",
	strings.Join(slices.Sorted(maps.Keys(embedded)), ", "))

// missingSetError is the error of a folder of recordings that is not there.
type missingSetError struct{ error }

func (e missingSetError) Unwrap() error { return e.error }

// dataFlag adds to the error of recordings that are not where a recipe or a run says how to say
// where they are, if the command has the flag and was called without it.
func dataFlag(k *kong.Context, err error) error {
	if _, missing := errors.AsType[missingSetError](err); !missing {
		return err
	}
	for _, f := range k.Selected().Flags {
		if f.Name == "data" && f.Target.Kind() == reflect.String && f.Target.Len() == 0 {
			return fmt.Errorf("%w; --data says where the recordings are now", err)
		}
	}
	return err
}

// openSet opens a set by name, or a folder.
func openSet(name string) (fs.FS, error) {
	if set, ok := embedded[name]; ok {
		return set(), nil
	}
	info, err := os.Stat(name)
	if err != nil && name == "nmnist-1k" {
		return nil, fmt.Errorf("no dataset: this ssnn was built without its recordings, %s",
			wantSet)
	}
	switch {
	case name == "":
		return nil, fmt.Errorf("no dataset: its name is empty, %s", wantSet)
	case err != nil:
		return nil, missingSetError{fmt.Errorf("no dataset: %w, %s", err, wantSet)}
	}
	if info.Mode().IsRegular() && dataset.IsHDF5(name) {
		return dataset.OneFile(os.DirFS(filepath.Dir(name)), filepath.Base(name)), nil
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("no dataset: %s is a file, %s", name, wantSet)
	}
	return os.DirFS(name), nil
}

// printNotes prints remarks for the user, each once.
func printNotes(c console, notes []string) {
	for i, note := range notes {
		if slices.Index(notes, note) < i {
			continue
		}
		fmt.Fprintln(c.err, "ssnn: note:", printable(note))
	}
}

// printWarnings prints what may be wrong with a result. The exit code stays 0.
func printWarnings(c console, warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintln(c.err, "ssnn: warning:", printable(warning))
	}
}

// exitsFlag is of commands that may answer early.
type exitsFlag struct {
	Exits string `help:"Answer early by the exits in this file, which ssnn eval --exit --save wrote." placeholder:"FILE"`
}

// open opens a model with the exits of the flag, and prints the notes on its file.
func (e exitsFlag) open(c console, model string, o infer.Options) (m *infer.Model, err error) {
	if e.Exits != "" {
		if o.Exits, err = infer.ReadExits(e.Exits); err != nil {
			return nil, err
		}
	}
	if m, err = infer.Open(model, o); err != nil {
		return nil, unverifiable(err)
	}
	printNotes(c, m.Notes)
	return m, nil
}

// webFlag is of the commands that listen for HTTP.
type webFlag struct {
	WebConfig string `help:"Web configuration file, in the format of Prometheus' exporters, with TLS and the names and passwords of users (default: no TLS, and no passwords)." placeholder:"FILE"`
}

// unverifiedFlag is common to the commands that open models.
type unverifiedFlag struct {
	Unverified bool `help:"Open a model even if its contents do not match its digest, for example after another program has changed it."`
}

// on returns the machine with the flag's value.
func (u unverifiedFlag) on(m recipes.Machine) recipes.Machine {
	m.Unverified = u.Unverified
	return m
}

// unverifiable adds to the error of a file that does not fit its digest how it may be opened.
func unverifiable(err error) error {
	if errors.Is(err, safetensors.ErrDigest) {
		return fmt.Errorf("%w; --unverified opens it all the same", err)
	}
	return err
}

// anotherCamera adds to the error of a recording with events outside of a model's sensor which
// camera the model is for, and what may be done.
func anotherCamera(err error) error {
	var outside *events.OutsideError
	if !errors.As(err, &outside) {
		return err
	}
	return fmt.Errorf("%w: the model was trained for a camera of %v pixels; ssnn convert --filter "+
		"region:x=X,y=Y,width=%d,height=%d cuts such a part out, --skip-invalid leaves such "+
		"events out",
		err, outside.Sensor, outside.Sensor.Width, outside.Sensor.Height)
}

// openModel opens a model, and prints the notes on its file.
func openModel(c console, m recipes.Machine, path string) (*recipes.Model, error) {
	model, err := m.OpenModel(path)
	if err != nil {
		return nil, unverifiable(err)
	}
	printNotes(c, model.Notes)
	return model, nil
}

// set makes the changes of the flag --set to a recipe.
func set(r *recipes.Recipe, changes []string) error {
	for _, s := range changes {
		if err := r.Set(s); err != nil {
			return usageError{fmt.Errorf("--set: %w", err)}
		}
	}
	return nil
}

// bitsFlag is of commands that run trained networks.
type bitsFlag struct {
	Bits int `help:"Bits of each weight: 32 for floats, or 16 or 8 for integers, which are faster." enum:"32,16,8" default:"32"`
}

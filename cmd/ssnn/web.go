package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/infer"
	"ssnn/internal/regular"
	"ssnn/recipes"
	"ssnn/safetensors"
	"ssnn/web"
)

type webCommand struct {
	Model      string   `arg:"" optional:"" help:"Trained model: a model.safetensors, a checkpoint, or the folder of a run. Without it, the default recipe is trained first, as by ssnn train."`
	Recordings []string `arg:"" optional:"" name:"recording" help:"Recordings that the page offers as examples (default: test recordings of up to five classes from the model's set)."`
	Out        string   `short:"o" required:"" help:"Folder to write the page to." placeholder:"DIR"`
	threadsFlag
	unverifiedFlag
}

// Run is called by kong.
func (w *webCommand) Run(c console) error {
	threads, err := w.count()
	if err != nil {
		return err
	}
	if w.Model == "" {
		t := trainCommand{threadsFlag: w.threadsFlag}
		if err := t.Run(c); err != nil {
			return err
		}
		w.Model = t.Out
	}
	file, note, err := infer.FileOf(w.Model)
	if err != nil {
		return err
	}
	if note != "" {
		printNotes(c, []string{note})
	}
	page, err := w.page(c, file, threads)
	if err != nil {
		return err
	}
	if err := page.Write(w.Out); err != nil {
		if _, out := errors.AsType[*fs.PathError](err); out { // the error names a file of the page
			return err
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	out := printable(w.Out)
	_, err = fmt.Fprintf(c.out, "the page is in %s, with %s; any server of files shows it, such "+
		"as: python3 -m http.server -d %s\n", out, examplesIn(page), quoted(w.Out))
	return err
}

// examplesIn describes the examples of a page in words.
func examplesIn(p web.Page) string {
	switch len(p.Examples) {
	case 0:
		return "no example"
	case 1:
		return "one example"
	}
	return fmt.Sprintf("%d examples", len(p.Examples))
}

// mostModel is the size of the largest model of a page, in bytes: a program in a browser cannot
// address more.
const mostModel = 1 << 32

// page reads the model and the examples.
func (w *webCommand) page(c console, file string, threads int) (p web.Page, err error) {
	if p.Model, err = regular.ReadFile(file, mostModel); err != nil {
		return p, err
	}
	f, err := safetensors.ParseFile(file, p.Model, w.Unverified)
	if err != nil {
		return p, unverifiable(err)
	}
	recipe, err := recipes.RecipeOf(f)
	if err != nil {
		return p, fmt.Errorf("%s: %w", file, err)
	}
	if len(w.Recordings) > 0 {
		p.Examples, err = examplesOf(w.Recordings)
		return p, err
	}
	if p.Examples, err = testExamples(c.machine(threads, ""), recipe); err != nil {
		printNotes(c, []string{fmt.Sprintf("the page has no examples, as the model's recordings "+
			"cannot be read: %v; recordings may be named behind the model", err)})
		return p, nil
	}
	p.Credit = credits[recipe.Dataset]
	return p, nil
}

// credits names the authors of the recordings that come with the program.
var credits = map[string]string{
	"nmnist-1k": "The examples are of N-MNIST (Orchard, Jayawant, Cohen, Thakor 2015), " +
		"CC BY-SA 4.0.",
}

// examplesOf makes examples from files.
func examplesOf(files []string) (all []web.Example, err error) {
	for i, name := range files {
		data, err := regular.ReadFile(name, mostModel)
		if err != nil {
			return nil, regular.Want(err, "a recording")
		}
		all = append(all, example(i, filepath.Base(name), filepath.Ext(name), data))
	}
	return all, nil
}

// example makes the example of a number. The name of its file is plain, whatever that of the
// recording is.
func example(i int, name, ending string, data []byte) web.Example {
	return web.Example{File: fmt.Sprintf("example-%d%s", i+1, ending), Name: name, Data: data}
}

// mostExamples is the number of classes of which a test recording is taken.
const mostExamples = 5

// testExamples returns a test recording of each of some classes, spread evenly.
func testExamples(m recipes.Machine, r recipes.Recipe) (all []web.Example, err error) {
	set, err := m.List(r, dataset.Test, nil)
	if err != nil {
		return nil, err
	}
	n := min(mostExamples, len(set.Classes))
	for i := range n {
		class := i * len(set.Classes) / n
		at := slices.IndexFunc(set.Samples, func(s dataset.Sample) bool { return s.Label == class })
		if at < 0 {
			continue
		}
		data, ending, err := recordingIn(set, set.Samples[at])
		if err != nil {
			return nil, err
		}
		all = append(all, example(len(all), set.Classes[class], ending, data))
	}
	if len(all) == 0 {
		return nil, errors.New("the set has no test recordings")
	}
	return all, nil
}

// recordingIn returns a recording of a set as the bytes of a file: its own file if it is all of
// that, else a new one with the events of its part.
func recordingIn(set *dataset.Set, s dataset.Sample) (data []byte, ending string, err error) {
	if s.Group == "" && s.From == 0 && s.To == 0 {
		data, err = fs.ReadFile(set.Files, s.Path)
		return data, path.Ext(s.Path), err
	}
	var b bytes.Buffer
	whole := *set
	whole.Options.Filter = nil // the page filters the recording itself, as the model says
	err = whole.Read(s, events.Size{}, func(r events.Reader) error {
		all, err := events.ReadAll(r)
		if err != nil {
			return err
		}
		w, err := events.NewWriter(&b, "aedat4", cmp.Or(r.Sensor(), set.Sensor))
		if err != nil {
			return err
		}
		if err := w.Write(all); err != nil {
			return err
		}
		return w.Close()
	})
	return b.Bytes(), ".aedat4", err
}

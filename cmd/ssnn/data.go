package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"ssnn/dataset"
	"ssnn/dataset/download"
	"ssnn/synth"
)

type dataCommand struct {
	List  dataListCommand  `cmd:"" help:"List the public sets of recordings that ssnn can download or read, and the layouts of folders."`
	Get   dataGetCommand   `cmd:"" help:"Download a public set, or unpack one whose archives you downloaded yourself, and check it."`
	Show  dataShowCommand  `cmd:"" help:"Make a page about a set: its classes and their numbers of recordings, durations, event rates, pictures, and anything unusual."`
	Slice dataSliceCommand `cmd:"" help:"Cut long recordings into labelled samples: by duration, by number of events, or by tables of labels."`
	Synth dataSynthCommand `cmd:"" help:"Make recordings with a simulated event camera, of pictures or of moving shapes. The classes of the shapes differ only in how they move over time."`
}

type dataListCommand struct {
	JSON bool `name:"json" help:"Print one line of JSON for each set."`
}

// Run is called by kong.
func (d *dataListCommand) Run(c console) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "name\tclasses\trecordings\tsensor\tdownload\tlicence\twhere")
	fmt.Fprintln(w, "nmnist-1k\t10\t800 + 100\t34x34\tin the program\tCC BY-SA 4.0\tssnn train")
	motions := len(synth.Classes())
	fmt.Fprintf(w, "motion\t%d\t%d + %d\t34x34\tmade by it\tnone\tssnn train motion\n", motions,
		motions*synth.MotionTrain, motions*synth.MotionTest)
	for _, s := range download.Sources() {
		if d.JSON {
			if err := json.NewEncoder(c.out).Encode(listedSet(s)); err != nil {
				return err
			}
			continue
		}
		recordings := fmt.Sprint(s.Train)
		if s.Test > 0 {
			recordings = fmt.Sprintf("%d + %d", s.Train, s.Test)
		}
		where := "ssnn data get " + s.Name
		if s.Manual != "" {
			where = "by hand: " + s.Page
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%v\t%s\t%s\t%s\n", s.Name, s.Classes, recordings, s.Sensor,
			orText(s.Size, "?"), orText(s.Licence, "see its page"), where)
	}
	if d.JSON {
		return nil
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "\nlayouts of folders:")
	for _, l := range dataset.Layouts() {
		fmt.Fprintf(w, "%s\t%s\n", l.Name, l.About)
	}
	return w.Flush()
}

// listing is a set in JSON.
type listing struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Classes int    `json:"classes"`
	Train   int    `json:"train"` // all recordings, when test is 0
	Test    int    `json:"test"`
	Sensor  string `json:"sensor"`
	Size    string `json:"download,omitempty"`
	Licence string `json:"licence,omitempty"`
	Page    string `json:"page"`
	Manual  string `json:"manual,omitempty"` // why it is downloaded by hand
}

func listedSet(s download.Source) listing {
	return listing{s.Name, s.Title, s.Classes, s.Train, s.Test, s.Sensor.String(), s.Size,
		s.Licence, s.Page, s.Manual}
}

func orText(s, without string) string {
	if s == "" {
		return without
	}
	return s
}

type dataGetCommand struct {
	Name string `arg:"" help:"Name of a set; ssnn data list prints them."`
	To   string `help:"Folder for the set (default: data/NAME)." placeholder:"DIR"`
	Keep bool   `help:"Keep the archives after unpacking."`
}

// stoppedError says how to go on with a download. Its exit code is that of an interruption.
type stoppedError struct{ again string }

func (e stoppedError) Error() string { return "interrupted; go on with: " + e.again }

// As makes it one of the interruptions that main knows.
func (e stoppedError) As(target any) bool {
	t, ok := target.(*interruptedError)
	if ok {
		*t = interruptedError{}
	}
	return ok
}

// Run is called by kong.
func (d *dataGetCommand) Run(c console) error {
	source, err := sourceOf(d.Name)
	if err != nil {
		return usageError{err}
	}
	dir := d.To
	if dir == "" {
		dir = filepath.Join("data", d.Name)
	}
	ctx, stop := interruptible()
	defer stop()

	bars := newTransferBars(c)
	r, err := download.Get(ctx, source, dir, download.Options{Agent: "ssnn/" + version(),
		Progress: bars.show, Keep: d.Keep})
	bars.close()
	if errors.Is(err, context.Canceled) {
		return stoppedError{fmt.Sprintf("ssnn data get %s --to %s", d.Name, quoted(dir))}
	}
	if err != nil {
		return err
	}
	before := ""
	if r.Before {
		before = " (it was there)"
	}
	for _, n := range r.Notes {
		fmt.Fprintln(c.out, "note:", n)
	}
	_, err = fmt.Fprintf(c.out, "%s in %s%s: %d classes, %d recordings to train and %d to test\n",
		source.Title, dir, before, r.Classes, r.Train, r.Test)
	return err
}

func sourceOf(name string) (download.Source, error) {
	var names []string
	for _, s := range download.Sources() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return download.Source{}, fmt.Errorf("unknown set %q, want one of %s", name,
		strings.Join(names, ", "))
}

// transferBars shows a bar for one archive after another on a terminal, and nothing elsewhere.
type transferBars struct {
	to   *os.File // nil where there is no terminal
	what string
	bar  *progressbar.ProgressBar
}

func newTransferBars(c console) *transferBars {
	if f, ok := c.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &transferBars{to: f}
	}
	return &transferBars{}
}

func (b *transferBars) show(what string, done, total int64) {
	if b.to == nil {
		return
	}
	if b.what != what {
		b.close()
		b.what = what
		b.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(b.to), progressbar.OptionSetDescription(what),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(20))
	}
	b.bar.Set64(done)
}

func (b *transferBars) close() {
	if b.bar != nil {
		b.bar.Finish()
		b.bar = nil
	}
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/regular"
)

type dataSliceCommand struct {
	In       []string      `arg:"" name:"recording" help:"Recordings, or folders of recordings; the structure of folders is kept."`
	Out      string        `short:"o" required:"" help:"Folder to make for the samples, which become [<folder>/]<class>/<recording>-<number>.<format>." placeholder:"DIR"`
	Duration events.Micros `help:"Make samples of this duration, beginning with the first event." placeholder:"TIME"`
	Count    int64         `help:"Make samples of N events." placeholder:"N"`
	Labels   string        `help:"Make a sample for each row of a table with the columns class,startTime_usec,endTime_usec, as in DVS128 Gesture: the table of the recording, or a folder with a table <recording>_labels.csv for each recording." placeholder:"PATH"`
	Overlap  overlap       `help:"How much a sample shares with the one before: a time such as 100ms with --duration, a number of events with --count." placeholder:"TIME|N"`
	Rest     bool          `help:"Also keep the end of a recording that is shorter than a sample of --duration or --count."`
	Class    string        `help:"Class of recordings that are given as files. Recordings in a folder have the folder's name as their class (default: none)." placeholder:"NAME"`
	To       string        `help:"Format of the samples, one that ssnn convert writes." default:"aedat4" placeholder:"FORMAT"`
	Zero     bool          `help:"Shift the times of each sample so that they begin at 0."`
	readingFlags
}

// overlap is a time or a number of events.
type overlap struct {
	n     int64 // us, or events
	timed bool  // it has a unit of time
}

// UnmarshalText reads a whole number, or a time with its unit.
func (o *overlap) UnmarshalText(b []byte) error {
	t, err := events.ParseTime(string(b))
	_, plain := strconv.ParseInt(string(b), 10, 64)
	*o = overlap{int64(t), plain != nil}
	return err
}

// mostLabels is the largest table of labels, in bytes.
const mostLabels = 1 << 26

// toSlice is a recording that is cut into samples.
type toSlice struct {
	path   string
	folder string // of its samples, below that of all
	dataset.Slicing
	summary
}

// name returns the beginning of the names of its samples.
func (r toSlice) name() string {
	base := filepath.Base(filepath.Clean(r.path))
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// Run is called by kong.
func (d *dataSliceCommand) Run(c console) error {
	if err := d.check(); err != nil {
		return usageError{err}
	}
	all, without, err := d.recordings()
	if err != nil {
		return err
	}
	if without > 0 {
		fmt.Fprintf(c.err, "note: files without a table of labels, which are left out: %d\n",
			without)
	}
	var sum dataset.Sliced
	err = fillFolder(c, d.Out, "ssnn data slice", func(ctx context.Context, stage string) error {
		if err := d.summariseAll(ctx, all); err != nil {
			return err
		}
		for _, r := range all {
			done, err := d.slice(ctx, stage, r)
			if err != nil {
				return fmt.Errorf("%s: %w", r.path, err)
			}
			c.skips.Add(r.skipped)
			sum.Samples += done.Samples
			sum.Empty += done.Empty
			sum.Events += done.Events
			sum.Outside += done.Outside
		}
		if sum.Samples == 0 {
			return d.nothing(all, sum)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%d samples in %s; left out: %d samples without events, and %d of "+
		"%d events, which are in no sample\n",
		sum.Samples, d.Out, sum.Empty, sum.Outside, sum.Events)
	return err
}

// nothing returns the error that no sample has an event.
func (d *dataSliceCommand) nothing(all []toSlice, sum dataset.Sliced) error {
	r := all[0]
	switch {
	case sum.Events == 0:
		return fmt.Errorf("%s: no events, want some to make samples of", r.path)
	case d.Labels != "":
		return fmt.Errorf("%s: its events are from %d to %d us, and none is in a row of the table "+
			"of labels: want times in us on the recording's own clock", r.path, r.First, r.Last)
	}
	return fmt.Errorf("%s: its %d events from %d to %d us are too few for a sample, want --rest "+
		"or smaller samples", r.path, r.Events, r.First, r.Last)
}

func (d *dataSliceCommand) check() error {
	if d.Overlap.timed && d.Count > 0 {
		return errors.New("--overlap is a time, want a number of events with --count")
	}
	s := dataset.Slicing{Duration: d.Duration, Count: d.Count, Overlap: d.Overlap.n, Rest: d.Rest}
	if d.Labels != "" {
		s.Labels = []dataset.Span{{}}
	}
	if d.Class != "" {
		if d.Labels != "" {
			return errors.New("--class and --labels both say the classes, want one of them")
		}
		if err := folderName(d.Class); err != nil {
			return err
		}
	}
	if _, err := events.NewWriter(nil, d.To, events.Size{Width: 1, Height: 1}); err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	return s.Validate()
}

// folderName returns an error if the name of a class cannot be that of a folder in a set.
func folderName(class string) error {
	odd := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) }
	if class == "" || len(class) > 100 || strings.HasPrefix(class, ".") ||
		strings.ContainsFunc(class, odd) || !filepath.IsLocal(class) {

		return fmt.Errorf("class %.40q, want one that can be the name of a folder", class)
	}
	return nil
}

// recordings lists the recordings to cut, and counts the files in folders that have no table of
// labels.
func (d *dataSliceCommand) recordings() (all []toSlice, without int, err error) {
	add := func(path, folder, table string) error {
		r := toSlice{path: path, folder: folder, Slicing: dataset.Slicing{Duration: d.Duration,
			Count: d.Count, Overlap: d.Overlap.n, Rest: d.Rest}}
		if table != "" {
			text, err := regular.ReadFile(table, mostLabels)
			if err != nil {
				return regular.Want(err, "a table of labels (--labels)")
			}
			if r.Labels, err = dataset.Labels(text); err != nil {
				return fmt.Errorf("%s, %w", table, err)
			}
			for _, l := range r.Labels {
				if err := folderName(l.Class); err != nil {
					return fmt.Errorf("%s, line %d: %w", table, l.Line, err)
				}
			}
		}
		all = append(all, r)
		return nil
	}
	tables := d.Labels != "" && isFolder(d.Labels)
	if d.Labels != "" && !tables && (len(d.In) > 1 || isSet(d.In[0])) {
		return nil, 0, usageError{fmt.Errorf("--labels %s is the table of one recording, want a "+
			"folder with <recording>_labels.csv for each", d.Labels)}
	}
	for _, in := range d.In {
		if !isSet(in) {
			table := d.Labels
			if tables {
				table = filepath.Join(d.Labels, toSlice{path: in}.name()+"_labels.csv")
			}
			if err := add(in, d.Class, table); err != nil {
				return nil, 0, err
			}
			continue
		}
		list := dataset.Tree
		if tables {
			list = labelled
		}
		paths, err := list(os.DirFS(in))
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", in, err)
		}
		for _, path := range paths {
			path = filepath.FromSlash(path)
			table := ""
			if tables {
				table = filepath.Join(d.Labels, filepath.Dir(path),
					toSlice{path: path}.name()+"_labels.csv")
				if _, err := os.Stat(table); errors.Is(err, fs.ErrNotExist) {
					without++
					continue
				}
			}
			if err := add(filepath.Join(in, path), filepath.Dir(path), table); err != nil {
				return nil, 0, err
			}
		}
	}
	if len(all) == 0 {
		return nil, 0, fmt.Errorf("no recording has a table in %s, want <recording>_labels.csv "+
			"there", d.Labels)
	}
	return all, without, nil
}

// labelled lists all files below a folder, without tables of labels and hidden files.
func labelled(files fs.FS) (all []string, err error) {
	return all, fs.WalkDir(files, ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != "." && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
		case !e.IsDir() && !strings.HasSuffix(path, "_labels.csv"):
			all = append(all, path)
		}
		return nil
	})
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// isSet reports whether a path is a folder, and not a bag of ROS 2.
func isSet(path string) bool {
	_, err := os.Stat(filepath.Join(path, "metadata.yaml"))
	return err != nil && isFolder(path)
}

// summariseAll reads all recordings once. Files that do not say their sensor get the smallest that
// holds the events of all of them.
func (d *dataSliceCommand) summariseAll(ctx context.Context, all []toSlice) error {
	var most events.Size
	for i := range all {
		if ctx.Err() != nil {
			return stoppedError{"the same command, which begins anew"}
		}
		s, err := d.summarise(all[i].path)
		if err != nil {
			return err
		}
		all[i].summary = s
		if s.sizeFrom == "events" {
			most.Width = max(most.Width, s.sensor.Width)
			most.Height = max(most.Height, s.sensor.Height)
		}
	}
	for i := range all {
		if all[i].sizeFrom == "events" {
			all[i].sensor = most
		}
	}
	return nil
}

// slice cuts a recording.
func (d *dataSliceCommand) slice(
	ctx context.Context, stage string, r toSlice,
) (dataset.Sliced, error) {
	f, err := d.open(r.path)
	if err != nil {
		return dataset.Sliced{}, err
	}
	defer f.Close()
	var unclosed []*sampleFile
	defer func() {
		for _, s := range unclosed {
			s.file.Close() // an error before has its cause; else it is closed already
		}
	}()
	return r.Cut(&interruptibleReader{f, ctx}, r.Summary,
		func(p dataset.Part) (events.Writer, error) {
			s, err := d.sample(filepath.Join(stage, r.folder, p.Class),
				fmt.Sprintf("%s-%05d.%s", r.name(), p.Number, d.To), r.sensor)
			if err == nil {
				unclosed = append(openOnes(unclosed), s)
			}
			return s, err
		})
}

// openOnes leaves out the files that are closed.
func openOnes(all []*sampleFile) []*sampleFile {
	open := all[:0]
	for _, s := range all {
		if !s.closed {
			open = append(open, s)
		}
	}
	return open
}

// interruptibleReader reads until its context ends.
type interruptibleReader struct {
	events.Reader
	ctx context.Context
}

func (r *interruptibleReader) Read(buf []events.Event) (int, error) {
	if r.ctx.Err() != nil {
		return 0, stoppedError{"the same command, which begins anew"}
	}
	return r.Reader.Read(buf)
}

// sampleFile is a sample that is being written.
type sampleFile struct {
	events.Writer
	file   *os.File
	buffer *bufio.Writer
	zero   bool // times begin at 0
	begin  events.Micros
	shift  []events.Event
	closed bool
}

// sample makes a file, which must be new.
func (d *dataSliceCommand) sample(dir, name string, sensor events.Size) (*sampleFile, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("two recordings of a folder have this name, and their samples "+
			"would both be %s: want names that differ", name)
	}
	if err != nil {
		return nil, err
	}
	s := &sampleFile{file: f, buffer: bufio.NewWriterSize(f, 1<<16), zero: d.Zero,
		begin: math.MinInt64}
	if s.Writer, err = events.NewWriter(s.buffer, d.To, sensor); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

func (s *sampleFile) Write(all []events.Event) error {
	if !s.zero {
		return s.Writer.Write(all)
	}
	if s.begin == math.MinInt64 {
		s.begin = all[0].T
	}
	s.shift = append(s.shift[:0], all...)
	for i := range s.shift {
		s.shift[i].T -= s.begin
	}
	return s.Writer.Write(s.shift)
}

// Close writes the rest of the file, and makes sure that the disk has kept it.
func (s *sampleFile) Close() error {
	s.closed = true
	err := s.Writer.Close()
	for _, then := range []func() error{s.buffer.Flush, s.file.Sync, s.file.Close} {
		if err == nil {
			err = then()
		}
	}
	if err != nil {
		s.file.Close()
	}
	return err
}

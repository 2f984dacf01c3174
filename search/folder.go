package search

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ssnn/dataset"
	"ssnn/internal/atomicfile"
	"ssnn/internal/folder"
	"ssnn/internal/plainjson"
	"ssnn/recipes"
	"ssnn/train"
)

// The folder of a search holds search.json, with the purpose of the search; measured.jsonl, with
// all measurements so far, in order; and for each cut that is trained a folder of its name with the
// folders of its runs. The choice of cuts and their rank follow from search.json and measured.jsonl
// alone, so that a search that goes on decides as it did before, whatever the clock says now.
const (
	searchFile   = "search.json"
	measuredFile = "measured.jsonl"
)

// purpose has everything that the result of a search depends on, apart from the measurements.
type purpose struct {
	Latency     time.Duration `json:"latency_ns"`
	Energy      float64       `json:"joules"`
	Timesteps   int           `json:"timesteps"`
	Stages      int           `json:"stages"`
	Transitions []string      `json:"transitions"`
	Candidates  int           `json:"candidates"`
	Epochs      int           `json:"epochs"`
	Threads     int           `json:"threads"` // threads with which latencies are measured
	Host        string        `json:"host"`    // name of the machine on which they are measured
	Recipe      string        `json:"recipe"`

	Train   dataset.Recordings `json:"train"`
	HeldOut dataset.Recordings `json:"held_out"`
	Test    dataset.Recordings `json:"test"`
}

// purpose returns the purpose of the search as it begins or goes on here.
func (s *search) purpose() (purpose, error) {
	p := purpose{
		Latency: s.Latency, Energy: s.Energy, Timesteps: s.Timesteps, Stages: s.Stages,
		Candidates: s.Candidates, Epochs: s.Epochs, Threads: s.Machine.Threads,
		Recipe: s.named.Text(),
	}
	for _, t := range s.Transitions {
		p.Transitions = append(p.Transitions, wordOf(t))
	}
	var err error
	if p.Host, err = os.Hostname(); err != nil {
		return p, err
	}
	for split, are := range map[string]*dataset.Recordings{
		dataset.Train: &p.Train, dataset.HeldOut: &p.HeldOut, dataset.Test: &p.Test,
	} {
		set, err := s.Machine.List(s.data.recipe, split, s.data.classes)
		if err != nil {
			return p, err
		}
		if *are, err = set.Recordings(); err != nil {
			return p, fmt.Errorf("%s: %w", s.named.Dataset, err)
		}
		s.note(set.Notes...)
	}
	return p, nil
}

// changed says in words how a purpose differs from the one before, or returns nothing. If no
// latency is asked for, the machine may be another one; and the recordings may have moved.
func (p purpose) changed(was purpose) (string, error) {
	before, err := recipes.Parse(was.Recipe)
	if err != nil {
		return "", fmt.Errorf("its recipe: %w", err)
	}
	now, err := recipes.Parse(p.Recipe)
	if err != nil {
		return "", fmt.Errorf("the recipe: %w", err)
	}
	now.Dataset = before.Dataset
	var all []string
	differ := func(what string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			all = append(all, fmt.Sprintf("%s was %s and is %s now", what, x, y))
		}
	}
	joules := func(j float64) string { return fmt.Sprintf("%.9g uJ", 1e6*j) }
	differ("--latency", was.Latency, p.Latency)
	differ("--energy", joules(was.Energy), joules(p.Energy))
	differ("--timesteps", was.Timesteps, p.Timesteps)
	differ("--stages", was.Stages, p.Stages)
	differ("--transition", strings.Join(was.Transitions, ","), strings.Join(p.Transitions, ","))
	differ("--candidates", was.Candidates, p.Candidates)
	differ("--epochs", was.Epochs, p.Epochs)
	differ("--threads", was.Threads, p.Threads)
	if recipe := recipes.Changes(before, now); recipe != "" {
		all = append(all, recipe)
	}
	for _, split := range []struct {
		of      string
		was, is dataset.Recordings
	}{{"train", was.Train, p.Train}, {"rank", was.HeldOut, p.HeldOut}, {"test", was.Test, p.Test}} {
		if split.was != split.is {
			all = append(all, fmt.Sprintf("the recordings to %s were %s, and now they are others",
				split.of, split.was))
			break
		}
	}
	if p.Latency > 0 {
		differ("the machine, on which alone latencies can be measured,", was.Host, p.Host)
	}
	return strings.Join(all, ", "), nil
}

// claim locks the folder for the search, and takes over the measurements in it.
func (s *search) claim() (unlock func(), err error) {
	now, err := s.purpose()
	if err != nil {
		return nil, err
	}
	unlock, note, err := folder.Lock(s.Dir, "ssnn search")
	if err != nil {
		return nil, err
	}
	if note != "" {
		s.note(note)
	}
	if err := s.open(now, note == ""); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// open reads the folder, or begins it. alone says that no other process writes there.
func (s *search) open(now purpose, alone bool) error {
	if alone {
		if err := atomicfile.Clean(s.Dir, searchFile, measuredFile); err != nil {
			return err
		}
	}
	path := filepath.Join(s.Dir, searchFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if text, err = json.MarshalIndent(now, "", "  "); err != nil {
			return err
		}
		if err := atomicfile.WriteBytes(path, append(text, '\n')); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		var was purpose
		if err := plainjson.Unmarshal(text, &was); err != nil {
			return fmt.Errorf("%s: %w; want another folder (--out)", path, err)
		}
		changed, err := now.changed(was)
		if err != nil {
			return fmt.Errorf("%s: %w; want another folder (--out)", path, err)
		}
		if changed != "" {
			return fmt.Errorf("%s holds another search: %s; want another folder (--out)", s.Dir,
				changed)
		}
	}
	var note string
	if s.log, note, err = readLog(filepath.Join(s.Dir, measuredFile)); note != "" {
		s.note(note)
	}
	return err
}

// measured is a line of measured.jsonl: the latency and energy of the network of a cut and, once it
// is trained, its evaluation.
type measured struct {
	Cut     string        `json:"cut"`    // name of the cut's folder
	Epochs  int           `json:"epochs"` // epochs that it was trained for, 0 before
	Latency time.Duration `json:"latency_ns"`
	Energy  float64       `json:"joules"`

	HeldOut *train.Evaluation `json:"held_out,omitempty"` // nil before training
	Test    *train.Evaluation `json:"test,omitempty"`     // nil before training
}

// check returns an error if a line has values that are never written.
func (m measured) check() error {
	trained := m.Epochs > 0
	if m.Cut == "" || m.Epochs < 0 || m.Latency < 0 || !(m.Energy >= 0) ||
		trained != (m.HeldOut != nil) || trained != (m.Test != nil) {

		return errors.New("want \"cut\", \"latency_ns\" and \"joules\" of 0 or more, and " +
			"\"held_out\" and \"test\" where \"epochs\" is above 0")
	}
	return nil
}

// log has the measurements so far.
type log struct {
	path string
	all  []measured
}

// readLog reads the lines of a file; without the file there are none. A last line that is cut is
// left out, and the note says so. Any other damage is an error.
func readLog(path string) (l *log, note string, err error) {
	l = &log{path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	for i, line := range plainjson.Lines[measured](text) {
		if errors.Is(line.Err, plainjson.ErrCut) {
			note = plainjson.AtLine(path, i+1, line.Err, "its value is measured again").Error()
			return l, note, nil
		}
		if err := cmp.Or(line.Err, line.Value.check()); err != nil {
			return nil, "", plainjson.AtLine(path, i+1, err,
				"delete this line, and its value is measured again")
		}
		l.all = append(l.all, line.Value)
	}
	return l, "", nil
}

// once returns the measurement of a cut after some epochs from the log, or measures and logs it.
func (l *log) once(cut string, epochs int, measure func(*measured) error) (measured, error) {
	at := slices.IndexFunc(l.all, func(m measured) bool {
		return m.Cut == cut && m.Epochs == epochs
	})
	if at >= 0 {
		return l.all[at], nil
	}
	m := measured{Cut: cut, Epochs: epochs}
	if err := measure(&m); err != nil {
		return m, err
	}
	l.all = append(l.all, m)
	return m, atomicfile.WriteLines(l.path, l.all)
}

// runFolder returns the folder of the run that trains a cut for so many epochs: that of the round
// in which the run begins. A round goes on with the run of the round before if the schedule has the
// same rates with twice as many epochs. Otherwise, as under a cosine, each round begins a new run:
// an accuracy at a rate that has not come down yet says little.
func (s *search) runFolder(p cut, epochs int) string {
	round, begins := 1, 1
	for e := s.Epochs; e < epochs; e *= 2 {
		round++
		if s.named.Train.OtherWith(2*e, e) != "" {
			begins = round
		}
	}
	return filepath.Join(s.Dir, p.name(s.items), fmt.Sprintf("round-%d", begins))
}

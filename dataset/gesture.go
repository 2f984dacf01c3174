package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"ssnn/events"
)

// gestureShape is the layout of DVS128 Gesture (Amir and others 2017,
// research.ibm.com/interactive/dvsgesture). In each trial one person under one light makes all
// gestures one after another. A table beside the recording has a row for each gesture with its
// beginning and end, and two lists of trials are the splits: persons 1 to 23 train, 24 to 29 test.
// A sample is one row of a table, so that the whole set has 1,176 and 288 samples, as for
// SpikingJelly and snnTorch. The copy that tonic downloads, cut beforehand, has 1,077 and 264, with
// times in milliseconds.
const gestureShape = "DVS128 Gesture: trials_to_train.txt, trials_to_test.txt, and <trial>.aedat " +
	"with <trial>_labels.csv for each trial"

// gestureClasses are classes 1 to 11 of the tables, named as in tonic/datasets/dvsgesture.py.
var gestureClasses = []string{
	"hand_clapping", "right_hand_wave", "left_hand_wave",
	"right_arm_clockwise", "right_arm_counter_clockwise", "left_arm_clockwise",
	"left_arm_counter_clockwise",
	"arm_roll", "air_drums", "air_guitar", "other_gestures",
}

// gestureLists are the lists of trials.
var gestureLists = map[string]string{Train: "trials_to_train.txt", Test: "trials_to_test.txt"}

func gestureHere(files fs.FS) bool { return gestureRoot(files) != "" }

// gestureRoot finds the folder of the lists; empty says that there is none.
func gestureRoot(files fs.FS) string {
	for _, root := range []string{".", "DvsGesture"} {
		for _, list := range gestureLists {
			if _, err := fs.Stat(files, path.Join(root, list)); err == nil {
				return root
			}
		}
	}
	return ""
}

func openGesture(o opening) (*Set, error) {
	how, err := o.own("its lists of trials")
	if err != nil {
		return nil, err
	}
	s := &Set{Sensor: events.Size{Width: 128, Height: 128}, Split: how}
	if s.Classes, err = o.classNames(gestureClasses, "gesture"); err != nil {
		return nil, err
	}
	if o.root = gestureRoot(o.files); o.root == "" {
		return nil, fmt.Errorf("no %s, want the layout %s", gestureLists[o.split], gestureShape)
	}
	trials, err := o.trials()
	if err != nil {
		return nil, err
	}
	for _, trial := range trials[o.split] {
		if err := s.addTrial(o, trial); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(s.Samples, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), natural(a.Path, b.Path),
			cmp.Compare(a.From, b.From))
	})
	if err := s.unlisted(o, trials); err != nil {
		return nil, err
	}
	s.missing(o.split, map[string]int{Train: 1176, Test: 288}[o.split])
	return s, nil
}

// trials reads both lists, which have the name of one recording in each line. The two must not
// share any.
func (o opening) trials() (map[string][]string, error) {
	trials, listed := map[string][]string{}, map[string]string{}
	for _, split := range []string{Train, Test} {
		list := o.at(gestureLists[split])
		text, err := fs.ReadFile(o.files, list)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("no %s, want the layout %s", list, gestureShape)
		}
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for n := 1; lines.Scan(); n++ {
			name := strings.TrimSpace(lines.Text())
			if name == "" {
				continue
			}
			where := fmt.Sprintf("%s, line %d", list, n)
			if path.Ext(name) != ".aedat" || strings.ContainsAny(name, `/\`) ||
				!fs.ValidPath(name) {

				return nil, fmt.Errorf("%s: %q, want the name of a recording that ends in .aedat",
					where, name)
			}
			if before, twice := listed[name]; twice {
				return nil, fmt.Errorf("%s: trial %s is also in %s, want it once", where, name,
					before)
			}
			listed[name] = where
			trials[split] = append(trials[split], name)
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", list, err)
		}
	}
	return trials, nil
}

// addTrial adds a sample for each row of a trial's table.
func (s *Set) addTrial(o opening, name string) error {
	recording := o.at(name)
	switch _, err := fs.Stat(o.files, recording); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("recording %s is missing, want it as %s names it", recording,
			o.at(gestureLists[o.split]))
	case err != nil:
		return err
	}
	trial := strings.TrimSuffix(name, ".aedat")
	table := o.at(trial + "_labels.csv")
	text, err := fs.ReadFile(o.files, table)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing, want %s for each gesture of %s", table, labelHeader,
			recording)
	}
	if err != nil {
		return err
	}
	gestures, notes, err := gestureRows(trial, text)
	if err != nil {
		return fmt.Errorf("%s, %w", table, err)
	}
	for _, n := range notes {
		s.Notes = append(s.Notes, table+": "+n)
	}
	for _, g := range gestures {
		label := slices.Index(s.Classes, gestureClasses[g.class-1])
		s.Samples = append(s.Samples, Sample{Path: recording, Label: label, From: g.from, To: g.to})
	}
	return nil
}

// unlisted notes the recordings that neither list names.
func (s *Set) unlisted(o opening, trials map[string][]string) error {
	_, others, err := subfolders(o.files, o.root)
	if err != nil {
		return err
	}
	n := 0
	for _, name := range others {
		if path.Ext(name) == ".aedat" && !slices.Contains(trials[Train], name) &&
			!slices.Contains(trials[Test], name) {

			n++
		}
	}
	if n > 0 {
		s.Notes = append(s.Notes,
			fmt.Sprintf("recordings that are left out, as neither list of trials names them: %d",
				n))
	}
	return nil
}

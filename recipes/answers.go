package recipes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ssnn/dataset"
	"ssnn/internal/atomicfile"
	"ssnn/internal/plainjson"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// answersFile, in the folder of a finished run, has the answer of its network to each recording of
// its test split. Its lines are JSON: first an Answers without its Recordings, then one line for
// each of the Recordings.
const answersFile = "answers.jsonl"

// Answers are the answers of a trained network to the recordings of a test split.
type Answers struct {
	Dataset string   `json:"dataset"`    // name of an embedded set, or the path of a folder
	Classes []string `json:"classes"`    // names, in the order of the network's outputs
	Samples int      `json:"recordings"` // number of Recordings
	Loss    float64  `json:"loss"`       // mean cross-entropy
	// Network is the digest of the network; earlier versions left it empty.
	Network string `json:"network"`
	// SHA256 is the digest of the file with this field empty; earlier versions left it empty.
	SHA256     string     `json:"sha256"`
	Recordings []Answered `json:"-"` // in the order of the set
}

// Answered is a recording and the answer of a network to it.
type Answered struct {
	Recording string `json:"recording"` // see dataset.Sample.Name
	Digest    string `json:"digest"`    // digest of the file, see dataset.Set.Digests
	Class     int    `json:"class"`     // number of the right class, from 0
	Answer    int    `json:"answer"`    // number of the class that the network took it for
}

// Hit reports whether the recording was recognised.
func (a Answered) Hit() bool { return a.Answer == a.Class }

// Evaluation returns the accuracy of the answers, with the loss that they carry.
func (a *Answers) Evaluation() train.Evaluation {
	labels, answers := make([]int, len(a.Recordings)), make([]int, len(a.Recordings))
	for i, r := range a.Recordings {
		labels[i], answers[i] = r.Class, r.Answer
	}
	return train.Evaluated(labels, answers, len(a.Classes), a.Loss)
}

// networkDigest identifies a network by its configuration and its tensors. Other metadata of its
// file has no part in it.
func networkDigest(n *snn.Network) string { return safetensors.Digest(n.Metadata(), n.Tensors()) }

// newAnswers makes the answers of a network from its evaluation on a set.
func newAnswers(name string, set *dataset.Set, n *snn.Network, e train.Evaluation) (
	*Answers, error) {

	digests, err := set.Digests()
	if err != nil {
		return nil, err
	}
	a := &Answers{
		Dataset: name, Classes: set.Classes, Samples: e.Samples, Loss: e.Loss,
		Network: networkDigest(n),
	}
	for i, s := range set.Samples {
		a.Recordings = append(a.Recordings, Answered{s.Name(), digests[i], s.Label, e.Answers[i]})
	}
	return a, nil
}

// noSum is the text of the empty digest in the first line. It cannot be part of another value's
// text, where its quotes would be escaped.
const noSum = `"sha256":""`

func sumOf(digest string) string { return fmt.Sprintf(`"sha256":%q`, digest) }

// write writes the answers to a file.
func (a *Answers) write(path string) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	first := *a
	first.SHA256 = ""
	if err := e.Encode(first); err != nil {
		return err
	}
	for _, r := range a.Recordings {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	sum := sumOf(digestOf(text.Bytes()))
	return atomicfile.WriteBytes(path,
		bytes.Replace(text.Bytes(), []byte(noSum), []byte(sum), 1))
}

// readAnswers reads what write wrote. Its errors name the file and the line.
func readAnswers(path string) (*Answers, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseAnswers(path, text)
}

func parseAnswers(path string, text []byte) (*Answers, error) {
	damaged := func(line int, err error) error {
		help := "delete this file, and the network is tested again"
		return plainjson.AtLine(path, line, err, help)
	}
	a := &Answers{}
	lines := plainjson.Lines[json.RawMessage](text)
	for i, line := range lines {
		if line.Err != nil {
			return nil, damaged(i+1, line.Err)
		}
		if i == 0 {
			if err := plainjson.Unmarshal(line.Value, a); err != nil {
				return nil, damaged(1, err)
			}
			continue
		}
		var r Answered
		if err := plainjson.Unmarshal(line.Value, &r); err != nil {
			return nil, damaged(i+1, err)
		}
		last := len(a.Classes) - 1
		if r.Recording == "" || min(r.Class, r.Answer) < 0 || max(r.Class, r.Answer) > last {
			return nil, damaged(i+1, fmt.Errorf("recording %q of class %d, answer %d, want a name "+
				"and classes 0 to %d", r.Recording, r.Class, r.Answer, last))
		}
		a.Recordings = append(a.Recordings, r)
	}
	if len(lines) == 0 || len(a.Recordings) != a.Samples {
		return nil, damaged(0, fmt.Errorf("%d lines, want a first line that says how many "+
			"recordings follow, and a line for each of them", len(lines)))
	}
	if a.SHA256 != "" {
		bare := bytes.Replace(text, []byte(sumOf(a.SHA256)), []byte(noSum), 1)
		if digestOf(bare) != a.SHA256 {
			return nil, damaged(0, errors.New("its contents do not fit the SHA-256 in line 1"))
		}
	}
	return a, nil
}

// Answers returns the answers of a finished run, which its folder keeps, to its test split. A run
// that keeps none, as those of earlier versions do, or keeps those of another network than it now
// holds, is tested again and then keeps the new ones.
func (m Machine) Answers(dir string) (*Answers, error) { return m.answers(dir, answersFile, "") }

// AnswersTo returns the answers of a finished run's network to the test split of another set: data
// is a set's name or a folder. They are kept in the run's folder under name. Answers that were kept
// there for other data, or by another network, are made anew.
func (m Machine) AnswersTo(dir, name, data string) (*Answers, error) {
	return m.answers(dir, "answers-"+name+".jsonl", data)
}

// answers returns the answers that a file of the run's folder keeps to the test split of the run's
// set, or of other data where data is not empty. Where it keeps none of them, it makes the file.
func (m Machine) answers(dir, file, data string) (*Answers, error) {
	a, err := readAnswers(filepath.Join(dir, file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if a != nil && (data == "" || a.Dataset == data) {
		if a.Network == "" { // an earlier version wrote the file
			return a, nil
		}
		network, err := m.NetworkDigest(dir)
		if err != nil || network == a.Network {
			return a, err
		}
	}
	return m.answer(dir, file, data)
}

// NetworkDigest returns the digest of the network in a run's folder. Files that hold measurements
// of a network carry it, so that those of another network are not taken for this one's.
func (m Machine) NetworkDigest(dir string) (string, error) {
	path, _ := ModelFile(dir)
	model, err := m.OpenModel(path)
	if err != nil {
		return "", err
	}
	defer model.Close()
	return networkDigest(model.Net), nil
}

// answer tests the network of a finished run and keeps its answers in a file of the run's folder.
func (m Machine) answer(dir, file, data string) (*Answers, error) {
	a, err := m.TestOn(dir, data)
	if err != nil {
		return nil, err
	}
	return a, a.write(filepath.Join(dir, file))
}

// TestOn tests the network of a finished run on the test split of a set, a set's name or a
// folder, or, with data empty, of its own set, and keeps nothing.
func (m Machine) TestOn(dir, data string) (*Answers, error) {
	path, finished := ModelFile(dir)
	if !finished {
		return nil, fmt.Errorf("%s holds no finished run: no %s", dir, modelFile)
	}
	model, err := m.OpenModel(path)
	if err != nil {
		return nil, err
	}
	defer model.Close()
	model.Recipe = model.Recipe.On(data)
	if data != "" { // other data is split by its own folders, or as its layout is
		model.Recipe.Split = dataset.SplitOptions{}
	}
	t, err := m.Test(model, dataset.Test)
	if err != nil {
		return nil, err
	}
	a, err := newAnswers(model.Recipe.Dataset, t.Set, model.Net, t.Evaluation)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", model.Recipe.Dataset, err)
	}
	return a, nil
}

// OtherRecordings says in words how the recordings of the answers b differ from those of a. It is
// empty where they are the same, in whatever order.
func (a *Answers) OtherRecordings(b *Answers) string {
	if !slices.Equal(a.Classes, b.Classes) {
		return fmt.Sprintf("their classes differ, %q and %q", a.Classes, b.Classes)
	}
	known := map[string]Answered{}
	for _, r := range a.Recordings {
		known[r.Recording] = r
	}
	for _, r := range b.Recordings {
		k, ok := known[r.Recording]
		switch {
		case !ok:
			return fmt.Sprintf("only the second has recording %s", r.Recording)
		case k.Digest != r.Digest:
			return fmt.Sprintf("recording %s has other bytes", r.Recording)
		case k.Class != r.Class:
			return fmt.Sprintf("recording %s has another class", r.Recording)
		}
		delete(known, r.Recording)
	}
	for _, r := range a.Recordings {
		if _, left := known[r.Recording]; left {
			return fmt.Sprintf("only the first has recording %s", r.Recording)
		}
	}
	return ""
}

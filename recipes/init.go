package recipes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"ssnn/infer"
	"ssnn/internal/plainjson"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// InitRecipe returns the recipe for a training that begins with a model: the model's own recipe,
// without its teacher and without the model that it began with itself.
func (m Machine) InitRecipe(path string) (Recipe, error) {
	file, _, err := infer.FileOf(path)
	if err != nil {
		return Recipe{}, err
	}
	f, err := safetensors.Read(file, m.Unverified)
	if err != nil {
		return Recipe{}, err
	}
	r, err := RecipeOf(f)
	if err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	r.Train.Tuning = train.Tuning{}
	r.Train.Teacher, r.Train.TeacherSHA256 = "", ""
	return r, nil
}

// Network makes the network of a recipe for these classes. It copies from the model of train.init
// each tensor of the same name and shape, and in a classifier the rows of the classes that both
// have, by name. The other tensors are as the seed draws them, and a note names them. The returned
// recipe has the digest of the model.
func (m Machine) Network(r Resolved, classes []string) (
	net *snn.Network, with Resolved, notes []string, err error) {

	net, err = snn.New(r.Network, uint64(r.Seed), m.Threads)
	if err != nil {
		return nil, r, nil, err
	}
	fresh, err := m.initialise(net, &r.Train.Tuning, classes)
	if err != nil {
		net.Close()
		return nil, r, nil, err
	}
	if len(fresh) > 0 {
		notes = []string{fmt.Sprintf("tensors that do not come from %s and begin anew: %s",
			r.Train.Init, strings.Join(fresh, ", "))}
	}
	return net, r, notes, nil
}

// initialise copies the tensors that fit from the model of train.init, and returns the names of
// those that begin anew.
func (m Machine) initialise(net *snn.Network, t *train.Tuning, classes []string) (
	fresh []string, err error) {

	if t.Init == "" {
		if t.Freeze > 0 {
			return nil, fmt.Errorf("train.freeze is %d without train.init, want the model that "+
				"the frozen stages come from", t.Freeze)
		}
		return nil, nil
	}
	data, err := readInit(t.Init)
	if err != nil {
		return nil, err
	}
	digest := digestOf(data)
	if err := sameInitDigest(*t, digest); err != nil {
		return nil, err
	}
	f, err := m.parseModel(data, t.Init)
	if err == nil {
		fresh, err = take(f, net, classes, t.Freeze)
	}
	if err != nil {
		return nil, fmt.Errorf("train.init %s: %w", t.Init, err)
	}
	t.InitSHA256 = digest
	return fresh, nil
}

// take copies the tensors of a file that fit a network for these classes. It returns the names of
// the network's tensors that the file lacks or has in another shape. The file must have all tensors
// of the frozen stages.
func take(f *safetensors.File, net *snn.Network, classes []string, frozen int) (
	fresh []string, err error) {

	var had []string // a bare file of weights names no classes, so its classifiers begin anew
	if text, ok := f.Metadata[infer.ClassesKey]; ok {
		if err := plainjson.Unmarshal([]byte(text), &had); err != nil {
			return nil, fmt.Errorf("%q in its metadata: want a list of names: %w",
				infer.ClassesKey, err)
		}
	}
	taken := 0
	for _, p := range slices.Concat(net.Parameters(), net.Statistics()) {
		t, there := f.Get(p.Name)
		switch {
		case there && p.OfClasses() && !slices.Equal(had, classes):
			n, err := takeRows(t, p, had, classes)
			if err != nil {
				return nil, fmt.Errorf("tensor %q: %w", p.Name, err)
			}
			if n < len(classes) {
				fresh = append(fresh, fmt.Sprintf("%s (%d of %d classes)", p.Name, len(classes)-n,
					len(classes)))
			}
		case there && slices.Equal(t.Shape, p.Shape):
			if err := snn.ImportTensor(f, p.Name, p, p.Value); err != nil {
				return nil, err
			}
			if p.Stage() >= 0 {
				taken++
			}
		case p.Stage() >= 0 && p.Stage() < frozen && there:
			return nil, fmt.Errorf("tensor %q has shape %v, want %v for a frozen stage", p.Name,
				t.Shape, p.Shape)
		case p.Stage() >= 0 && p.Stage() < frozen:
			return nil, fmt.Errorf("no tensor %q, want one of shape %v for a frozen stage", p.Name,
				p.Shape)
		case there:
			fresh = append(fresh, fmt.Sprintf("%s (%v for %v)", p.Name, p.Shape, t.Shape))
		default:
			fresh = append(fresh, p.Name)
		}
	}
	if taken == 0 {
		return nil, errors.New("none of its tensors fits a stage of the network by name and shape")
	}
	return fresh, nil
}

// takeRows copies the rows of the classes that both networks have, and returns their number.
func takeRows(t safetensors.Tensor, p *snn.Parameter, had, classes []string) (n int, err error) {
	if len(t.Shape) != len(p.Shape) || t.Shape[0] != len(had) ||
		!slices.Equal(t.Shape[1:], p.Shape[1:]) {

		return 0, nil
	}
	from, err := t.Float32s()
	if err != nil {
		return 0, err
	}
	rows := p.Export(p.Value)
	size := len(rows) / len(classes)
	for i, class := range classes {
		if k := slices.Index(had, class); k >= 0 {
			copy(rows[i*size:(i+1)*size], from[k*size:])
			n++
		}
	}
	return n, p.Import(p.Value, rows)
}

func readInit(path string) ([]byte, error) { return readModel("train.init", path) }

// readModel reads the file of a model that a recipe names by a key.
func readModel(key, path string) ([]byte, error) {
	file, _, err := infer.FileOf(path)
	if err == nil {
		var data []byte
		if data, err = os.ReadFile(file); err == nil {
			return data, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", key, err)
}

// parseModel parses the bytes that readModel read from a path.
func (m Machine) parseModel(data []byte, path string) (*safetensors.File, error) {
	f, err := safetensors.Parse(data)
	if !m.Unverified || !errors.Is(err, safetensors.ErrDigest) {
		return f, err
	}
	file, _, err := infer.FileOf(path)
	if err != nil {
		return nil, err
	}
	return safetensors.Read(file, true)
}

// sameInit is sameTeacher for the model that a run begins with.
func sameInit(r *Recipe, run Recipe) error {
	own, had := &r.Train.Tuning, run.Train.Tuning
	if own.Init != had.Init || own.Init == "" || own.InitSHA256 != "" {
		return nil
	}
	own.InitSHA256 = had.InitSHA256
	data, err := readInit(own.Init)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return sameInitDigest(*own, digestOf(data))
}

func sameInitDigest(t train.Tuning, digest string) error {
	if t.InitSHA256 != "" && t.InitSHA256 != digest {
		return fmt.Errorf("train.init %s: its SHA-256 is %s, want %s as in train.init_sha256: "+
			"it is not the file that the run began with", t.Init, digest, t.InitSHA256)
	}
	return nil
}

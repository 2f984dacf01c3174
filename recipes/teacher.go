package recipes

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"ssnn/dataset"
	"ssnn/frames"
	"ssnn/train"
)

// teacherOf opens the model that a recipe names as the teacher, and returns the digest of its file.
// It is nil where the recipe names none. A model that does not fit the recipe or the classes is an
// error that names its path.
func (m Machine) teacherOf(r Resolved, classes []string) (
	teacher *Model, digest string, err error) {

	path := r.Train.Teacher
	if path == "" {
		return nil, "", nil
	}
	data, err := readTeacher(path)
	if err != nil {
		return nil, "", err
	}
	digest = digestOf(data)
	if err := sameDigest(r.Train.Teaching, digest); err != nil {
		return nil, "", err
	}
	f, err := m.parseModel(data, path)
	if err == nil {
		teacher, err = modelOf(f, m.Threads)
	}
	if err != nil {
		return nil, "", fmt.Errorf("train.teacher %s: %w", path, err)
	}
	if err := teacher.canTeach(r, classes); err != nil {
		teacher.Close()
		return nil, "", fmt.Errorf("train.teacher %s: %w", path, err)
	}
	return teacher, digest, nil
}

func readTeacher(path string) ([]byte, error) {
	return readModel("train.teacher", path)
}

// sameTeacher gives a recipe that has no digest of its teacher the digest of a run's. It returns an
// error if the teacher's file has other contents than in the run; a file that is gone is not
// checked.
func sameTeacher(r *Recipe, run Recipe) error {
	own, had := &r.Train, run.Train
	if own.Teacher != had.Teacher || own.Teacher == "" || own.TeacherSHA256 != "" {
		return nil
	}
	own.TeacherSHA256 = had.TeacherSHA256
	data, err := readTeacher(own.Teacher)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return sameDigest(own.Teaching, digestOf(data))
}

// sameDigest returns an error if the digest is not the one that the recipe wants.
func sameDigest(t train.Teaching, digest string) error {
	if t.TeacherSHA256 != "" && t.TeacherSHA256 != digest {
		return fmt.Errorf("train.teacher %s: its SHA-256 is %s, want %s as in "+
			"train.teacher_sha256: it is not the file that the run began with", t.Teacher, digest,
			t.TeacherSHA256)
	}
	return nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// canTeach returns an error if the model does not fit the training of a recipe on recordings of
// these classes.
func (m *Model) canTeach(r Resolved, classes []string) error {
	for i := range max(len(m.Classes), len(classes)) {
		if got, want := classAt(m.Classes, i), classAt(classes, i); got != want {
			return fmt.Errorf("its class %d is %s, want %s as in %s", i, got, want, r.Dataset)
		}
	}
	own := m.Recipe
	if own.Frames.Sensor != r.Frames.Sensor {
		return fmt.Errorf("its sensor has %v pixels, want %v as in this recipe",
			own.Frames.Sensor, r.Frames.Sensor)
	}
	a, got, want := r.Augment, own.Frames.Pixels(), r.Frames.Pixels()
	if got != want && (a.Shift > 0 || a.Cutout > 0) {
		return fmt.Errorf("its frames have %v pixels and the network's %v, want the same, or "+
			"augment.shift %d and augment.cutout %d, which are in pixels, both 0",
			got, want, a.Shift, a.Cutout)
	}
	if own.absolute().Dataset == r.absolute().Dataset && own.Split != r.Split {
		return fmt.Errorf("it was trained on another split of %s (%s) than this recipe's (%s), "+
			"and may have learned from recordings that do not train here: want the same split",
			r.Dataset, splitOf(own.Split), splitOf(r.Split))
	}
	return nil
}

func classAt(classes []string, i int) string {
	if i >= len(classes) {
		return "none"
	}
	return fmt.Sprintf("%q", classes[i])
}

func splitOf(s dataset.SplitOptions) string {
	return fmt.Sprintf("rule %s, seed %d, fraction %v, held_out %v",
		cmp.Or(string(s.Rule), "of the layout"), s.Seed, s.Fraction, s.HeldOut)
}

// lessons returns the training recordings as the teacher sees them: in its own frames, augmented by
// the same draws. Frames that are integrated already are taken where they have its configuration.
func (m Machine) lessons(set *dataset.Set, r Resolved, teacher *Model, own train.Samples) (
	train.Samples, error) {

	cfg := teacher.Resolved().Frames
	if f := integrated(own, cfg); f != nil {
		return f, nil
	}
	f, err := m.Integrate(set, cfg)
	if err != nil {
		return nil, err
	}
	f.Augment = r.Augment
	return f, nil
}

// integrated returns the frames of a configuration among samples, or nil.
func integrated(of train.Samples, cfg frames.Config) *dataset.Frames {
	all, ok := of.(dataset.Integrations)
	if one, is := of.(*dataset.Frames); is {
		all, ok = dataset.Integrations{one}, true
	}
	if ok {
		for _, f := range all {
			if f.Config == cfg {
				return f
			}
		}
	}
	return nil
}

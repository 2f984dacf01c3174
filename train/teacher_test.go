package train_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/snn"
	"ssnn/train"
)

// counted are samples that count how often they are filled in for training, and for no draw.
type counted struct {
	train.Samples
	drawn, plain *int
}

func (c counted) Fill(dst []float32, batch []int, draw *dataset.Draw) error {
	if draw != nil {
		*c.drawn += len(batch)
	} else {
		*c.plain += len(batch)
	}
	return c.Samples.Fill(dst, batch, draw)
}

// mislabelled are samples whose labels say nothing.
type mislabelled struct{ stripes }

func (mislabelled) Label(int, *dataset.Draw) dataset.Label { return dataset.Label{} }

// unaugmented are samples that are shown alike in every epoch.
type unaugmented struct{ stripes }

func (u unaugmented) Fill(dst []float32, batch []int, _ *dataset.Draw) error {
	return u.stripes.Fill(dst, batch, nil)
}

// teacherOf teaches stripes: a wider network of more timesteps than the student, trained or not.
func teacherOf(t *testing.T, epochs, threads int) *train.Teacher {
	t.Helper()
	c := stripesConfig()
	c.Stages = [][]snn.Item{{snn.Conv(12), snn.AvgPool(2), snn.Conv(20)}}
	c.T, c.Early.On = []int{6}, false
	net, err := snn.New(c, 3, threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	cfg := train.Default()
	cfg.Epochs, cfg.Batch = epochs, 5
	tr, err := train.New(cfg, net, stripes{c, 43}, nil, 4)
	if err != nil {
		t.Fatal(err)
	}
	for !tr.Done() {
		if _, err := tr.RunEpoch(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	return &train.Teacher{Net: net, Samples: stripes{c, 43}}
}

// A student whose labels say nothing learns from its teacher alone.
func TestStudentLearnsFromTeacher(t *testing.T) {
	teacher := teacherOf(t, 8, 2)
	c := stripesConfig()
	for weight, most := range map[float64]float64{0: 0.6, 1: 1} {
		net, err := snn.New(c, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		cfg := train.Default()
		cfg.Epochs, cfg.Batch, cfg.TeacherWeight = 8, 5, weight
		tr, err := train.New(cfg, net, mislabelled{stripes{c, 43}}, stripes{c, 20}, 9)
		if err == nil {
			err = tr.LearnFrom(teacher)
		}
		var m train.Metrics
		for err == nil && !tr.Done() {
			m, err = tr.RunEpoch(context.Background(), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if a := m.TestAccuracy; a > most || weight == 1 && a < 0.9 {
			t.Errorf("teacher_weight %v: test accuracy %v, want at least 0.9 with a teacher, "+
				"at most %v", weight, a, most)
		}
	}
}

// The same seed gives the same bytes with a teacher, whatever the number of threads of either, and
// wherever the run was interrupted; a weight of 0 gives those of a run without one.
func TestTeacherDoesNotChangeTheRun(t *testing.T) {
	for name, steady := range map[string]bool{"augmented": false, "steady": true} {
		taught := func(tr *train.Trainer, threads int) *train.Trainer {
			teacher := teacherOf(t, 1, threads)
			if teacher.Steady = steady; steady {
				teacher.Samples = unaugmented{teacher.Samples.(stripes)}
			}
			if err := tr.LearnFrom(teacher); err != nil {
				t.Fatal(err)
			}
			return tr
		}
		change := func(c *train.Config) { c.TeacherWeight = 0.7 }
		want := saved(t, taught(newTrainer(t, 1, change), 1))
		if got := saved(t, taught(newTrainer(t, 3, change), 2)); !bytes.Equal(got, want) {
			t.Errorf("%s: more threads make another checkpoint", name)
		}
		for _, stop := range []int{1, 9, 25} {
			path := interrupt(t, taught(newTrainer(t, 2, change), 2), stop)
			if got := saved(t, taught(resumed(t, path, change), 1)); !bytes.Equal(got, want) {
				t.Errorf("%s: interrupted after %d steps, the run ends elsewhere", name, stop)
			}
		}
		plain := saved(t, newTrainer(t, 1, nil))
		if bytes.Equal(plain, want) {
			t.Errorf("%s: the teacher changed nothing", name)
		}
		unheard := func(c *train.Config) { c.TeacherWeight = 0 }
		if got := saved(t, taught(newTrainer(t, 1, unheard), 1)); !bytes.Equal(got, plain) {
			t.Errorf("%s: a teacher of weight 0 changes the run", name)
		}
	}
}

// A teacher is asked for every sample of every epoch, or, where samples do not change, only once,
// and then it says the same.
func TestTeacherIsAskedOnce(t *testing.T) {
	var files [][]byte
	for _, steady := range []bool{false, true} {
		var drawn, plain int
		teacher := teacherOf(t, 1, 1)
		teacher.Samples = counted{unaugmented{teacher.Samples.(stripes)}, &drawn, &plain}
		teacher.Steady = steady
		tr := newTrainer(t, 1, nil) // of 4 epochs
		if err := tr.LearnFrom(teacher); err != nil {
			t.Fatal(err)
		}
		files = append(files, saved(t, tr))
		want := map[bool][]int{false: {4 * 43, 0}, true: {0, 43}}[steady]
		if !slices.Equal([]int{drawn, plain}, want) {
			t.Errorf("steady %v: asked for %d augmented and %d other samples, want %v",
				steady, drawn, plain, want)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Errorf("answers that are kept train another network than answers that are made anew")
	}
}

func TestTeacherRefuses(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(l *train.Loss)
	}{
		{"train.teacher_weight 2, want 0 to 1", func(l *train.Loss) { l.TeacherWeight = 2 }},
		{"train.teacher_weight -0.1, want 0 to 1", func(l *train.Loss) { l.TeacherWeight = -0.1 }},
		{"train.teacher_temperature 0, want 0.001 to 1000",
			func(l *train.Loss) { l.TeacherTemperature = 0 }},
		{"train.teacher_temperature 1e+06, want 0.001 to 1000",
			func(l *train.Loss) { l.TeacherTemperature = 1e6 }},
		{"train.teacher_sha256 is set without train.teacher",
			func(l *train.Loss) { l.TeacherSHA256 = "ab" }},
		{`train.teacher_sha256 is "ab", want 64 digits`,
			func(l *train.Loss) { l.Teacher, l.TeacherSHA256 = "x", "ab" }},
		{`no share of the loss to train.loss "tet"`,
			func(l *train.Loss) { l.Teacher, l.TeacherWeight, l.Kind = "x", 1, train.TETLoss }},
		{`to train.loss "mean" and train.distill "s2w"`,
			func(l *train.Loss) {
				l.Teacher, l.TeacherWeight, l.Distill = "x", 1, train.StrongToWeak
			}},
	} {
		cfg := train.Default()
		c.change(&cfg.Loss)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	tr := newTrainer(t, 1, func(c *train.Config) { c.Teacher = "x.safetensors" })
	_, err := tr.RunEpoch(context.Background(), nil)
	if err == nil || !strings.Contains(err.Error(), "no teacher was given") {
		t.Errorf("error %v of a run whose teacher is missing", err)
	}
	teacher := teacherOf(t, 0, 1)
	teacher.Samples = stripes{teacher.Net.Config(), 42}
	if err := tr.LearnFrom(teacher); err == nil ||
		err.Error() != "the teacher has 42 samples, want 43" {

		t.Errorf("error %v of a teacher for other samples", err)
	}
}

package recipes

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/infer"
	"ssnn/internal/atomicfile"
	"ssnn/internal/folder"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// The files of a run's folder.
const (
	configFile  = "config.toml"
	metricsFile = "metrics.jsonl"
	lastFile    = infer.CheckpointFile
	modelFile   = infer.ModelFile
)

// Run is a training run in its folder.
type Run struct {
	Dir     string         // its folder
	Recipe  Resolved       // its recipe, with every value that follows from it
	Classes []string       // names, in the order of the network's outputs
	Notes   []string       // remarks for the user, such as on the recordings
	Trainer *train.Trainer // trains the network

	machine    Machine
	test       *dataset.Set    // recordings that the network is tested on
	testFrames train.Samples   // frames of test
	metrics    []train.Metrics // metrics of the epochs that are over
	recordings recordings
	tested     *train.Evaluation // test of the network at the end of the run; nil before
	unlock     func()            // unlocks the folder

	teacher *Model // nil where the recipe names none

	tensorBoard bool // this process has begun the file for TensorBoard
}

// Start reads the data, builds the network and makes the folder, which must not hold a run. It
// locks the folder against others until Close.
func Start(r Recipe, dir string, m Machine) (*Run, error) {
	if err := vacant(dir); err != nil {
		return nil, err
	}
	if err := apart(dir, r.Dataset); err != nil {
		return nil, err
	}
	return start(r, dir, m, vacant)
}

// apart returns an error if the folder of a run is that of its recordings: the files of the run
// would lie among them.
func apart(dir, set string) error {
	there, err := os.Stat(dir)
	if err != nil {
		return nil // it is made
	}
	if recordings, err := os.Stat(set); err == nil && os.SameFile(there, recordings) {
		return fmt.Errorf("%s holds the recordings, want another folder for the run (--out)", dir)
	}
	return nil
}

// vacant returns an error if the folder holds a run.
func vacant(dir string) error {
	if exists(dir, configFile) {
		return fmt.Errorf("%s holds a run already; --resume goes on with it", dir)
	}
	return nil
}

// start is Start in a folder that, once it is locked, has to pass the check. Files of a run that it
// may hold are written over.
func start(r Recipe, dir string, m Machine, check func(dir string) error) (run *Run, err error) {
	made := &Run{Dir: dir, machine: m}
	defer func() {
		if err != nil {
			made.free()
		}
	}()
	net, data, err := made.prepare(r)
	if err := m.agree(err); err != nil {
		if net != nil {
			net.Close()
		}
		return nil, err
	}
	if err := made.train(net, data); err != nil {
		return nil, err
	}
	return made, made.claim(func() error {
		return m.first(func() error {
			if err := check(dir); err != nil {
				return err
			}
			return made.writeConfig()
		})
	})
}

// prepare reads the data and makes the network of a run that begins.
func (run *Run) prepare(r Recipe) (net *snn.Network, data samples, err error) {
	listed, err := run.open(r, run.machine, nil)
	if err != nil {
		return nil, data, err
	}
	if data, err = run.integrate(listed, run.machine); err != nil {
		return nil, data, err
	}
	net, resolved, notes, err := run.machine.Network(run.Recipe, run.Classes)
	if err != nil {
		return nil, data, err
	}
	run.Recipe, run.Notes = resolved, append(run.Notes, notes...)
	run.Recipe.Recipe = run.Recipe.absolute() // last, so that errors above name paths as given
	return net, data, nil
}

func (run *Run) writeConfig() error {
	if !run.machine.writes() {
		return nil
	}
	return atomicfile.WriteBytes(filepath.Join(run.Dir, configFile), []byte(run.Recipe.Text()))
}

// Resume goes on with the run of a folder, or begins it again where it broke off before its first
// checkpoint. change is called with the recipe of the folder. It may change the place of the
// recordings, and also the number of epochs if the epochs that are over would have been the same
// with it: then the run, finished or not, goes on and ends with the same bytes as one that was
// begun with as many epochs. Any other change of the recipe, other classes, other recordings and a
// damaged checkpoint are errors that name the difference, and then nothing is written.
func Resume(dir string, change func(*Recipe) error, m Machine) (made *Run, err error) {
	there, err := m.readRecipe(dir)
	if err != nil {
		return nil, err
	}
	r := there
	if err := m.agree(change(&r)); err != nil {
		return nil, err
	}
	last, err := m.exists(dir, lastFile)
	if err != nil {
		return nil, err
	}
	model, err := m.exists(dir, modelFile)
	if err != nil {
		return nil, err
	}
	switch {
	case last:
	case model:
		return nil, fmt.Errorf("%s holds no checkpoint to resume, want %s in it", dir, lastFile)
	default:
		if err := m.agree(there.goesOnAs(&r)); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, configFile), err)
		}
		return start(r, dir, m, func(string) error { return nil })
	}
	run := &Run{Dir: dir, machine: m}
	defer func() {
		if err != nil {
			run.free()
		}
	}()
	return run, run.claim(func() error {
		last := filepath.Join(dir, lastFile)
		checkpoint, err := m.readTensors(last)
		if err != nil {
			return err
		}
		if err := run.resume(checkpoint, r, m); err != nil {
			return fmt.Errorf("%s: %w", last, err)
		}
		was, err := RecipeOf(checkpoint)
		if err != nil {
			return err
		}
		return m.first(func() error {
			if was.Train.Epochs != r.Train.Epochs {
				return run.extend(m)
			}
			if err := run.resumeBest(m, false); err != nil {
				return err
			}
			if run.Recipe.Dataset != there.absolute().Dataset { // the folder has moved
				return run.writeConfig()
			}
			return nil
		})
	})
}

// goesOnAs returns an error if a recipe differs from that of the run, apart from the place of its
// recordings. Where the recipe leaves the sensor or a model's digest open, it gets the run's.
func (r Recipe) goesOnAs(now *Recipe) error {
	if now.Frames.Sensor == (events.Size{}) {
		now.Frames.Sensor = r.Frames.Sensor
	}
	if err := sameTeacher(now, r); err != nil {
		return err
	}
	if err := sameInit(now, r); err != nil {
		return err
	}
	r.Dataset = now.Dataset // its recordings are compared by themselves
	why := r.Train.OtherWith(now.Train.Epochs, r.Train.Epochs)
	if why == "" {
		r.Train.Epochs = now.Train.Epochs
	}
	if changed := Changes(r, *now); changed != "" {
		return fmt.Errorf("the run has another recipe: %s; %s", changed,
			cmp.Or(why, "--resume goes on with the recipe as it was"))
	}
	return nil
}

// claim locks the folder until Close and calls open. After an error the folder is unlocked again.
func (run *Run) claim(open func() error) error {
	note, unlock := "", func() {}
	err := run.machine.first(func() (err error) {
		unlock, note, err = folder.Lock(run.Dir, "ssnn train")
		return err
	})
	if err != nil {
		return err
	}
	run.unlock = unlock
	if note != "" {
		run.Notes = append(run.Notes, note)
	}
	err = open()
	if err == nil && note == "" && run.machine.writes() { // nobody else writes these files
		err = atomicfile.Clean(run.Dir, configFile, metricsFile, lastFile, bestFile, answersFile,
			modelFile)
	}
	if err = run.machine.agree(err); err != nil {
		unlock()
	}
	return err
}

// ReadRecipe reads the recipe of a run, with the value of every key, from the folder of the run.
func ReadRecipe(dir string) (Recipe, error) {
	path := filepath.Join(dir, configFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Recipe{}, fmt.Errorf("%s holds no run to resume: no %s", dir, configFile)
	}
	if err != nil {
		return Recipe{}, err
	}
	r, err := Parse(string(text))
	if err != nil {
		return Recipe{}, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// train makes the trainer of the run's network, which it closes after an error. All members of the
// group must have come here, about to make the same run.
func (run *Run) train(net *snn.Network, data samples) error {
	if err := run.same(); err != nil {
		net.Close()
		return err
	}
	var t *train.Trainer
	err := net.Join(run.machine.group())
	if err == nil {
		t, err = train.New(run.Recipe.Train, net, data.train, data.test, uint64(run.Recipe.Seed))
	}
	if err == nil && run.teacher != nil {
		err = t.LearnFrom(&train.Teacher{
			Net: run.teacher.Net, Samples: data.lessons,
			Steady: run.Recipe.Augment == dataset.Augment{},
		})
	}
	if err = run.machine.agree(err); err != nil {
		net.Close()
		return err
	}
	if data.held != nil {
		t.HoldOut(data.held)
	}
	run.Trainer, run.testFrames = t, data.test
	return nil
}

// resume takes over the state of a checkpoint, after checking that everything that the run depends
// on is unchanged.
func (run *Run) resume(checkpoint *safetensors.File, r Recipe, m Machine) error {
	net, data, err := run.prepareResumed(checkpoint, r)
	if err := m.agree(err); err != nil {
		if net != nil {
			net.Close()
		}
		return err
	}
	if err := run.train(net, data); err != nil {
		return err
	}
	if err := run.Trainer.Resume(checkpoint); err != nil {
		return err
	}
	if t, all := run.Trainer, run.Recipe.Train.Epochs; t.Epoch > all ||
		t.Epoch == all && t.Seen > 0 {

		return fmt.Errorf("train.epochs is %d, want at least %d, the epoch that the run is in", all,
			t.Epoch+min(1, t.Seen))
	}
	run.Recipe.Recipe = run.Recipe.absolute()
	run.Notes = append(run.Notes, checkpoint.Notes()...)
	return m.first(func() error { return run.resumeMetrics(checkpoint, run.Trainer.Epoch) })
}

// prepareResumed is prepare for a run that goes on from a checkpoint.
func (run *Run) prepareResumed(checkpoint *safetensors.File, r Recipe) (
	net *snn.Network, all samples, err error) {

	was, err := RecipeOf(checkpoint)
	if err != nil {
		return nil, all, err
	}
	if err := was.goesOnAs(&r); err != nil {
		return nil, all, err
	}
	data, err := run.open(r, run.machine, checkpoint)
	if err != nil {
		return nil, all, err
	}
	note, err := sameRecordings(checkpoint, run.recordings)
	if err != nil {
		return nil, all, err
	}
	if note != "" {
		run.Notes = append(run.Notes, note)
	}
	if all, err = run.integrate(data, run.machine); err != nil {
		return nil, all, err
	}
	if net, err = snn.FromFile(checkpoint, run.machine.Threads); err != nil {
		return nil, all, err
	}
	return net, all, sameShape(net.Config(), run.Recipe.Network)
}

// sets are the splits of a set, listed; held is nil where no recordings are held out of the
// training.
type sets struct{ train, test, held *dataset.Set }

// samples are the splits of a set, integrated; lessons are the training samples as the teacher sees
// them.
type samples struct{ train, test, held, lessons train.Samples }

// open lists the recordings of a recipe, identifies them, resolves the recipe for them, and opens
// its teacher. The recordings must have the classes of the checkpoint, unless it is nil.
func (run *Run) open(r Recipe, m Machine, checkpoint *safetensors.File) (both sets, err error) {
	type split struct {
		name string
		to   **dataset.Set
		are  *dataset.Recordings
	}
	splits := []split{
		{dataset.Train, &both.train, &run.recordings.Train},
		{dataset.Test, &both.test, &run.recordings.Test},
	}
	if r.Split.HeldOut > 0 {
		splits = append(splits, split{dataset.HeldOut, &both.held, &run.recordings.HeldOut})
	}
	for _, split := range splits {
		set, err := m.List(r, split.name, run.Classes)
		if err != nil {
			return both, err
		}
		if run.Classes == nil && r.Frames.Sensor == (events.Size{}) {
			if err := set.FindSensor(m.Threads); err != nil {
				return both, fmt.Errorf("%s: %w", r.Dataset, err)
			}
		}
		if *split.are, err = set.Recordings(); err != nil {
			return both, fmt.Errorf("%s: %w", r.Dataset, err)
		}
		for _, note := range set.Notes {
			if !slices.Contains(run.Notes, note) {
				run.Notes = append(run.Notes, note)
			}
		}
		if run.Classes == nil {
			run.Classes = set.Classes
			if checkpoint != nil {
				if err := sameClasses(checkpoint, run.Classes); err != nil {
					return both, err
				}
			}
			if r.Frames.Sensor == (events.Size{}) {
				r.Frames.Sensor = cmp.Or(set.Sensor, r.Sensor)
			}
			if err := run.resolve(r, m); err != nil {
				return both, err
			}
		}
		*split.to = set
	}
	run.test = both.test
	return both, nil
}

// integrate makes the frames of the splits, and the training frames that the teacher sees.
func (run *Run) integrate(data sets, m Machine) (both samples, err error) {
	// The network is trained under all plans, and tested under the first.
	both.train, err = m.samples(data.train, run.Recipe, run.Recipe.Network.Plans)
	if err == nil && run.teacher != nil {
		both.lessons, err = m.lessons(data.train, run.Recipe, run.teacher, both.train)
	}
	if err == nil {
		both.test, err = m.samples(data.test, run.Recipe, nil)
	}
	if err == nil && data.held != nil {
		both.held, err = m.samples(data.held, run.Recipe, nil)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", run.Recipe.Dataset, err)
	}
	return both, err
}

// resolve sets the run's recipe, in which the sensor is known, and opens its teacher.
func (run *Run) resolve(r Recipe, m Machine) (err error) {
	if run.Recipe, err = r.Resolve(len(run.Classes)); err != nil {
		return err
	}
	var digest string
	if run.teacher, digest, err = m.teacherOf(run.Recipe, run.Classes); err != nil {
		return err
	}
	run.Recipe.Train.TeacherSHA256 = digest
	if t := run.teacher; t != nil && t.Recipe.absolute().Dataset != r.absolute().Dataset {
		run.Notes = append(run.Notes, fmt.Sprintf("the teacher was trained on %s, and the network "+
			"is on %s: a recording that trained the teacher must not be a test recording here",
			t.Recipe.Dataset, r.Dataset))
	}
	return nil
}

// samples integrates a set for the timesteps of a recipe's network and for further plans, to be
// augmented as the recipe says.
func (m Machine) samples(set *dataset.Set, r Resolved, plans [][]int) (train.Samples, error) {
	var all dataset.Integrations
	for _, T := range append([][]int{r.Network.T}, plans...) {
		cfg := r.under(T).Frames
		if slices.ContainsFunc(all, func(f *dataset.Frames) bool { return f.Config.T == cfg.T }) {
			continue
		}
		f, err := m.Integrate(set, cfg)
		if err != nil {
			return nil, err
		}
		f.Augment = r.Augment
		all = append(all, f)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// Train trains to the end of the run and writes the model. After every epoch it saves a checkpoint
// and calls epoch. When the context ends, it saves a checkpoint where it stands and returns the
// context's error. Any other error says that something else went wrong, such as the saving.
func (run *Run) Train(ctx context.Context, step func(train.Status),
	epoch func(train.Metrics)) error {

	t := run.Trainer
	for !t.Done() {
		m, err := t.RunEpoch(ctx, step)
		switch stopped := ctx.Err(); {
		case err == nil:
		case err == context.Canceled, // the context of any member of the group
			stopped != nil && err == stopped: // and no other error of the same moment
			if err := run.save(); err != nil {
				return fmt.Errorf("interrupted, and the checkpoint could not be saved: %w; "+
					"--resume goes on from the one before, or begins anew", err)
			}
			return err
		default:
			return err
		}
		run.metrics = append(run.metrics, m)
		// The metrics are written before the checkpoint, so that a crash in between leaves a line
		// too many, which resuming drops, and not one too few.
		if err := run.writeMetrics(); err != nil {
			return err
		}
		if err := run.writeCurves(); err != nil {
			return err
		}
		if err := run.save(); err != nil {
			return err
		}
		if epoch != nil {
			epoch(m)
		}
	}
	if run.keepsBest() {
		return run.finishBest(ctx)
	}
	e, err := t.Test(ctx)
	if err != nil {
		return err
	}
	if err := run.writeAnswers(t.Net, e); err != nil {
		return err
	}
	if !run.machine.writes() {
		return nil
	}
	return safetensors.WriteFile(filepath.Join(run.Dir, modelFile), run.metadata(t.Net.Metadata()),
		t.Net.Tensors())
}

// writeAnswers keeps the answers of the network that the run ends with. They are written before the
// model, whose file says that the run is finished.
func (run *Run) writeAnswers(n *snn.Network, e train.Evaluation) error {
	run.tested = &e
	if !run.machine.writes() {
		return nil
	}
	a, err := newAnswers(run.Recipe.Dataset, run.test, n, e)
	if err != nil {
		return fmt.Errorf("%s: %w", run.Recipe.Dataset, err)
	}
	return a.write(filepath.Join(run.Dir, answersFile))
}

// Samples returns the number of training samples.
func (run *Run) Samples() int { return run.Trainer.Samples() }

// Close frees the memory of the run's networks and unlocks its folder.
func (run *Run) Close() {
	run.free()
	run.unlock()
}

// free frees the memory of the networks, as far as there are any.
func (run *Run) free() {
	if run.Trainer != nil {
		run.Trainer.Net.Close()
	}
	if run.teacher != nil {
		run.teacher.Close()
	}
}

// Test evaluates the network on the test split.
func (run *Run) Test() (train.Evaluation, error) {
	if run.tested != nil {
		return *run.tested, nil
	}
	return run.Trainer.Test(context.Background())
}

// save writes the checkpoint, and then, if the network is that of the best epoch, bestFile.
func (run *Run) save() error {
	if err := run.saveCheckpoint(); err != nil || !run.keepsBest() || !run.atBest() {
		return err
	}
	return run.writeBest(bestFile, run.Trainer.Net)
}

func (run *Run) saveCheckpoint() error {
	if !run.machine.writes() {
		return nil
	}
	which, err := json.Marshal(run.recordings)
	if err != nil {
		return err
	}
	return run.Trainer.Save(filepath.Join(run.Dir, lastFile), run.metadata(map[string]string{
		recordingsKey: string(which), metricsKey: untimed(run.metrics),
	}))
}

// metadata adds the recipe and the classes, which commands need beside the network.
func (run *Run) metadata(m map[string]string) map[string]string {
	return describe(m, run.Recipe.Text(), run.Classes)
}

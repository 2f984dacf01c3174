package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ssnn/internal/regular"
	"ssnn/recipes"
	"ssnn/report"
)

// Outcome is the result of a run, or of the runs of a variant with one seed each.
type Outcome struct {
	Dir      string    `json:"run"`      // folder of the run, or of the runs
	Seeds    []int64   `json:"seeds"`    // seeds of the runs, rising
	Accuracy []float64 `json:"accuracy"` // accuracy of each seed, in percent
	// Balanced is the mean of the accuracies of the classes, of each seed, in percent.
	Balanced []float64 `json:"balanced_accuracy"`
	// Loss is the mean cross-entropy on the test split, of each seed.
	Loss []float64 `json:"test_loss"`
	// Energy is the energy for a recording, in microjoules, of each seed where it is known.
	Energy []float64 `json:"energy_uj"`
	// NoEnergy says why the energy is not known; empty where it is.
	NoEnergy string `json:"no_energy,omitempty"`
	// Parameters is the number of values that training fits, without early classifiers.
	Parameters      int     `json:"parameters"`
	EarlyParameters int     `json:"early_parameters"` // the same of the early classifiers
	T               float64 `json:"average_timestep"` // average timestep
	// Notes are remarks for the user on the models' files.
	Notes []string `json:"-"`

	single  bool // Dir is the folder of a run, not of seeds
	recipe  recipes.Recipe
	answers answered
}

// Comparison compares a run with another, or a variant with another.
type Comparison struct {
	Dir    string               `json:"run"`    // folder of the one
	Beside string               `json:"beside"` // folder of the other
	Recipe []recipes.Difference `json:"recipe"` // keys that differ; A is the value of Beside
	report.Paired
	// Holm is P, adjusted by Holm's method for the number of comparisons.
	Holm      float64     `json:"p_holm"`
	SeedsLow  *float64    `json:"seeds_low,omitempty"`  // 95 % interval of the seeds' differences
	SeedsHigh *float64    `json:"seeds_high,omitempty"` // its upper end
	Classes   []ClassPair `json:"classes"`              // in the order of the network's outputs
	// Different lists the recordings that are answered differently, apart for each seed.
	Different []Disagreed `json:"different"`
}

// ClassPair is a class and the share of its recordings that are recognised, over the seeds.
type ClassPair struct {
	Class      string  `json:"class"`      // name of the class
	Recordings int     `json:"recordings"` // answers over all seeds
	A          float64 `json:"a"`          // share, 0 to 1, that Comparison.Beside recognises
	B          float64 `json:"b"`          // share, 0 to 1, that Comparison.Dir recognises
}

// Disagreed is a recording to which two networks give different answers.
type Disagreed struct {
	Recording string `json:"recording"` // path in the set
	Seed      int64  `json:"seed"`      // seed of the two networks
	Class     string `json:"class"`     // name of the right class
	A         string `json:"a"`         // name of the class that Comparison.Beside answers
	B         string `json:"b"`         // name of the class that Comparison.Dir answers
}

// OpenOutcome reads the result of the finished run of a folder, or of the finished runs in its
// folders seed-0, seed-1, ... Answers and energy that are not kept there are measured and kept; the
// energy is measured only where the recordings are there. With data, a set's name or a folder, the
// answers are those to its test split, and are not kept.
func OpenOutcome(dir, data string, machine recipes.Machine) (*Outcome, error) {
	o := &Outcome{Dir: dir, Energy: []float64{}, answers: answered{}}
	if _, err := os.Stat(filepath.Join(dir, "config.toml")); err == nil {
		o.single = true
		return o, o.add(dir, data, machine)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, regular.Want(err, "the folder of a run")
	}
	var seeds []int64
	for _, e := range entries {
		var seed int64
		_, err := fmt.Sscanf(e.Name(), "seed-%d", &seed)
		if err == nil && e.Name() == seedFolder(seed) {
			seeds = append(seeds, seed)
		}
	}
	if len(seeds) == 0 {
		return nil, fmt.Errorf("%s holds no run: want config.toml in it, or folders seed-0, "+
			"seed-1 and so on", dir)
	}
	slices.Sort(seeds)
	for _, seed := range seeds {
		if err := o.add(filepath.Join(dir, seedFolder(seed)), data, machine); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// add adds the run of a folder.
func (o *Outcome) add(dir, data string, machine recipes.Machine) error {
	path, finished := recipes.ModelFile(dir)
	if !finished {
		want := filepath.Join(dir, "model.safetensors")
		return fmt.Errorf("%s holds no finished run: want %s", dir, want)
	}
	m, err := machine.OpenModel(path)
	if err != nil {
		return err
	}
	defer m.Close()
	o.Notes = append(o.Notes, m.Notes...)
	seed := m.Recipe.Seed
	if o.answers[seed] != nil {
		return fmt.Errorf("%s: another run in this folder has the seed %d too, want each seed once",
			dir, seed)
	}
	answers := func() (*recipes.Answers, error) { return machine.Answers(dir) }
	if data != "" {
		answers = func() (*recipes.Answers, error) { return machine.TestOn(dir, data) }
	}
	a, err := answers()
	if err != nil {
		return err
	}
	if len(o.Seeds) == 0 {
		o.recipe, o.T = m.Recipe, m.Net.Config().AverageTimestep()
		o.Parameters, o.EarlyParameters = report.Parameters(m.Net)
	} else if d := recipes.Differences(withSeed(o.recipe, seed), m.Recipe); len(d) > 0 {
		return fmt.Errorf("%s: %s is %s, and with seed %d it is %s; want runs that differ in "+
			"their seeds alone", dir, d[0].Key, d[0].B, o.Seeds[0], d[0].A)
	}
	e := a.Evaluation()
	o.answers[seed], o.Seeds = a, append(o.Seeds, seed)
	o.Accuracy, o.Balanced = append(o.Accuracy, 100*e.Accuracy), append(o.Balanced, 100*e.Balanced)
	o.Loss = append(o.Loss, e.Loss)
	energy, err := energyOf(dir, machine)
	if err != nil {
		o.NoEnergy = err.Error()
		return nil
	}
	o.Energy = append(o.Energy, 1e6*energy.Joules())
	return nil
}

func withSeed(r recipes.Recipe, seed int64) recipes.Recipe {
	r.Seed = seed
	return r
}

// Spreads returns the spreads of the accuracies, in percent, and of the energies, in microjoules.
func (o *Outcome) Spreads() (accuracy, energy Spread) {
	return spreadOf(o.Accuracy), spreadOf(o.Energy)
}

// Compare compares each further outcome with the first. Single runs are compared whatever their
// seeds are, others on the seeds that both have. Outcomes on different recordings are an error that
// says how these differ.
func Compare(all []*Outcome) ([]Comparison, error) {
	var made []Comparison
	var p []float64
	for _, o := range all[1:] {
		c, err := compare(all[0], o)
		if err != nil {
			return nil, fmt.Errorf("%s beside %s: %w", o.Dir, all[0].Dir, err)
		}
		made, p = append(made, c), append(p, c.P)
	}
	for i, adjusted := range report.Holm(p) {
		made[i].Holm = adjusted
	}
	return made, nil
}

// compare is Compare for two outcomes.
func compare(a, b *Outcome) (Comparison, error) {
	x, y := a.answers, b.answers
	seeds, theirs := a.Seeds, b.recipe
	if a.single && b.single {
		y = answered{a.Seeds[0]: b.answers[b.Seeds[0]]}
	} else {
		seeds = slices.DeleteFunc(slices.Clone(seeds), func(s int64) bool { return y[s] == nil })
		theirs = withSeed(theirs, a.recipe.Seed)
	}
	if len(seeds) == 0 {
		err := fmt.Errorf("their seeds are %v and %v, want at least one that both have", b.Seeds,
			a.Seeds)
		return Comparison{}, err
	}
	c := Comparison{Dir: b.Dir, Beside: a.Dir, Recipe: recipes.Differences(a.recipe, theirs)}
	paired, bySeed, err := pair(x, y, seeds)
	if err != nil {
		return c, err
	}
	c.Paired = paired
	if s := spreadOf(bySeed); s.N > 1 {
		c.SeedsLow, c.SeedsHigh = &s.Low, &s.High
	}
	c.Classes, c.Different = classes(x, y, seeds), disagreed(x, y, seeds)
	return c, nil
}

// classes lists the classes that occur in the recordings, with their shares over the given seeds.
func classes(a, b answered, seeds []int64) (all []ClassPair) {
	for class, name := range a[seeds[0]].Classes {
		c := ClassPair{Class: name}
		for _, seed := range seeds {
			x, y := a[seed].Evaluation().Confusion[class], b[seed].Evaluation().Confusion[class]
			n := 0
			for _, answers := range x {
				n += answers
			}
			if c.Recordings = n; n > 0 {
				c.A += float64(x[class]) / float64(n*len(seeds))
				c.B += float64(y[class]) / float64(n*len(seeds))
			}
		}
		if c.Recordings > 0 {
			all = append(all, c)
		}
	}
	return all
}

// disagreed lists the recordings that are answered differently, apart for each seed.
func disagreed(a, b answered, seeds []int64) []Disagreed {
	all := []Disagreed{}
	for _, seed := range seeds {
		theirs := map[string]int{}
		for _, r := range b[seed].Recordings {
			theirs[r.Recording] = r.Answer
		}
		names := a[seed].Classes
		for _, r := range a[seed].Recordings {
			if answer := theirs[r.Recording]; answer != r.Answer {
				d := Disagreed{r.Recording, seed, names[r.Class], names[r.Answer], names[answer]}
				all = append(all, d)
			}
		}
	}
	return all
}

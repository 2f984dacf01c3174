package experiment

import (
	"path/filepath"

	"ssnn/dataset"
	"ssnn/recipes"
	"ssnn/report"
)

// energyFile, in the folder of a run, is what its network takes for a recording.
const energyFile = "energy.json"

// energy measures the network of a run that is done, or reads what was measured before.
func (g Grid) energy(r *Run) (*report.Energy, error) {
	return kept(filepath.Join(r.Dir, energyFile), func() (*report.Energy, error) {
		file, _ := recipes.ModelFile(r.Dir)
		m, err := recipes.OpenModel(file, g.Machine.Threads)
		if err != nil {
			return nil, err
		}
		defer m.Close()
		return g.measure(m)
	})
}

// measure is the energy of a network on those recordings of the test split that the page of its run takes, see report.Some.
func (g Grid) measure(m *recipes.Model) (*report.Energy, error) {
	files, err := g.Machine.Open(m.Recipe.Dataset)
	if err != nil {
		return nil, err
	}
	set, err := m.Recipe.OpenSet(files, dataset.Test, m.Classes)
	if err != nil {
		return nil, err
	}
	var some []dataset.Sample
	for _, i := range report.Some(len(set.Samples)) {
		some = append(some, set.Samples[i])
	}
	set.Samples = some
	frames, err := set.Integrate(m.Recipe.Frames, g.Machine.Threads)
	if err != nil {
		return nil, err
	}
	e, err := report.MeasureEnergy(m.Net, frames)
	return &e, err
}

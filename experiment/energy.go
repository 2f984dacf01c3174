package experiment

import (
	"ssnn/dataset"
	"ssnn/recipes"
	"ssnn/report"
)

// energyFile, in the folder of a run, has the energy of its network for a recording.
const energyFile = "energy.json"

// energyOf reads the energy of the network of a run that is done, or measures it.
func energyOf(dir string, machine recipes.Machine) (*report.Energy, error) {
	return kept(machine, dir, energyFile, func() (*report.Energy, error) {
		file, _ := recipes.ModelFile(dir)
		m, err := machine.OpenModel(file)
		if err != nil {
			return nil, err
		}
		defer m.Close()
		return measureEnergy(m, machine)
	})
}

// measureEnergy measures the energy of a network on the same recordings of the test split as the
// page of its run, see report.Some.
func measureEnergy(m *recipes.Model, machine recipes.Machine) (*report.Energy, error) {
	set, err := machine.List(m.Recipe, dataset.Test, m.Classes)
	if err != nil {
		return nil, err
	}
	var some []dataset.Sample
	for _, i := range report.Some(len(set.Samples)) {
		some = append(some, set.Samples[i])
	}
	set.Samples = some
	machine.Cache = "" // a few recordings are not worth a file of their own
	frames, err := machine.Integrate(set, m.Resolved().Frames)
	if err != nil {
		return nil, err
	}
	e, err := report.MeasureEnergy(machine.Until(), m.Net, frames)
	return &e, err
}

package recipes

import (
	"io/fs"
	"time"

	"ssnn/dataset"
	"ssnn/infer"
)

// ExitOptions say how the exits of a model are chosen and tried.
type ExitOptions struct {
	infer.Options // of them, Bits
	By            infer.Measure
	Loss          float64 // points of accuracy that they may cost
	EveryStep     bool    // see infer.Model.Points
	Files         fs.FS   // the recordings
	Layout        string  // of their folder, see dataset.Layouts; empty: found out
	Split         string  // on which they are tried
}

// ExitReport is what became of the exits of a model on the recordings that they were tried on.
type ExitReport struct {
	Samples  int             `json:"samples"`
	Seen     bool            `json:"held_out_seen"` // the network was trained on the recordings that the exits were chosen by
	Exits    *infer.Exits    `json:"exits"`
	Whole    infer.Outcome   `json:"whole"` // of the network without exits and early classifiers
	Chosen   infer.Outcome   `json:"chosen"`
	Measured float64         `json:"measured_ms"` // mean of plans that take the exits, where Outcome.Computing adds up what it takes to pass all points
	Curve    []infer.Outcome `json:"curve"`       // of other thresholds
	Notes    []string        `json:"notes,omitempty"`
}

// curve are the thresholds of ExitReport.Curve.
var curve = []float64{0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999}

// notHeldOut is the share of the training recordings that exits are chosen by where the training kept none back.
const notHeldOut = 0.2

// ChooseExits chooses the exits of a model by the recordings that were held out of its training, and tries them on others. Errors name the model or the recording.
func (m Machine) ChooseExits(path string, o ExitOptions) (*ExitReport, error) {
	r, err := ReadRecipe(path)
	if err != nil {
		return nil, err
	}
	model, err := infer.Open(path, o.Options)
	if err != nil {
		return nil, err
	}
	r.Layout, r.Frames = o.Layout, model.Frames
	report := &ExitReport{}
	if r.Split.HeldOut == 0 {
		r.Split.HeldOut, report.Seen = notHeldOut, true
		report.Notes = append(report.Notes, "the network was trained on the recordings that the exits are chosen by, of which it is surer than of new ones: train it with split.held_out=0.1 for exits that keep their promise")
	}
	_, heldFrames, err := m.open(model, r, o, dataset.HeldOut)
	if err != nil {
		return nil, err
	}
	points := model.Points(o.EveryStep)
	held, err := model.Ask(points, heldFrames, m.Threads)
	if err != nil {
		return nil, err
	}
	report.Exits = held.Choose(o.By, o.Loss)
	set, frames, err := m.open(model, r, o, o.Split)
	if err != nil {
		return nil, err
	}
	trial, err := model.Ask(points, frames, m.Threads)
	if err != nil {
		return nil, err
	}
	whole, err := model.Ask(nil, frames, m.Threads)
	if err != nil {
		return nil, err
	}
	ends, err := set.Ends(model.Frames, m.Threads)
	if err != nil {
		return nil, err
	}
	report.Notes = append(report.Notes, set.Notes...)
	report.Samples = len(set.Samples)
	at := func(threshold float64) infer.Outcome {
		e := *report.Exits
		e.Threshold = threshold
		return trial.At(&e, ends...)
	}
	report.Whole = whole.At(&infer.Exits{Points: whole.Points}, ends...)
	report.Chosen = at(report.Exits.Threshold)
	for _, threshold := range curve {
		report.Curve = append(report.Curve, at(threshold))
	}
	report.Measured, err = m.measure(path, report.Exits, o, frames)
	return report, err
}

// open makes the frames of the recordings of a split.
func (m Machine) open(model *infer.Model, r Recipe, o ExitOptions, split string) (*dataset.Set, *dataset.Frames, error) {
	set, err := r.OpenSet(o.Files, split, model.Classes)
	if err != nil {
		return nil, nil, err
	}
	frames, err := m.Integrate(set, r.Frames)
	return set, frames, err
}

// measure is the mean time in ms that a plan with exits takes for a recording.
func (m Machine) measure(path string, exits *infer.Exits, o ExitOptions, frames *dataset.Frames) (float64, error) {
	o.Exits = exits
	model, err := infer.Open(path, o.Options)
	if err != nil {
		return 0, err
	}
	plan := model.Plan(1, m.Threads)
	defer plan.Close()
	values := make([]float32, model.Frames.Len())
	var took time.Duration
	for i := range frames.Len() {
		if err := frames.Fill(values, []int{i}, nil); err != nil {
			return 0, err
		}
		begin := time.Now()
		plan.Classify(values)
		took += time.Since(begin)
	}
	return took.Seconds() * 1e3 / float64(max(1, frames.Len())), nil
}

package recipes

import (
	"fmt"
	"math"
	"time"

	"ssnn/dataset"
	"ssnn/infer"
	"ssnn/infer/exits"
	"ssnn/safetensors"
)

// ExitOptions say how the exits of a model are chosen and tried.
type ExitOptions struct {
	Bits      int           // bits of the weights: 8, 16 or 32, see infer.Options
	By        infer.Measure // measure by which an answer counts as sure
	Loss      float64       // percentage points of accuracy that they may cost, 0 or more
	EveryStep bool          // see infer.Model.Points
	Data      string        // recordings instead of those of the model's recipe, see Recipe.On
	Split     string        // split on which they are tried

	SkipInvalid bool // see events.Options; the recipe may set it too
}

// ExitReport says how a model answers with its exits on the recordings that they were tried on.
type ExitReport struct {
	Samples int `json:"samples"` // number of recordings that they were tried on
	// Seen says that the network was trained on the recordings that the exits were chosen by.
	Seen   bool          `json:"held_out_seen"`
	Exits  *infer.Exits  `json:"exits"`  // the exits that were chosen
	Whole  exits.Outcome `json:"whole"`  // outcome without exits and early classifiers
	Chosen exits.Outcome `json:"chosen"` // outcome with the exits
	// Taken is the mean time in ms that a runner with the exits takes for a recording.
	// Outcome.Computing instead adds up the times to pass all points.
	Taken    float64         `json:"taken_ms"`
	NotTaken float64         `json:"not_taken_ms"` // the same without exits, measured in turn
	Curve    []exits.Outcome `json:"curve"`        // outcomes at other thresholds
	Points   []infer.Point   `json:"points"`       // points where the network might answer
	Alone    []exits.Outcome `json:"alone"`        // outcome of each point, if it always answered
	Model    string          `json:"model"`        // path of the model
	Data     string          `json:"data"`         // the recordings, as a recipe names them
	// Notes are remarks for the user on the model and the recordings.
	Notes []string `json:"notes,omitempty"`
}

// curve lists the thresholds of ExitReport.Curve.
var curve = []float64{0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995,
	0.999}

// notHeldOut is the share of the training recordings that exits are chosen by where the training
// kept none back.
const notHeldOut = 0.2

// ChooseExits chooses the exits of a model by the recordings that were held out of its training,
// and tries them on others. Errors name the model or the recordings.
func (m Machine) ChooseExits(path string, o ExitOptions) (*ExitReport, error) {
	path, note, err := infer.FileOf(path)
	if err != nil {
		return nil, err
	}
	f, err := safetensors.Read(path, m.Unverified)
	if err != nil {
		return nil, err
	}
	model, err := infer.FromFile(f, infer.Options{Bits: o.Bits})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r, err := RecipeOf(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r = r.On(o.Data)
	r.Events.SkipInvalid = r.Events.SkipInvalid || o.SkipInvalid
	report, err := m.chooseExits(model, resolved(r, model.Config()), o)
	if err != nil {
		return nil, err
	}
	report.Model, report.Data = path, r.Dataset
	if note != "" {
		report.Notes = append(report.Notes, note)
	}
	return report, nil
}

// chooseExits is ChooseExits on the recordings of a recipe. Its errors name these.
func (m Machine) chooseExits(model *infer.Model, r Resolved, o ExitOptions) (*ExitReport, error) {
	report := &ExitReport{Notes: model.Notes}
	if r.Split.HeldOut == 0 {
		r.Split.HeldOut, report.Seen = notHeldOut, true
		report.Notes = append(report.Notes, "the network was trained on the recordings that the "+
			"exits are chosen by, and is surer of them than of new ones: train it with "+
			"split.held_out=0.1 for exits that keep their promise")
	}
	_, held, err := m.Samples(r, dataset.HeldOut, model.Classes)
	if err != nil {
		return nil, err
	}
	ask := func(points []infer.Point, f *dataset.Frames) (*exits.Answers, error) {
		a, err := exits.Ask(model, points, f, m.Threads)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Dataset, err)
		}
		return a, nil
	}
	points := model.Points(o.EveryStep)
	byHeld, err := ask(points, held)
	if err != nil {
		return nil, err
	}
	report.Exits = byHeld.Choose(o.By, o.Loss)
	set, tested, err := m.Samples(r, o.Split, model.Classes)
	if err != nil {
		return nil, err
	}
	var everywhere, trial, whole *exits.Answers
	for _, which := range []struct {
		points []infer.Point
		to     **exits.Answers
	}{{points, &everywhere}, {report.Exits.Points, &trial}, {nil, &whole}} {
		if *which.to, err = ask(which.points, tested); err != nil {
			return nil, err
		}
	}
	ends, err := set.Ends(r.Frames, m.Threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Dataset, err)
	}
	report.Notes = append(report.Notes, set.Notes...)
	report.Samples = len(set.Samples)
	at := func(threshold float64) exits.Outcome {
		e := *report.Exits
		e.Threshold = threshold
		return trial.At(&e, ends...)
	}
	report.Whole = whole.At(&infer.Exits{Points: whole.Points}, ends...)
	report.Chosen = at(report.Exits.Threshold)
	for _, threshold := range curve {
		report.Curve = append(report.Curve, at(threshold))
	}
	report.Points, report.Alone = everywhere.Points, everywhere.Alone(ends...)
	report.Taken, report.NotTaken, err = m.measure(model, report.Exits, tested)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Dataset, err)
	}
	return report, nil
}

// rounds is the number of times that all recordings are run to measure a runner.
const rounds = 3

// measure returns the mean time in ms that a runner takes for a recording, with exits and without.
// Rounds of the two take turns, and the shortest round of each counts.
func (m Machine) measure(model *infer.Model, early *infer.Exits, frames *dataset.Frames) (
	with, without float64, err error) {

	if frames.Len() == 0 {
		return 0, 0, nil
	}
	with, without = math.Inf(1), math.Inf(1)
	for range rounds {
		for _, way := range []struct {
			early *infer.Exits
			least *float64
		}{{early, &with}, {nil, &without}} {
			ms, err := m.round(model, way.early, frames)
			if err != nil {
				return 0, 0, err
			}
			*way.least = min(*way.least, ms)
		}
	}
	return with, without, nil
}

// round returns the mean time in ms for a recording, in one round of one runner.
func (m Machine) round(model *infer.Model, early *infer.Exits, frames *dataset.Frames) (
	float64, error) {

	model, err := model.With(early)
	if err != nil {
		return 0, err
	}
	runner := model.Runner(1, m.Threads)
	defer runner.Close()
	values := make([]float32, model.Frames.Len())
	var took time.Duration
	for i := range frames.Len() {
		if err := frames.Fill(values, []int{i}, nil); err != nil {
			return 0, err
		}
		begin := time.Now()
		if _, err := runner.Classify(values); err != nil {
			return 0, err
		}
		took += time.Since(begin)
	}
	return took.Seconds() * 1e3 / float64(frames.Len()), nil
}

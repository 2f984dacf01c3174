package train

import (
	"encoding/json"
	"fmt"
	"maps"

	"ssnn/internal/plainjson"
	"ssnn/safetensors"
	"ssnn/snn"
)

// trainingKey is the key in a checkpoint's metadata under which it says how far the run has come. A
// checkpoint is a model file that has in addition the optimiser's slots, as tensors
// "optimiser/KIND/PARAMETER". A run that goes on from it makes the same numbers as one that was not
// interrupted.
const trainingKey = "training"

// training says in a checkpoint how far the run has come.
type training struct {
	Steps int `json:"steps"` // steps of the optimiser
	progress
}

// Save writes a checkpoint with the given metadata in addition to its own.
func (t *Trainer) Save(path string, metadata map[string]string) error {
	text, err := json.Marshal(training{t.updates.Step, t.progress})
	if err != nil {
		return err
	}
	all := t.Net.Metadata()
	maps.Copy(all, metadata)
	all[trainingKey] = string(text)
	tensors := t.Net.Tensors()
	for _, s := range t.updates.Slots() {
		p := s.Parameter
		tensors = append(tensors, safetensors.Named{Name: s.name(),
			Tensor: safetensors.FromFloat32s(p.Shape, p.Export(s.Value))})
	}
	return safetensors.WriteFile(path, all, tensors)
}

func (s Slot) name() string { return snn.OptimiserPrefix + s.Kind + "/" + s.Parameter.Name }

// Resume takes over the state of a run from its checkpoint, whose network must be the trainer's:
// made by [snn.FromFile].
func (t *Trainer) Resume(f *safetensors.File) error {
	text, ok := f.Metadata[trainingKey]
	if !ok {
		return fmt.Errorf("no checkpoint of a run: want %q in its metadata", trainingKey)
	}
	var state training
	if err := plainjson.Unmarshal([]byte(text), &state); err != nil {
		return fmt.Errorf("checkpoint, %q in its metadata: %w", trainingKey, err)
	}
	if state.Epoch < 0 || state.Seen < 0 || state.Seen > t.train.Len() || state.Steps < 0 {
		return fmt.Errorf("checkpoint: epoch %d, %d of %d samples seen, %d steps: no run has such "+
			"a state", state.Epoch, state.Seen, t.train.Len(), state.Steps)
	}
	for _, s := range t.updates.Slots() {
		if err := snn.ImportTensor(f, s.name(), s.Parameter, s.Value); err != nil {
			return err
		}
	}
	t.updates.Step, t.progress = state.Steps, state.progress
	return nil
}

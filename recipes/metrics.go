package recipes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ssnn/internal/atomicfile"
	"ssnn/internal/plainjson"
	"ssnn/safetensors"
	"ssnn/train"
)

// metricsKey, in the metadata of a checkpoint, holds the metrics of the epochs that are over, as a
// JSON list, so that a damaged metrics.jsonl can be rebuilt. Times are left out: with them no two
// runs would write the same bytes.
const metricsKey = "metrics"

// ReadMetrics reads the metrics of a run's folder, one for each epoch. A run that has not come to
// the end of its first epoch has none. A damaged line, an epoch that stands twice, and one that is
// not as in the checkpoint, are errors. An epoch may be missing if the checkpoint lacks it too: a
// run of an earlier version lost it.
func ReadMetrics(dir string) ([]train.Metrics, error) {
	// The checkpoint is read first, because a run writes the line of an epoch before the checkpoint
	// that has the epoch.
	kept, last, err := checkpointMetrics(dir)
	if err != nil {
		return nil, err
	}
	lines, err := readLines(dir)
	if err != nil {
		return nil, err
	}
	var all []train.Metrics
	damaged := func(line int, err error) ([]train.Metrics, error) {
		help := "ssnn train --resume rebuilds it from the checkpoint"
		if kept == nil {
			help = "no checkpoint has its values; delete this line, and the others are read"
		}
		return nil, plainjson.AtLine(filepath.Join(dir, metricsFile), line, err, help)
	}
	before := 0
	for i, line := range lines {
		m, err := line.Value, line.Err
		switch {
		case err != nil:
		case m.Epoch <= before:
			err = fmt.Errorf("epoch %d, want %d", m.Epoch, before+1)
		case last > 0 && m.Epoch > last:
			err = fmt.Errorf("epoch %d, want at most %d, the epochs of the run", m.Epoch, last)
		}
		for epoch := before + 1; err == nil && epoch < m.Epoch; epoch++ {
			if _, known := kept[epoch]; known {
				err = fmt.Errorf("epoch %d, want %d", m.Epoch, epoch)
			}
		}
		if was, known := kept[m.Epoch]; err == nil && known && !sameMetrics(was, m) {
			err = fmt.Errorf("epoch %d has other figures than in the checkpoint", m.Epoch)
		}
		if err != nil {
			return damaged(i+1, err)
		}
		all = append(all, m)
		before = m.Epoch
	}
	for epoch := range kept {
		if epoch > before {
			return damaged(0,
				fmt.Errorf("%d epochs, want %d as in the checkpoint", len(all), len(kept)))
		}
	}
	return all, nil
}

// checkpointMetrics returns the metrics, by epoch, that the checkpoint of a folder keeps, and the
// last epoch that its run can have. The metrics are nil where there is no checkpoint, where an
// earlier version wrote it, and where its beginning, which has them, is damaged: that error is left
// to those who need the rest of the checkpoint.
func checkpointMetrics(dir string) (kept map[int]train.Metrics, last int, err error) {
	path := filepath.Join(dir, lastFile)
	metadata, err := safetensors.ReadMetadata(path)
	if err != nil {
		return nil, 0, nil
	}
	if kept, err = keptMetrics(metadata); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	if r, err := recipeIn(metadata); err == nil {
		last = r.Train.Epochs
	}
	return kept, last, nil
}

// keptMetrics returns the metrics, by epoch, that a checkpoint keeps; it is nil where an earlier
// version wrote the checkpoint. An epoch that an earlier version lost is missing.
func keptMetrics(metadata map[string]string) (map[int]train.Metrics, error) {
	text, ok := metadata[metricsKey]
	if !ok {
		return nil, nil
	}
	var list []train.Metrics
	if err := plainjson.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("%q in its metadata: %w", metricsKey, err)
	}
	kept := map[int]train.Metrics{}
	before := 0
	for _, m := range list {
		if m.Epoch <= before {
			return nil, fmt.Errorf("%q in its metadata: epoch %d after %d",
				metricsKey, m.Epoch, before)
		}
		kept[m.Epoch], before = m, m.Epoch
	}
	return kept, nil
}

// metricsLine is a line of metrics.jsonl.
type metricsLine = plainjson.Line[train.Metrics]

// readLines reads metrics.jsonl, damaged lines with their errors. A folder without the file has no
// lines.
func readLines(dir string) ([]metricsLine, error) {
	text, err := os.ReadFile(filepath.Join(dir, metricsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := plainjson.Lines[train.Metrics](text)
	for i, line := range all {
		if line.Err == nil && line.Value.Epoch < 1 {
			all[i].Err = fmt.Errorf("epoch %d, want 1 or more", line.Value.Epoch)
		}
	}
	return all, nil
}

// withoutTimes returns the metrics without the times, which differ between runs of the same recipe.
func withoutTimes(m train.Metrics) train.Metrics {
	m.Seconds, m.SamplesPerSecond = 0, 0
	return m
}

// untimed writes the metrics of the epochs that are over as a checkpoint keeps them.
func untimed(all []train.Metrics) string {
	list := make([]train.Metrics, len(all))
	for i, m := range all {
		list[i] = withoutTimes(m)
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // they were written to metrics.jsonl before
	}
	return string(text)
}

// writeMetrics writes metrics.jsonl, one line for each epoch.
func (run *Run) writeMetrics() error {
	if !run.machine.writes() {
		return nil
	}
	return atomicfile.WriteLines(filepath.Join(run.Dir, metricsFile), run.metrics)
}

// resumeMetrics takes over the metrics of the epochs that are over by the checkpoint. Where
// metrics.jsonl does not hold them as they were, it is rebuilt, and a note says what was wrong.
func (run *Run) resumeMetrics(checkpoint *safetensors.File, epochs int) error {
	lines, err := readLines(run.Dir)
	if err != nil {
		return err
	}
	kept, err := keptMetrics(checkpoint.Metadata)
	if err != nil {
		return err
	}
	for epoch := range kept {
		if epoch > epochs {
			return fmt.Errorf("%q in its metadata: epoch %d, want at most %d",
				metricsKey, epoch, epochs)
		}
	}
	var wrong []string
	run.metrics, wrong = rebuild(lines, kept, epochs, run.Recipe.Train.Epochs)
	if wrong == nil {
		return nil
	}
	run.Notes = append(run.Notes, fmt.Sprintf("%s was damaged (%s) and is rebuilt",
		filepath.Join(run.Dir, metricsFile), strings.Join(wrong, ", ")))
	return run.writeMetrics()
}

// rebuild makes the metrics of the first epochs from the lines of metrics.jsonl and from those that
// the checkpoint kept, which may be nil. It says in words what was wrong with the lines. A line for
// one epoch more than the checkpoint has is right, up to inAll epochs: the run may have been killed
// before it wrote the checkpoint of that epoch.
func rebuild(lines []metricsLine, kept map[int]train.Metrics, epochs, inAll int) (
	all []train.Metrics, wrong []string) {

	byEpoch := map[int]train.Metrics{}
	last := 0
	for i, line := range lines {
		m := line.Value
		_, twice := byEpoch[m.Epoch]
		switch {
		case line.Err != nil:
			wrong = append(wrong, fmt.Sprintf("line %d: %v", i+1, line.Err))
			continue
		case twice:
			wrong = append(wrong, fmt.Sprintf("line %d repeats epoch %d", i+1, m.Epoch))
			continue
		case m.Epoch < last:
			wrong = append(wrong, fmt.Sprintf("line %d: epoch %d after %d", i+1, m.Epoch, last))
		case m.Epoch > min(epochs+1, inAll):
			wrong = append(wrong, fmt.Sprintf(
				"line %d: epoch %d, which the checkpoint does not know", i+1, m.Epoch))
		}
		byEpoch[m.Epoch] = m
		last = max(last, m.Epoch)
	}
	for epoch := 1; epoch <= epochs; epoch++ {
		m, there := byEpoch[epoch]
		was, known := kept[epoch]
		switch {
		case !known && there:
		case !known && kept == nil:
			wrong = append(wrong, fmt.Sprintf("epoch %d is missing and is lost", epoch))
			continue
		case !known: // a note said so when it was lost
			continue
		case !there:
			wrong = append(wrong, fmt.Sprintf("epoch %d is missing, its times are lost", epoch))
			m = was
		case !sameMetrics(m, was):
			wrong = append(wrong,
				fmt.Sprintf("epoch %d has other figures than in the checkpoint", epoch))
			m = was
		}
		all = append(all, m)
	}
	return all, wrong
}

// sameMetrics compares all but the times.
func sameMetrics(a, b train.Metrics) bool {
	return untimed([]train.Metrics{a}) == untimed([]train.Metrics{b})
}

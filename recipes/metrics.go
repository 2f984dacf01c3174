package recipes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ssnn/internal/atomicfile"
	"ssnn/safetensors"
	"ssnn/train"
)

// metricsKey, in the metadata of a checkpoint, holds the metrics of the epochs that are over, as a
// JSON list, so that a damaged metrics.jsonl can be rebuilt. Times are left out: with them no two
// runs would write the same bytes.
const metricsKey = "metrics"

// ReadMetrics reads the metrics of a run's folder, an epoch each. A run that has not come to the
// end of its first epoch has none. A damaged line, and an epoch that is missing or stands twice, is
// an error.
func ReadMetrics(dir string) ([]train.Metrics, error) {
	lines, err := readLines(dir)
	if err != nil {
		return nil, err
	}
	var all []train.Metrics
	for i, line := range lines {
		err := line.err
		if err == nil && line.Epoch != i+1 {
			err = fmt.Errorf("epoch %d, want %d", line.Epoch, i+1)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w; "+
				"ssnn train --resume rebuilds it from the checkpoint",
				filepath.Join(dir, metricsFile), i+1, err)
		}
		all = append(all, line.Metrics)
	}
	return all, nil
}

// metricsLine is a line of metrics.jsonl, or why it is none.
type metricsLine struct {
	train.Metrics
	err error
}

func readLines(dir string) ([]metricsLine, error) {
	text, err := os.ReadFile(filepath.Join(dir, metricsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []metricsLine
	for line := range bytes.Lines(text) {
		var m metricsLine
		m.err = json.Unmarshal(line, &m.Metrics)
		if m.err == nil && m.Epoch < 1 {
			m.err = fmt.Errorf("epoch %d, want 1 or more", m.Epoch)
		}
		all = append(all, m)
	}
	return all, nil
}

// withoutTimes are the metrics that are the same in every run.
func withoutTimes(m train.Metrics) train.Metrics {
	m.Seconds, m.SamplesPerSecond = 0, 0
	return m
}

// untimed is what a checkpoint says of the epochs that are over.
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

// writeMetrics writes a line an epoch.
func (run *Run) writeMetrics() error {
	return atomicfile.Write(filepath.Join(run.Dir, metricsFile), func(w io.Writer) error {
		lines := json.NewEncoder(w)
		for _, m := range run.metrics {
			if err := lines.Encode(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// resumeMetrics takes over the metrics of the epochs that the checkpoint knows to be over. Where
// metrics.jsonl does not hold them as they were, it is rebuilt, and a note says what was wrong.
func (run *Run) resumeMetrics(checkpoint *safetensors.File, epochs int) error {
	lines, err := readLines(run.Dir)
	if err != nil {
		return err
	}
	var kept []train.Metrics // of an earlier version's checkpoint: none
	if text, ok := checkpoint.Metadata[metricsKey]; ok {
		if err := json.Unmarshal([]byte(text), &kept); err != nil {
			return fmt.Errorf("%q in its metadata: %w", metricsKey, err)
		}
		if len(kept) != epochs {
			return fmt.Errorf("%q in its metadata: %d epochs, want %d",
				metricsKey, len(kept), epochs)
		}
	}
	var wrong []string
	run.metrics, wrong = rebuild(lines, kept, epochs)
	if wrong == nil {
		return nil
	}
	run.Notes = append(run.Notes, fmt.Sprintf("%s was damaged (%s) and is rebuilt",
		filepath.Join(run.Dir, metricsFile), strings.Join(wrong, ", ")))
	return run.writeMetrics()
}

// rebuild makes the metrics of the first epochs of the lines that are there, and of those that a
// checkpoint kept, which may be none. It says what was wrong with the lines. One epoch more is
// right: a run may have been killed before its checkpoint.
func rebuild(lines []metricsLine, kept []train.Metrics, epochs int) (
	all []train.Metrics, wrong []string) {

	byEpoch := map[int]train.Metrics{}
	last := 0
	for i, line := range lines {
		_, twice := byEpoch[line.Epoch]
		switch {
		case line.err != nil:
			wrong = append(wrong, fmt.Sprintf("line %d: %v", i+1, line.err))
			continue
		case twice:
			wrong = append(wrong, fmt.Sprintf("line %d: epoch %d again", i+1, line.Epoch))
			continue
		case line.Epoch < last:
			wrong = append(wrong, fmt.Sprintf("line %d: epoch %d after %d", i+1, line.Epoch, last))
		case line.Epoch > epochs+1:
			wrong = append(wrong, fmt.Sprintf("line %d: epoch %d, which the checkpoint does not know",
				i+1, line.Epoch))
		}
		byEpoch[line.Epoch] = line.Metrics
		last = max(last, line.Epoch)
	}
	for epoch := 1; epoch <= epochs; epoch++ {
		m, there := byEpoch[epoch]
		switch {
		case kept == nil && there:
		case kept == nil:
			wrong = append(wrong, fmt.Sprintf("epoch %d is missing and cannot be rebuilt", epoch))
			continue
		case !there:
			wrong = append(wrong, fmt.Sprintf("epoch %d is missing, its times are lost", epoch))
			m = kept[epoch-1]
		case !sameMetrics(m, kept[epoch-1]):
			wrong = append(wrong,
				fmt.Sprintf("epoch %d has other figures than in the checkpoint", epoch))
			m = kept[epoch-1]
		}
		all = append(all, m)
	}
	return all, wrong
}

// sameMetrics compares all but the times.
func sameMetrics(a, b train.Metrics) bool {
	return untimed([]train.Metrics{a}) == untimed([]train.Metrics{b})
}

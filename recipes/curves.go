package recipes

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ssnn/internal/atomicfile"
	"ssnn/internal/tensorboard"
	"ssnn/train"
)

// The files in a run's folder from which other programs draw curves. They have the values of
// metrics.jsonl, and are written again from it when a run goes on.
const (
	tensorBoardFile = "events.out.tfevents.0.ssnn"
	csvFile         = "metrics.csv"
)

// scalars lists the numbers of an epoch by their tags. TensorBoard groups them by the part of the
// tag before the slash.
func scalars(m train.Metrics) []tensorboard.Scalar {
	all := []tensorboard.Scalar{
		{Tag: "accuracy/train", Value: m.Accuracy}, {Tag: "accuracy/test", Value: m.TestAccuracy},
		{Tag: "loss/train", Value: m.Loss}, {Tag: "loss/test", Value: m.TestLoss},
		{Tag: "train/lr", Value: m.LR}, {Tag: "train/samples_per_s", Value: m.SamplesPerSecond},
	}
	if h := m.HeldOut; h != nil {
		all = append(all, tensorboard.Scalar{Tag: "accuracy/held_out", Value: h.Accuracy},
			tensorboard.Scalar{Tag: "loss/held_out", Value: h.Loss})
	}
	for _, r := range m.Firing {
		all = append(all, tensorboard.Scalar{Tag: "firing/" + r.Layer, Value: r.Rate})
	}
	return all
}

// writeCurves adds the epoch that is over to the files that the machine asks for.
func (run *Run) writeCurves() error {
	if !run.machine.writes() {
		return nil
	}
	if run.machine.TensorBoard {
		if err := run.writeTensorBoard(); err != nil {
			return err
		}
	}
	if !run.machine.CSV {
		return nil
	}
	return atomicfile.Write(filepath.Join(run.Dir, csvFile), func(w io.Writer) error {
		return writeCSV(w, run.metrics)
	})
}

// writeTensorBoard appends the last epoch to the file, whose readers follow it as it grows. The
// first call in this process begins the file anew, with all epochs so far.
func (run *Run) writeTensorBoard() (err error) {
	path := filepath.Join(run.Dir, tensorBoardFile)
	how, epochs := os.O_APPEND, run.metrics[len(run.metrics)-1:]
	if !run.tensorBoard {
		how, epochs = os.O_CREATE|os.O_TRUNC, run.metrics
	}
	f, err := os.OpenFile(path, os.O_WRONLY|how, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	now := time.Now()
	if !run.tensorBoard {
		if err := tensorboard.WriteHeader(f, now); err != nil {
			return err
		}
		run.tensorBoard = true
	}
	for _, m := range epochs {
		if err := tensorboard.WriteScalars(f, now, m.Epoch, scalars(m)); err != nil {
			return err
		}
	}
	return nil
}

// writeCSV writes a line of names, and a line for each epoch.
func writeCSV(w io.Writer, all []train.Metrics) error {
	out := csv.NewWriter(w)
	for i, m := range all {
		names, values := []string{"epoch"}, []string{strconv.Itoa(m.Epoch)}
		for _, s := range scalars(m) {
			names = append(names, s.Tag)
			values = append(values, fmt.Sprint(s.Value))
		}
		if i == 0 {
			if err := out.Write(names); err != nil {
				return err
			}
		}
		if err := out.Write(values); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

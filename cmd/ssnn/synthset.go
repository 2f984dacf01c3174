package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/atomicfile"
	"ssnn/internal/folder"
	"ssnn/internal/workers"
)

// recordingToMake is a recording of a set that is simulated.
type recordingToMake struct {
	split, class string
	number       int // within them
	make         func() ([]events.Event, error)
}

type splitSize struct {
	name string
	n    int
}

func splits(train, test int) []splitSize {
	return []splitSize{{dataset.Train, train}, {dataset.Test, test}}
}

// unfinished, in the folder of a set, is the folder in which the set is made before it is moved up
// as a whole. If a program was killed, the rest in it is hidden from whatever opens sets, and the
// next program removes it.
const unfinished = ".unfinished"

// writeSet makes a set in a new or empty folder, on all processors. After an error or Ctrl-C
// nothing of it stays.
func writeSet(
	c console, dir, format string, sensor events.Size, all []recordingToMake,
) (err error) {
	return fillFolder(c, dir, "ssnn data synth", func(ctx context.Context, stage string) error {
		return makeRecordings(ctx, newMadeBar(c, len(all)), stage, format, sensor, all)
	})
}

// fillFolder fills a new or empty folder as a whole: fill writes into another folder, whose content
// is moved up at the end. After an error or Ctrl-C nothing of it stays. what names the command, for
// the message to another one that is at work there.
func fillFolder(
	c console, dir, what string, fill func(ctx context.Context, stage string) error,
) (err error) {
	if err := mustBeEmpty(dir); err != nil {
		return err
	}
	_, none := os.Stat(dir)
	unlock, note, err := folder.Lock(dir, what)
	if err != nil {
		return err
	}
	if note != "" {
		fmt.Fprintln(c.err, "note:", note)
	}
	stage := filepath.Join(dir, unfinished)
	defer func() {
		err = both(err, os.RemoveAll(stage))
		unlock()
		if err != nil && errors.Is(none, os.ErrNotExist) {
			os.Remove(dir)
		}
	}()
	if err := os.RemoveAll(stage); err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	if err := fill(ctx, stage); err != nil {
		return err
	}
	// They are moved by name, so that Test comes before Train: whatever opens sets refuses a folder
	// with Test alone.
	made, err := os.ReadDir(stage)
	if err != nil {
		return err
	}
	for _, e := range made {
		err := os.Rename(filepath.Join(stage, e.Name()), filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
	}
	return nil
}

func mustBeEmpty(dir string) error {
	found, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range found {
		if e.Name() != unfinished && e.Name() != folder.LockFile {
			return fmt.Errorf("%s holds files already, want a new folder", dir)
		}
	}
	return nil
}

// makeRecordings makes all recordings in a folder.
func makeRecordings(
	ctx context.Context, bar *progressbar.ProgressBar,
	dir, format string, sensor events.Size, all []recordingToMake,
) error {
	if bar != nil {
		defer bar.Finish()
	}
	for _, r := range all {
		if err := os.MkdirAll(filepath.Join(dir, r.split, r.class), 0o755); err != nil {
			return err
		}
	}
	return workers.Each(len(all), runtime.GOMAXPROCS(0), func() func(i int) error {
		return func(i int) error {
			if ctx.Err() != nil {
				return stoppedError{"the same command, which begins anew"}
			}
			r := all[i]
			made, err := r.make()
			if err != nil {
				return err
			}
			if bar != nil {
				bar.Add(1)
			}
			name := fmt.Sprintf("%05d.%s", r.number, format)
			return writeRecording(filepath.Join(dir, r.split, r.class, name), format, sensor, made)
		}
	})
}

// newMadeBar counts recordings on a terminal; elsewhere it is nil.
func newMadeBar(c console, n int) *progressbar.ProgressBar {
	f, ok := c.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return progressbar.NewOptions(n,
		progressbar.OptionSetWriter(f), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("recordings"), progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(20))
}

func writeRecording(path, format string, sensor events.Size, all []events.Event) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		out, err := events.NewWriter(w, format, sensor)
		if err != nil {
			return err
		}
		if err := out.Write(all); err != nil {
			return err
		}
		return out.Close()
	})
}

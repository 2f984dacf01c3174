package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"ssnn/recipes"
	"ssnn/train"
)

// display shows the progress of a training: a bar on a terminal, a line for each epoch elsewhere,
// or JSON with --json.
type display struct {
	c      console
	json   bool
	epochs int
	bar    *progressbar.ProgressBar // nil where there is no terminal

	narrow   bool     // the terminal has few columns
	last     string   // results of the epoch before
	warnings []string // warnings of that epoch
}

// narrow is the number of columns below which a terminal has room for the epoch and the time alone.
const narrow = 70

func newDisplay(c console, run *recipes.Run, json bool) *display {
	d := &display{c: c, json: json, epochs: run.Recipe.Train.Epochs}
	if f, ok := c.err.(*os.File); ok && !json && term.IsTerminal(int(f.Fd())) {
		// One bar over all epochs, so that it tells the time that is left.
		options := []progressbar.Option{
			progressbar.OptionSetWriter(f), progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100 * time.Millisecond),
		}
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns < narrow {
			d.narrow = true
			options = append(options, progressbar.OptionSetWidth(1))
		} else {
			options = append(options, progressbar.OptionSetWidth(20), progressbar.OptionShowIts(),
				progressbar.OptionSetItsString("samples"))
		}
		d.bar = progressbar.NewOptions(run.Samples()*d.epochs, options...)
	}
	return d
}

// step moves the bar.
func (d *display) step(s train.Status) {
	if d.bar == nil {
		return
	}
	text := fmt.Sprintf("epoch %d/%d, loss %s", s.Epoch+1, d.epochs, lossText(s.Loss))
	if d.narrow {
		d.bar.Describe(fmt.Sprintf("%d/%d", s.Epoch+1, d.epochs))
		d.bar.Set(s.Epoch*s.Samples + s.Seen)
		return
	}
	text += d.last
	for _, warning := range s.Warnings {
		text += "; " + warning
	}
	d.bar.Describe(text)
	d.bar.Set(s.Epoch*s.Samples + s.Seen)
}

func (d *display) epoch(m train.Metrics) {
	switch {
	case d.json:
		json.NewEncoder(d.c.out).Encode(m)
	default:
		if d.bar != nil {
			d.bar.Clear()
		}
		fmt.Fprintf(d.c.out, "epoch %*d/%d  loss %s  train %6.2f %%  %stest %6.2f %%  %.0f "+
			"samples/s",
			len(fmt.Sprint(d.epochs)), m.Epoch, d.epochs, lossText(m.Loss), 100*m.Accuracy,
			heldOutText(m), 100*m.TestAccuracy, m.SamplesPerSecond)
		for _, warning := range m.Warnings {
			fmt.Fprintf(d.c.out, "; %s", warning)
		}
		fmt.Fprintln(d.c.out)
	}
	d.warnings = m.Warnings
	d.last = fmt.Sprintf(", test %.1f %%", 100*m.TestAccuracy)
	if h := m.HeldOut; h != nil {
		d.last = fmt.Sprintf(", held out %.1f %%, best %d", 100*h.Accuracy, h.Best)
	}
}

// heldOutText writes the accuracy on the recordings held out, if there are any, with a star if it
// is the best so far.
func heldOutText(m train.Metrics) string {
	h := m.HeldOut
	if h == nil {
		return ""
	}
	star := " "
	if h.Best == m.Epoch {
		star = "*"
	}
	return fmt.Sprintf("held out %6.2f %%%s  ", 100*h.Accuracy, star)
}

// lossText writes a loss with four decimals, or with a power of ten where that would be a long row
// of digits.
func lossText(loss float64) string {
	if loss >= 1e6 {
		return fmt.Sprintf("%.4g", loss)
	}
	return fmt.Sprintf("%.4f", loss)
}

func (d *display) close() {
	if d.bar != nil {
		d.bar.Finish()
	}
}

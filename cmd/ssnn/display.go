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

// display shows how training goes: a bar on a terminal, a line an epoch elsewhere, JSON when asked for.
type display struct {
	c      console
	json   bool
	epochs int
	bar    *progressbar.ProgressBar // nil where there is no terminal
}

func newDisplay(c console, run *recipes.Run, json bool) *display {
	d := &display{c: c, json: json, epochs: run.Recipe.Train.Epochs}
	if f, ok := c.err.(*os.File); ok && !json && term.IsTerminal(int(f.Fd())) {
		// One bar over all epochs, so that it tells the time that is left.
		d.bar = progressbar.NewOptions(run.Samples()*d.epochs,
			progressbar.OptionSetWriter(f), progressbar.OptionShowIts(), progressbar.OptionSetItsString("samples"),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(20))
	}
	return d
}

// step moves the bar.
func (d *display) step(s train.Status) {
	if d.bar == nil {
		return
	}
	d.bar.Describe(fmt.Sprintf("epoch %d/%d, loss %.4f", s.Epoch+1, d.epochs, s.Loss))
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
		fmt.Fprintf(d.c.out, "epoch %*d/%d  loss %.4f  train %6.2f %%  test %6.2f %%  %.0f samples/s\n",
			len(fmt.Sprint(d.epochs)), m.Epoch, d.epochs, m.Loss, 100*m.Accuracy, 100*m.TestAccuracy, m.SamplesPerSecond)
	}
}

func (d *display) close() {
	if d.bar != nil {
		d.bar.Finish()
	}
}

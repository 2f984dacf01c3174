package main

import (
	"fmt"

	"ssnn/events"
	"ssnn/synth"
)

type dataSynthCommand struct {
	Dir        string            `arg:"" help:"Folder to make; the recordings become {Train,Test}/<class>/<number>.<format> in it."`
	Images     string            `help:"Pictures (PNG, JPEG) to record instead of moving shapes: a folder or zip archive of <class>/<picture>, or of {train,test}/<class>/<picture>." placeholder:"DIR"`
	Motion     *synth.Movement   `help:"How pictures move: loops, as in CIFAR10-DVS (the default), or saccades, as in N-MNIST." placeholder:"NAME"`
	Train      *int              `help:"Number of training recordings of each class (default: 100; for pictures, all in the folder train, and required if there is none)." placeholder:"N"`
	Test       *int              `help:"Number of test recordings of each class (default: 25; for pictures, all in the folder test, and required if there is none)." placeholder:"N"`
	Sensor     *events.Size      `help:"Size of the sensor in pixels (default: 34x34, for pictures 48x48)." placeholder:"WxH"`
	Duration   *events.Micros    `help:"Duration of a recording (default: 300ms, for pictures 400ms)." placeholder:"TIME"`
	Threshold  float64           `help:"Mean contrast threshold of the pixels, in natural logarithms of intensity." default:"0.2" placeholder:"LOG"`
	Difficulty *synth.Difficulty `help:"How hard the recordings of shapes are to tell apart: easy, medium or hard (the default). --noise and the flags after it change one property of it each; for pictures only --noise has an effect." placeholder:"NAME"`
	synthDifficulty
	Format string `help:"Format of the recordings, one that ssnn convert writes." default:"bin" placeholder:"FORMAT"`
	Seed   uint64 `help:"Seed of all random draws." default:"0" placeholder:"N"`
}

// synthDifficulty are the parts of a difficulty.
type synthDifficulty struct {
	Noise       *float64 `help:"Noise events per second and pixel (default: that of the difficulty, for pictures 5)." placeholder:"HZ"`
	Contrast    *float64 `help:"How much brighter the faintest shapes are than the background, as a share of the background." placeholder:"SHARE"`
	Distractors *int     `help:"Number of smaller shapes that pass by." placeholder:"N"`
	SpeedJitter *float64 `help:"Largest share by which a shape becomes faster and slower on its way." placeholder:"SHARE"`
	Occlusion   *float64 `help:"Share of the sensor that is hidden, from 0 to 1." placeholder:"SHARE"`
}

// change sets the values of the configuration whose flags are given.
func (d synthDifficulty) change(c *synth.Config) {
	overlay(&c.Noise, d.Noise)
	overlay(&c.Contrast, d.Contrast)
	overlay(&c.Distractors, d.Distractors)
	overlay(&c.SpeedJitter, d.SpeedJitter)
	overlay(&c.Occlusion, d.Occlusion)
}

// overlay changes a value to that of a flag, if that is given.
func overlay[T any](value, flag *T) {
	if flag != nil {
		*value = *flag
	}
}

// Run is called by kong.
func (d *dataSynthCommand) Run(c console) error {
	if err := d.check(); err != nil {
		return usageError{err}
	}
	cfg := synth.Pictures()
	if d.Images == "" {
		difficulty := synth.Hard
		overlay(&difficulty, d.Difficulty)
		cfg = difficulty.Config()
	}
	cfg.Threshold, cfg.Mismatch, cfg.Seed = d.Threshold, 0.15*d.Threshold, d.Seed
	overlay(&cfg.Sensor, d.Sensor)
	overlay(&cfg.Duration, d.Duration)
	d.change(&cfg)
	if err := cfg.Validate(); err != nil {
		return usageError{err}
	}
	if d.Images != "" {
		return d.pictures(c, cfg)
	}
	return d.motions(c, cfg)
}

// check refuses numbers below 1, and flags that would change nothing.
func (d *dataSynthCommand) check() error {
	for _, f := range []struct {
		name string
		n    *int
	}{{"--train", d.Train}, {"--test", d.Test}} {
		if f.n != nil && *f.n < 1 {
			return fmt.Errorf("%s %d: want 1 or more", f.name, *f.n)
		}
	}
	if d.Images == "" {
		if d.Motion != nil {
			return fmt.Errorf("--motion is for pictures, want --images too")
		}
		return nil
	}
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"--difficulty", d.Difficulty != nil}, {"--contrast", d.Contrast != nil},
		{"--distractors", d.Distractors != nil}, {"--speed-jitter", d.SpeedJitter != nil},
		{"--occlusion", d.Occlusion != nil},
	} {
		if f.given {
			return fmt.Errorf("%s is for moving shapes, not for the pictures of --images", f.name)
		}
	}
	return nil
}

// motions makes the recordings of moving shapes.
func (d *dataSynthCommand) motions(c console, cfg synth.Config) error {
	train, test := synth.MotionTrain, synth.MotionTest
	overlay(&train, d.Train)
	overlay(&test, d.Test)
	var all []recordingToMake
	for class, name := range synth.Classes() {
		for _, split := range splits(train, test) {
			for i := range split.n {
				all = append(all, recordingToMake{split.name, name, i,
					func() ([]events.Event, error) {
						return cfg.Recording(split.name, class, i), nil
					}})
			}
		}
	}
	if err := writeSet(c, d.Dir, d.Format, cfg.Sensor, all); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out,
		"%d recordings of %d motions; train with: ssnn train --data %s --set frames.sensor=%v "+
			"--set frames.split=duration\n",
		len(all), len(synth.Classes()), quoted(d.Dir), cfg.Sensor)
	return err
}

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/atomicfile"
	"ssnn/internal/workers"
	"ssnn/synth"
)

type dataSynthCommand struct {
	Dir        string           `arg:"" help:"Folder to make: {Train,Test}/<class>/<number>.<format>."`
	Train      int              `help:"Recordings of a class to train with." default:"100" placeholder:"N"`
	Test       int              `help:"Recordings of a class to test with." default:"25" placeholder:"N"`
	Sensor     events.Size      `help:"Size of the sensor." default:"34x34" placeholder:"WxH"`
	Duration   events.Micros    `help:"Length of a recording in us." default:"300000" placeholder:"US"`
	Threshold  float64          `help:"Mean threshold of the pixels, in natural logarithms of intensity." default:"0.2" placeholder:"LOG"`
	Difficulty synth.Difficulty `help:"How hard the recordings are to tell apart: easy, medium or hard. The flags that follow change one thing of it." default:"hard" placeholder:"NAME"`
	synthDifficulty
	Format string `help:"Format of the recordings, as of ssnn convert." default:"bin" placeholder:"FORMAT"`
	Seed   uint64 `help:"Of all that is drawn." default:"0" placeholder:"N"`
}

// synthDifficulty are the parts of a difficulty.
type synthDifficulty struct {
	Noise       *float64 `help:"Events of noise a second and pixel." placeholder:"HZ"`
	Contrast    *float64 `help:"By how much the faintest shapes are brighter than the background, as a share of it." placeholder:"SHARE"`
	Distractors *int     `help:"Smaller shapes that pass by." placeholder:"N"`
	SpeedJitter *float64 `help:"Share by which a shape is faster and slower on its way." placeholder:"SHARE"`
	Occlusion   *float64 `help:"Share of the sensor that is hidden." placeholder:"SHARE"`
}

// change lays the flags that are given over the configuration.
func (d synthDifficulty) change(c *synth.Config) {
	for _, f := range []struct{ from, to *float64 }{
		{d.Noise, &c.Noise}, {d.Contrast, &c.Contrast}, {d.SpeedJitter, &c.SpeedJitter}, {d.Occlusion, &c.Occlusion},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if d.Distractors != nil {
		c.Distractors = *d.Distractors
	}
}

// Run is called by kong.
func (d *dataSynthCommand) Run(c console) error {
	cfg := d.Difficulty.Config()
	cfg.Sensor, cfg.Duration, cfg.Threshold, cfg.Seed = d.Sensor, d.Duration, d.Threshold, d.Seed
	cfg.Mismatch = 0.15 * d.Threshold
	d.change(&cfg)
	if err := cfg.Validate(); err != nil {
		return usageError{err}
	}
	if d.Train < 1 || d.Test < 1 {
		return usageError{fmt.Errorf("--train %d, --test %d: want 1 or more", d.Train, d.Test)}
	}
	if found, err := os.ReadDir(d.Dir); err == nil && len(found) > 0 {
		return fmt.Errorf("%s holds files already, want a new folder", d.Dir)
	}
	if err := d.write(cfg); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "%d recordings of %d motions; train with: ssnn train --data %s --set frames.sensor=%v --set frames.split=duration\n",
		len(synth.Classes())*(d.Train+d.Test), len(synth.Classes()), d.Dir, d.Sensor)
	return err
}

// write makes the recordings, on all processors.
func (d *dataSynthCommand) write(cfg synth.Config) error {
	var all []func() error
	for _, split := range []struct {
		name string
		n    int
	}{{dataset.Train, d.Train}, {dataset.Test, d.Test}} {
		for class, name := range synth.Classes() {
			folder := filepath.Join(d.Dir, split.name, name)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			for i := range split.n {
				path := filepath.Join(folder, fmt.Sprintf("%05d.%s", i, d.Format))
				all = append(all, func() error { return writeRecording(path, d.Format, d.Sensor, cfg.Recording(split.name, class, i)) })
			}
		}
	}
	return workers.Each(len(all), runtime.GOMAXPROCS(0), func() func(i int) error {
		return func(i int) error { return all[i]() }
	})
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

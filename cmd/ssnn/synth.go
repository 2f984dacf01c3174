package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/atomicfile"
	"ssnn/synth"
)

type dataSynthCommand struct {
	Dir       string        `arg:"" help:"Folder to make: {Train,Test}/<class>/<number>.<format>."`
	Train     int           `help:"Recordings of a class to train with." default:"100" placeholder:"N"`
	Test      int           `help:"Recordings of a class to test with." default:"25" placeholder:"N"`
	Sensor    events.Size   `help:"Size of the sensor." default:"34x34" placeholder:"WxH"`
	Duration  events.Micros `help:"Length of a recording in us." default:"300000" placeholder:"US"`
	Threshold float64       `help:"Mean threshold of the pixels, in natural logarithms of intensity." default:"0.2" placeholder:"LOG"`
	Noise     float64       `help:"Events of noise a second and pixel." default:"1" placeholder:"HZ"`
	Format    string        `help:"Format of the recordings, as of ssnn convert." default:"bin" placeholder:"FORMAT"`
	Seed      uint64        `help:"Of all that is drawn." default:"0" placeholder:"N"`
}

// Run is called by kong.
func (d *dataSynthCommand) Run(c console) error {
	cfg := synth.Default()
	cfg.Sensor, cfg.Duration, cfg.Threshold, cfg.Noise, cfg.Seed = d.Sensor, d.Duration, d.Threshold, d.Noise, d.Seed
	cfg.Mismatch = 0.15 * d.Threshold
	if err := cfg.Validate(); err != nil {
		return usageError{err}
	}
	if d.Train < 1 || d.Test < 1 {
		return usageError{fmt.Errorf("--train %d, --test %d: want 1 or more", d.Train, d.Test)}
	}
	if found, err := os.ReadDir(d.Dir); err == nil && len(found) > 0 {
		return fmt.Errorf("%s holds files already, want a new folder", d.Dir)
	}
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
				if err := writeRecording(path, d.Format, d.Sensor, cfg.Recording(split.name, class, i)); err != nil {
					return err
				}
			}
		}
	}
	_, err := fmt.Fprintf(c.out, "%d recordings of %d motions; train with: ssnn train --data %s --set frames.sensor=%v\n",
		len(synth.Classes())*(d.Train+d.Test), len(synth.Classes()), d.Dir, d.Sensor)
	return err
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

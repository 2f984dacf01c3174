package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/regular"
	"ssnn/synth"
)

// pictures makes the recordings of the pictures of a folder or an archive.
func (d *dataSynthCommand) pictures(c console, cfg synth.Config) error {
	files, closeFiles, err := openPictures(d.Images)
	if err != nil {
		return err
	}
	defer closeFiles()
	set, err := synth.OpenPictures(files)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Images, err)
	}
	if !set.Split && (d.Train == nil || d.Test == nil) {
		return usageError{fmt.Errorf("--train N and --test M are missing: %s has no folders train "+
			"and test, so want the numbers of pictures of a class for each", d.Images)}
	}
	drawn, err := set.Draw(orAll(d.Train), orAll(d.Test), d.Seed)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Images, err)
	}
	movement := synth.Loops
	if d.Motion != nil {
		movement = *d.Motion
	}
	all := make([]recordingToMake, len(drawn))
	for i, p := range drawn {
		split := dataset.Test
		if p.Train {
			split = dataset.Train
		}
		all[i] = recordingToMake{split, p.Class, p.Number, func() ([]events.Event, error) {
			picture, err := set.Read(p.Path)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", d.Images, err)
			}
			return cfg.Picture(picture, movement, p.Path), nil
		}}
	}
	if err := writeSet(c, d.Dir, d.Format, cfg.Sensor, all); err != nil {
		return err
	}
	sensor := ""
	if cfg.Sensor != synth.Pictures().Sensor {
		sensor = fmt.Sprintf(" --set frames.sensor=%v", cfg.Sensor)
	}
	_, err = fmt.Fprintf(c.out,
		"%d recordings of %d classes; train with: ssnn train pictures --data %s%s\n",
		len(all), len(set.Classes), quoted(d.Dir), sensor)
	return err
}

func orAll(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

// openPictures opens a folder, or a file as a zip archive.
func openPictures(name string) (files fs.FS, closeFiles func() error, err error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, nil, regular.Want(err, "a folder or zip archive of pictures (--images)")
	case info.IsDir():
		return os.DirFS(name), func() error { return nil }, nil
	}
	z, err := zip.OpenReader(name)
	if errors.Is(err, zip.ErrFormat) {
		return nil, nil, fmt.Errorf("%s is neither a folder nor a zip archive, want one "+
			"of pictures (--images)", name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return z, z.Close, nil
}

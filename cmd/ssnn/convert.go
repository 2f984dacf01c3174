package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"ssnn/events"
	"ssnn/internal/atomicfile"
)

type convertCommand struct {
	In  string `arg:"" help:"A recording in any format that is read."`
	Out string `arg:"" help:"What to write; its ending is the format: aedat (3.1), raw (Prophesee, EVT 3.0), dat, es, bin (40-bit), npz, csv."`
	readingFlags
	To      string         `help:"Format of OUT, whatever its ending." placeholder:"FORMAT"`
	From    *events.Micros `help:"Leave out the events before this time in us." placeholder:"US"`
	Until   *events.Micros `help:"Leave out the events from this time in us on." placeholder:"US"`
	Zero    bool           `help:"Make times begin at 0."`
	Salvage bool           `help:"Of a damaged recording write the events before the damage."`
}

// Run is called by kong.
func (v *convertCommand) Run(c console) error {
	format := v.To
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(v.Out)), ".")
	}
	// Two passes, so that a recording of any length needs little memory: what is written first says how large the sensor is.
	s, _, sensor, _, err := v.summarise(v.In)
	var damage *events.FormatError
	if v.Salvage && errors.As(err, &damage) {
		fmt.Fprintf(c.err, "ssnn: %v; %d events before that\n", err, s.Events)
	} else if err != nil {
		return err
	}
	f, err := events.Open(v.In, v.options())
	if err != nil {
		return err
	}
	defer f.Close()
	n := 0
	if err := atomicfile.Write(v.Out, func(w io.Writer) error {
		out, err := events.NewWriter(w, format, sensor)
		if err != nil {
			return err
		}
		if n, err = v.copy(out, f, s.Events); err != nil {
			return err
		}
		return out.Close()
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%d events in %s\n", n, v.Out)
	return err
}

// copy writes the events that are asked for, of the first few of a recording, and says how many they are.
func (v *convertCommand) copy(out events.Writer, in events.Reader, few int) (n int, err error) {
	buf := make([]events.Event, 1024)
	var zero events.Micros
	for few > 0 {
		read, err := in.Read(buf[:min(few, len(buf))])
		few -= read
		if err != nil && few > 0 {
			return n, err
		}
		kept := buf[:0]
		for _, e := range buf[:read] {
			if v.From != nil && e.T < *v.From || v.Until != nil && e.T >= *v.Until {
				continue
			}
			if v.Zero && n+len(kept) == 0 {
				zero = e.T
			}
			e.T -= zero
			kept = append(kept, e)
		}
		n += len(kept)
		if err := out.Write(kept); err != nil {
			return n, err
		}
	}
	return n, nil
}

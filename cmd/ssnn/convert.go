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
	In  string `arg:"" help:"Recording to read, in any supported format."`
	Out string `arg:"" help:"File to write. Its ending chooses the format: ${writable}."`
	readingFlags
	To   string `help:"Format to write, if the ending of the file does not choose it." placeholder:"FORMAT"`
	Sort bool   `help:"Sort the events by time; events of equal time stay in the order in which they are stored. All events are held in memory, 16 bytes each, at most 268,435,456 of them."`
	Zero bool   `help:"Shift all times so that the first event is at 0."`
	framesFlags
	Salvage bool `help:"If the recording is damaged, write the events before the damage."`
}

// Run is called by kong.
func (v *convertCommand) Run(c console) error {
	format := v.To
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(v.Out)), ".")
	}
	// There are two passes, so that a recording of any length needs little memory: the header,
	// which is written first, says how large the sensor is.
	v.sort = v.Sort
	if err := v.check(format, v.Salvage); err != nil {
		return usageError{err}
	}
	s, err := v.summarise(v.In)
	sensor := s.sensor
	var damage *events.FormatError
	if v.Salvage && errors.As(err, &damage) {
		fmt.Fprintf(c.err, "ssnn: %v; %d events before that\n", err, s.Events)
	} else if err != nil {
		return err
	}
	f, err := v.open(v.In)
	if err != nil {
		return err
	}
	defer f.Close()
	if v.Frames > 0 {
		return v.writeFrames(c, f, format, s)
	}
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
	c.skips.Add(s.skipped)
	_, err = fmt.Fprintf(c.out, "%d events in %s\n", n, printable(v.Out))
	return err
}

// copy writes at most the first few events of a recording, and returns their number.
func (v *convertCommand) copy(out events.Writer, in events.Reader, few int) (n int, err error) {
	buf := make([]events.Event, 1024)
	var zero events.Micros
	for n < few {
		read, err := in.Read(buf[:min(few-n, len(buf))])
		part := buf[:read]
		for i := range part {
			if v.Zero && n+i == 0 {
				zero = part[i].T
			}
			part[i].T -= zero
		}
		n += read
		if err != nil && n < few {
			return n, err
		}
		if err := out.Write(part); err != nil {
			return n, err
		}
	}
	return n, nil
}

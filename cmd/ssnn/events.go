package main

import (
	"encoding/json"
	"fmt"

	"ssnn/events"
)

type eventsCommand struct {
	File   string       `arg:"" help:"A recording."`
	Sensor *events.Size `help:"Size of the sensor where the format does not store it; events outside are an error." placeholder:"WxH"`
	JSON   bool         `name:"json" help:"Print one line of JSON."`
}

// facts are what is said of a recording.
type facts struct {
	Format string `json:"format"`
	Width  int    `json:"width"`  // pixels
	Height int    `json:"height"` // pixels
	// SizeFrom says how the size is known: "file", "flag", or "events" for the smallest that holds all events.
	SizeFrom string        `json:"size_from"`
	Events   int           `json:"events"`
	First    events.Micros `json:"first_us"`
	Last     events.Micros `json:"last_us"`
	On       int           `json:"on"`
	Off      int           `json:"off"`
}

// Run is called by kong.
func (e *eventsCommand) Run(c console) error {
	f, err := events.Open(e.File)
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := events.ReadAll(f)
	if err != nil {
		return fmt.Errorf("%s: %w", e.File, err)
	}
	if len(all) == 0 {
		return fmt.Errorf("%s: no events", e.File)
	}
	x := facts{Format: f.Format(), Events: len(all), First: all[0].T, Last: all[len(all)-1].T, SizeFrom: "events"}
	if s := f.Sensor(); s != (events.Size{}) {
		x.Width, x.Height, x.SizeFrom = s.Width, s.Height, "file"
	} else if e.Sensor != nil {
		x.Width, x.Height, x.SizeFrom = e.Sensor.Width, e.Sensor.Height, "flag"
	}
	for i, v := range all {
		if x.SizeFrom == "events" {
			x.Width, x.Height = max(x.Width, int(v.X)+1), max(x.Height, int(v.Y)+1)
		} else if int(v.X) >= x.Width || int(v.Y) >= x.Height {
			return fmt.Errorf("%s: event %d at x %d, y %d, want one inside the sensor of %dx%d pixels", e.File, i, v.X, v.Y, x.Width, x.Height)
		}
		if v.On {
			x.On++
		}
	}
	x.Off = x.Events - x.On
	if e.JSON {
		return json.NewEncoder(c.out).Encode(x)
	}
	size := map[string]string{"file": "", "flag": " (from --sensor)", "events": " (the smallest that holds all events; the format does not store it)"}[x.SizeFrom]
	_, err = fmt.Fprintf(c.out, "%s\nsensor %dx%d pixels%s\n%d events, %d on, %d off\n%d to %d us\n", x.Format, x.Width, x.Height, size, x.Events, x.On, x.Off, x.First, x.Last)
	return err
}

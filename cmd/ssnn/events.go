package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/guptarohit/asciigraph"

	"ssnn/events"
	"ssnn/internal/names"
)

type eventsCommand struct {
	File string `arg:"" help:"Recording to read, in any supported format."`
	readingFlags
	JSON bool `name:"json" help:"Print one line of JSON instead of text."`
}

// facts are the facts on a recording that are printed.
type facts struct {
	Format   string        `json:"format"`
	Width    int           `json:"width"`     // pixels
	Height   int           `json:"height"`    // pixels
	SizeFrom string        `json:"size_from"` // "file", "flag" or "events", see summary
	Events   int           `json:"events"`
	First    events.Micros `json:"first_us"`
	Last     events.Micros `json:"last_us"`
	On       int           `json:"on"`
	Off      int           `json:"off"`
	Skipped  *int64        `json:"skipped,omitempty"` // events, under --skip-invalid

	Topics  []events.Topic       `json:"topics,omitempty"` // of a ROS bag or AEDAT 4
	Filters []events.FilterCount `json:"filters,omitempty"`
}

// Run is called by kong.
func (e *eventsCommand) Run(c console) error {
	s, err := e.summarise(e.File)
	if err != nil {
		return err
	}
	x := facts{s.format, s.sensor.Width, s.sensor.Height, s.sizeFrom, s.Events, s.First, s.Last,
		s.On, s.Events - s.On, nil, s.topics, s.filters}
	if e.SkipInvalid {
		x.Skipped = &s.skipped
	}
	if e.JSON {
		return json.NewEncoder(c.out).Encode(x)
	}
	size := map[string]string{"file": "", "flag": " (from --sensor)",
		"events": " (the smallest that holds all events; the format does not store it)"}[s.sizeFrom]
	sensor := fmt.Sprintf("sensor %v pixels%s\n", s.sensor, size)
	if s.sensor == (events.Size{}) {
		sensor = "no events that would show the sensor, and the format does not store it\n"
	}
	if _, err = fmt.Fprintf(c.out, "%s\n%s%s, %d on, %d off\n", x.Format, sensor,
		names.Count(x.Events, "event"), x.On, x.Off); err != nil {
		return err
	}
	if e.SkipInvalid {
		if _, err = fmt.Fprintln(c.out, events.SkippedNote(s.skipped)); err != nil {
			return err
		}
	}
	if err := printTopics(c, x.Topics); err != nil {
		return err
	}
	if err := printFilters(c, x.Filters); err != nil || x.Events == 0 {
		return err
	}
	if _, err = fmt.Fprintf(c.out, "%d to %d us\n", x.First, x.Last); err != nil ||
		len(s.Rate) < 2 {

		return err
	}
	_, err = fmt.Fprintln(c.out, plotRate(s.Summary))
	return err
}

// printTopics lists the topics of a ROS bag, or the streams of an AEDAT 4 file.
func printTopics(c console, topics []events.Topic) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, t := range topics {
		messages, read := "", ""
		if t.Messages > 0 {
			messages = fmt.Sprintf("%d messages", t.Messages)
		}
		if t.Read {
			read = "read"
		}
		fmt.Fprintf(w, "topic %s\t%s\t%s\t%s\n", t.Name, t.Type, messages, read)
	}
	return w.Flush()
}

// mostHotShown bounds the number of hot pixels that a line names; --json has all.
const mostHotShown = 20

// printFilters prints how many events each filter has left.
func printFilters(c console, filters []events.FilterCount) error {
	for _, f := range filters {
		line := fmt.Sprintf("filter %s: %d of %d events left", f.Filter, f.Left, f.In)
		for i, p := range f.HotPixels {
			if i == 0 {
				line += fmt.Sprintf("; %d hot pixels:", len(f.HotPixels))
			}
			if i == mostHotShown {
				line += " ..."
				break
			}
			line += " " + p.String()
		}
		if _, err := fmt.Fprintln(c.out, line); err != nil {
			return err
		}
	}
	return nil
}

// plotRate draws the events a second over the recording.
func plotRate(s events.Summary) string {
	unit, scale := "events", 1e6 // a second
	if 1e6*float64(slices.Max(s.Rate))/float64(s.Bin) >= 1e4 {
		unit, scale = "thousands of events", 1e3
	}
	var rate []float64
	for _, n := range s.Rate {
		rate = append(rate, float64(n)/float64(s.Bin)*scale)
	}
	plot := asciigraph.Plot(rate, asciigraph.Height(6), asciigraph.Width(72),
		asciigraph.LowerBound(0), asciigraph.Precision(0),
		asciigraph.Caption(fmt.Sprintf("%s a second, over %.4g s", unit,
			float64(s.Last-s.First)/1e6)))
	return strings.ReplaceAll(plot, " -0 ", "  0 ")
}

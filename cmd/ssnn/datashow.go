package main

import (
	"cmp"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/atomicfile"
	"ssnn/internal/picture"
	"ssnn/internal/regular"
	"ssnn/internal/workers"
	"ssnn/recipes"
	"ssnn/report"
)

type dataShowCommand struct {
	Data   string      `arg:"" help:"Name of a set, or a folder of recordings in any layout that ssnn data list shows."`
	Out    string      `short:"o" help:"Page to write." default:"data.html" placeholder:"FILE"`
	Layout string      `help:"Layout of the folder, if ssnn cannot recognise it." placeholder:"NAME"`
	Sensor events.Size `help:"Size of the sensor in pixels, if neither the layout nor the recordings state it." placeholder:"WxH"`
	Each   int         `help:"Number of recordings of each class that are shown as pictures." default:"4" placeholder:"N"`
	unpackFlag
	threadsFlag
}

//go:embed datashow.html
var dataPage string

// setRecording is a recording of a set with the facts on its events.
type setRecording struct {
	Name, Split, Class string
	events.Summary
	Odd     string       // reason why it is odd, or empty
	Picture template.URL // picture of all of its events; empty if it is not shown

	sample dataset.Sample
	set    *dataset.Set
}

// Seconds returns its length in s.
func (r *setRecording) Seconds() float64 { return float64(r.Last-r.First) / 1e6 }

// setClass is a class of a set.
type setClass struct {
	Name                    string
	Train, Test             int
	Events, Seconds, PerSec float64 // medians
	On                      float64 // share
	Shown                   []*setRecording
}

// Run is called by kong.
func (d *dataShowCommand) Run(c console) error {
	threads, err := d.count()
	if err == nil {
		err = atomicfile.Check(d.Out)
	}
	if err != nil {
		return err
	}
	if d.Each < 0 || d.Each > 100 {
		return usageError{fmt.Errorf("--each %d, want 0 to 100", d.Each)}
	}
	r := recipes.Recipe{Dataset: d.Data, Layout: d.Layout}
	d.apply(&r.Events)
	all, sets, err := d.read(c, r, threads)
	if err != nil {
		return err
	}
	sensor := cmp.Or(d.Sensor, sets[0].Sensor, edgeOf(all), events.Size{Width: 1, Height: 1})
	classes := classesOf(all, sets[0].Classes)
	odd := markOdd(all, classes, sensor)
	if err := d.draw(classes, sensor, threads); err != nil {
		return err
	}
	page := template.Must(template.New("").Funcs(template.FuncMap{
		"percent": func(share float64) float64 { return 100 * share },
	}).Parse(dataPage))
	err = atomicfile.Write(d.Out, func(w io.Writer) error {
		return page.Execute(w, map[string]any{"Data": d.Data, "Sensor": sensor, "Classes": classes,
			"Recordings": len(all), "Odd": odd, "Notes": slices.Concat(sets[0].Notes,
				sets[1].Notes)})
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%d recordings of %d classes, %d of them odd, in %s\n", len(all),
		len(classes), len(odd), printable(d.Out))
	return err
}

// read lists the set and reads all of its recordings. One that cannot be read is odd.
func (d *dataShowCommand) read(c console, r recipes.Recipe, threads int) (
	all []*setRecording, sets [2]*dataset.Set, err error) {

	machine := c.machine(threads, "")
	for i, split := range []string{dataset.Train, dataset.Test} {
		set, err := machine.List(r, split, nil)
		if err != nil {
			return nil, sets, err
		}
		sets[i] = set
		for _, s := range set.Samples {
			all = append(all, &setRecording{Name: s.Name(), Split: split,
				Class: set.Classes[s.Label], sample: s, set: set})
		}
	}
	return all, sets, workers.Each(len(all), threads, func() func(i int) error {
		return func(i int) error {
			one := all[i]
			err := one.set.Read(one.sample, events.Size{}, func(r events.Reader) (err error) {
				one.Summary, err = events.Summarise(r)
				return err
			})
			if err != nil {
				one.Odd = regular.Text(err)
			}
			return nil
		}
	})
}

// edgeOf returns the smallest sensor that holds all events.
func edgeOf(all []*setRecording) (edge events.Size) {
	for _, r := range all {
		edge.Width = max(edge.Width, r.Edge.Width)
		edge.Height = max(edge.Height, r.Edge.Height)
	}
	return edge
}

// classesOf returns the classes with the medians of their recordings.
func classesOf(all []*setRecording, names []string) []*setClass {
	classes := make([]*setClass, len(names))
	for i, name := range names {
		k := &setClass{Name: name}
		classes[i] = k
		var n, seconds, rates []float64
		on, events := 0, 0
		for _, r := range all {
			if r.Class != name {
				continue
			}
			if r.Split == dataset.Train {
				k.Train++
			} else {
				k.Test++
			}
			n, seconds = append(n, float64(r.Events)), append(seconds, r.Seconds())
			if r.Seconds() > 0 {
				rates = append(rates, float64(r.Events)/r.Seconds())
			}
			on, events = on+r.On, events+r.Events
		}
		k.Events, k.Seconds = report.Median(n), report.Median(seconds)
		k.PerSec = report.Median(rates)
		k.On = float64(on) / float64(max(1, events))
	}
	return classes
}

// unusual is the factor by which an odd recording has fewer or more events than the median of its
// class, or is shorter or longer.
const unusual = 10

// markOdd marks the odd recordings and returns them.
func markOdd(all []*setRecording, classes []*setClass, sensor events.Size) (odd []*setRecording) {
	usual := map[string]*setClass{}
	for _, k := range classes {
		usual[k.Name] = k
	}
	for _, r := range all {
		k := usual[r.Class]
		switch {
		case r.Odd != "":
		case r.Events == 0:
			r.Odd = "has no events"
		case r.Edge.Width > sensor.Width || r.Edge.Height > sensor.Height:
			r.Odd = fmt.Sprintf("has events as far as %v pixels, outside of the sensor", r.Edge)
		case float64(r.Events) < k.Events/unusual:
			r.Odd = fmt.Sprintf("has %d events, where %.0f are usual in its class", r.Events,
				k.Events)
		case float64(r.Events) > k.Events*unusual:
			r.Odd = fmt.Sprintf("has %d events, where %.0f are usual in its class", r.Events,
				k.Events)
		case r.Seconds() < k.Seconds/unusual:
			r.Odd = fmt.Sprintf("is %.3g s long, where %.3g s are usual in its class", r.Seconds(),
				k.Seconds)
		case r.On == 0 || r.On == r.Events:
			r.Odd = "has one polarity alone"
		}
		if r.Odd != "" {
			odd = append(odd, r)
		}
	}
	for _, r := range all {
		if k := usual[r.Class]; r.Odd == "" && r.Split == dataset.Train {
			k.Shown = append(k.Shown, r)
		}
	}
	return odd
}

// draw draws a few recordings of each class, evenly spread.
func (d *dataShowCommand) draw(classes []*setClass, sensor events.Size, threads int) error {
	var all []*setRecording
	for _, k := range classes {
		some := make([]*setRecording, min(d.Each, len(k.Shown)))
		for i := range some {
			some[i] = k.Shown[i*len(k.Shown)/len(some)]
		}
		k.Shown = some
		all = append(all, some...)
	}
	return workers.Each(len(all), threads, func() func(i int) error {
		return func(i int) error {
			one := all[i]
			return one.set.Read(one.sample, sensor, func(r events.Reader) error {
				png, err := picture.PNG(r, sensor)
				one.Picture = template.URL("data:image/png;base64," +
					base64.StdEncoding.EncodeToString(png))
				return err
			})
		}
	})
}

package main

import (
	"fmt"
	"image"
	"image/gif"
	"io"
	"path/filepath"
	"strings"

	"ssnn/events"
	"ssnn/internal/atomicfile"
	"ssnn/internal/picture"
	"ssnn/report"
)

type viewCommand struct {
	File string `arg:"" help:"Recording to read, in any supported format."`
	Out  string `short:"o" required:"" help:"File to write: a .gif is an animation, a .png or .svg is a sheet of frames with their times." placeholder:"FILE"`
	readingFlags
	Frames  int           `help:"Number of frames, of equal durations (default: 40 in an animation, 8 in a sheet)." default:"0" placeholder:"N"`
	Surface bool          `help:"Draw a time surface instead of the events of each frame."`
	Tau     events.Micros `help:"Time in which a time surface fades to 1/e." default:"30ms" placeholder:"TIME"`
	Scale   int           `help:"Side of a sensor's pixel in the picture, in pixels (default: such that the picture has at least 256 pixels)." default:"0" placeholder:"N"`
}

const (
	mostFrames = 1000
	mostPixels = 1 << 29 // of all frames: 3 bytes each
)

// Run is called by kong.
func (v *viewCommand) Run(c console) error {
	kind := strings.ToLower(filepath.Ext(v.Out))
	if kind != ".gif" && kind != ".png" && kind != ".svg" {
		return usageError{fmt.Errorf("--out %s, want a file that ends in .gif, .png or .svg",
			v.Out)}
	}
	if v.Frames == 0 {
		v.Frames = map[string]int{".gif": 40, ".png": 8, ".svg": 8}[kind]
	}
	switch {
	case v.Frames < 1 || v.Frames > mostFrames:
		return usageError{fmt.Errorf("--frames %d, want 1 to %d", v.Frames, mostFrames)}
	case v.Tau < 1:
		return usageError{fmt.Errorf("--tau %d us, want 1 us or more", v.Tau)}
	case v.Scale < 0 || v.Scale > 64:
		return usageError{fmt.Errorf("--scale %d, want 1 to 64", v.Scale)}
	}
	s, err := v.summarise(v.File)
	if err != nil {
		return err
	}
	if s.Events == 0 {
		return fmt.Errorf("%s: no events, want some to show", v.File)
	}
	if v.Scale == 0 {
		longest := max(s.sensor.Width, s.sensor.Height)
		v.Scale = max(1, (255+longest)/longest)
	}
	side := int64(v.Scale)
	all := int64(v.Frames) * side * side * int64(s.sensor.Width) * int64(s.sensor.Height)
	if all > mostPixels {
		return fmt.Errorf("%s: %d frames of a sensor of %v pixels, %d times as large, want at "+
			"most %d pixels in all (--frames, --scale, or --filter region:... for a part of the "+
			"sensor)", v.File, v.Frames, s.sensor, v.Scale, mostPixels)
	}
	series, err := v.paint(s.Summary, s.sensor)
	if err != nil {
		return fmt.Errorf("%s: %w", v.File, err)
	}
	c.skips.Add(s.skipped)
	var pictures []*image.Paletted
	for i := range v.Frames {
		pictures = append(pictures, picture.Image(series.Shades(i), series.Size, v.Scale))
	}
	each := float64(s.Last-s.First) / float64(v.Frames) / 1e3 // ms
	slower := ""
	write := func(w io.Writer) error { return v.sheet(w, kind, s, series, pictures) }
	if kind == ".gif" {
		delay := max(2, int(each/10+.5)) // in 10 ms; no browser shows less than 2
		write = func(w io.Writer) error { return writeGIF(w, pictures, delay) }
		if each > 0 {
			slower = fmt.Sprintf(", shown at %.2g times the speed", each/10/float64(delay))
		}
	}
	if err := atomicfile.Write(v.Out, write); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%d events as %d frames of %.3g ms in %s%s\n", s.Events, v.Frames,
		each, v.Out, slower)
	return err
}

// paint reads the recording again and paints it.
func (v *viewCommand) paint(s events.Summary, sensor events.Size) (*picture.Series, error) {
	f, err := v.open(v.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o := picture.Options{Sensor: sensor, Pictures: v.Frames, First: s.First, Last: s.Last}
	if v.Surface {
		o.Tau = v.Tau
	}
	return picture.Paint(f, o)
}

// writeGIF writes moving pictures.
func writeGIF(w io.Writer, all []*image.Paletted, delay int) error {
	g := &gif.GIF{Image: all}
	for range all {
		g.Delay = append(g.Delay, delay)
	}
	return gif.EncodeAll(w, g)
}

// sheet writes the pictures side by side.
func (v *viewCommand) sheet(w io.Writer, kind string, s summary, series *picture.Series,
	pictures []*image.Paletted) error {

	sheet := report.Sheet{
		Title: fmt.Sprintf("%s: %d events of %v pixels", printable(filepath.Base(v.File)),
			s.Events, s.sensor),
		Scale: v.Scale,
		Full:  fmt.Sprintf("full colour: %.3g events of a pixel or more", series.Full),
	}
	if v.Surface {
		sheet.Full = fmt.Sprintf("full colour: just now; it fades to 37 %% in %s",
			report.Time(float64(v.Tau)))
	}
	each := float64(s.Last-s.First) / float64(v.Frames) // us
	for i, p := range pictures {
		from, to := report.Time(each*float64(i)), report.Time(each*float64(i+1))
		if sheet.Add(p, from+" to "+to); v.Surface {
			sheet.Times[i] = "at " + to
		}
	}
	f := sheet.Figure("sheet")
	write := f.PNG
	if kind == ".svg" {
		write = f.SVG
	}
	data, err := write()
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

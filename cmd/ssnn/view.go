package main

import (
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"ssnn/events"
	"ssnn/internal/atomicfile"
)

type viewCommand struct {
	File string `arg:"" help:"A recording."`
	Out  string `short:"o" required:"" help:"Picture to write: .gif moves, .png is a sheet of frames." placeholder:"FILE"`
	readingFlags
	Frames  int           `help:"Frames, of equal durations." default:"0" placeholder:"N"`
	Surface bool          `help:"Show a time surface instead of the events of each frame."`
	Tau     events.Micros `help:"Time in which a time surface fades to 1/e." default:"30ms" placeholder:"TIME"`
	Scale   int           `help:"Pixels a side of each of the sensor's (default: so that the picture has 256 or more)." default:"0" placeholder:"N"`
}

const mostFrames = 1000

// Run is called by kong.
func (v *viewCommand) Run(c console) error {
	kind := strings.ToLower(filepath.Ext(v.Out))
	if kind != ".gif" && kind != ".png" {
		return usageError{fmt.Errorf("--out %s, want a file that ends in .gif or .png", v.Out)}
	}
	if v.Frames == 0 {
		v.Frames = map[string]int{".gif": 40, ".png": 8}[kind]
	}
	if v.Frames < 1 || v.Frames > mostFrames || v.Tau < 1 || v.Scale < 0 || v.Scale > 64 {
		return usageError{fmt.Errorf("--frames %d, --tau %d, --scale %d: want 1 to %d, 1 or "+
			"more, 1 to 64", v.Frames, v.Tau, v.Scale, mostFrames)}
	}
	s, err := v.summarise(v.File)
	if err != nil {
		return err
	}
	if s.Events == 0 {
		return fmt.Errorf("%s: no events", v.File)
	}
	pictures, err := v.draw(s.Summary, s.sensor)
	if err != nil {
		return fmt.Errorf("%s: %w", v.File, err)
	}
	c.skips.Add(s.skipped)
	each := float64(s.Last-s.First) / float64(v.Frames) / 1e3 // ms
	write, slower := writeSheet, ""
	if kind == ".gif" {
		delay := max(2, int(each/10+.5)) // hundredths of a second; faster is shown by no browser
		write = func(w io.Writer, all []*image.Paletted) error { return writeGIF(w, all, delay) }
		if each > 0 {
			slower = fmt.Sprintf(", shown at %.2g times the speed", each/10/float64(delay))
		}
	}
	if err := atomicfile.Write(v.Out, func(w io.Writer) error {
		return write(w,
			pictures)
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%d events as %d frames of %.3g ms in %s%s\n", s.Events, v.Frames,
		each, v.Out, slower)
	return err
}

// draw reads the recording again and makes the pictures.
func (v *viewCommand) draw(s events.Summary, sensor events.Size) ([]*image.Paletted, error) {
	f, err := v.open(v.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	scale := v.Scale
	if scale == 0 {
		scale = max(1, (255+max(sensor.Width, sensor.Height))/max(sensor.Width, sensor.Height))
	}
	p := newPainter(sensor, scale)
	if v.Surface {
		p.tau = v.Tau
	}
	var pictures []*image.Paletted
	each := max(1, uint64(s.Last-s.First)/uint64(v.Frames))
	buf := make([]events.Event, 1024)
	for {
		n, err := f.Read(buf)
		for _, e := range buf[:n] {
			for len(pictures) < v.Frames-1 && uint64(e.T-s.First) >= uint64(len(pictures)+1)*each {
				pictures = append(pictures, p.paint(s.First+
					events.Micros(uint64(len(pictures)+1)*each)))
			}
			p.add(e)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	for len(pictures) < v.Frames {
		pictures = append(pictures, p.paint(s.Last))
	}
	return pictures, nil
}

// writeGIF writes moving pictures.
func writeGIF(w io.Writer, all []*image.Paletted, delay int) error {
	g := &gif.GIF{Image: all}
	for range all {
		g.Delay = append(g.Delay, delay)
	}
	return gif.EncodeAll(w, g)
}

// writeSheet writes the pictures side by side, four in a line.
func writeSheet(w io.Writer, all []*image.Paletted) error {
	const gap = 4
	size := all[0].Bounds().Size()
	columns := min(4, len(all))
	lines := (len(all) + columns - 1) / columns
	sheet := image.NewPaletted(image.Rect(0, 0, columns*(size.X+gap)-gap, lines*(size.Y+gap)-gap),
		all[0].Palette)
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	for i, p := range all {
		at := image.Pt(i%columns*(size.X+gap), i/columns*(size.Y+gap))
		draw.Draw(sheet, image.Rectangle{at, at.Add(size)}, p, image.Point{}, draw.Src)
	}
	return png.Encode(w, sheet)
}

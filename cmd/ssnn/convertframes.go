package main

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/atomicfile"
)

// framesFlags say how ssnn convert makes frames of a recording.
type framesFlags struct {
	Frames int          `help:"Write T frames instead of events, to an .npy file or to the array frames of an .npz file, as float32 [frames, polarities, height, width], off before on." placeholder:"T"`
	Split  frames.Split `help:"How events are divided into frames: count gives each frame the same number of events, duration the same time. The last frame also has the remainder." default:"count" placeholder:"NAME"`
	Size   *events.Size `help:"Size of the frames in pixels (default: that of the sensor)." placeholder:"WxH"`
}

// check returns an error if the flags do not go together.
func (f framesFlags) check(format string, salvage bool) error {
	switch {
	case f.Frames < 0:
		return fmt.Errorf("--frames %d, want 1 or more", f.Frames)
	case f.Frames > 0 && format != "npy" && format != "npz":
		return fmt.Errorf("--frames writes no file of format %q, want one that ends in .npy or "+
			".npz", format)
	case f.Frames > 0 && salvage:
		return fmt.Errorf("--frames and --salvage are both given, want one of them")
	case f.Frames == 0 && (f.Size != nil || f.Split != frames.Count):
		return fmt.Errorf("--size and --split need --frames, which is not given")
	case f.Split != frames.Count && f.Split != frames.Duration:
		text, _ := f.Split.MarshalText()
		return fmt.Errorf("--split %s, want count or duration", text)
	}
	return nil
}

// channelsFirst turns [T][pixels][channels] into [T][channels][pixels].
func channelsFirst(values []float32, channels, pixels int) []float32 {
	out := make([]float32, 0, len(values))
	for frame := range slices.Chunk(values, channels*pixels) {
		for c := range channels {
			for i := range pixels {
				out = append(out, frame[i*channels+c])
			}
		}
	}
	return out
}

// writeFrames makes frames of all events.
func (v *convertCommand) writeFrames(c console, f opened, format string, s summary) error {
	config := frames.Config{T: v.Frames, Split: v.Split, Sensor: s.sensor}
	if v.Size != nil {
		config.Size = *v.Size
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	values, err := config.ReadFloats(f)
	if err != nil {
		return fmt.Errorf("%s: %w", v.In, err)
	}
	size := config.Pixels()
	values = channelsFirst(values, config.Channels(), size.Width*size.Height)
	err = atomicfile.Write(v.Out, func(w io.Writer) error {
		write := func(w io.Writer) error {
			return events.WriteArray(w, values, config.T, config.Channels(), size.Height,
				size.Width)
		}
		if format == "npy" {
			return write(w)
		}
		z := zip.NewWriter(w)
		member, err := z.Create("frames.npy")
		if err != nil {
			return err
		}
		if err := write(member); err != nil {
			return err
		}
		return z.Close()
	})
	if err != nil {
		return err
	}
	c.skips.Add(s.skipped)
	_, err = fmt.Fprintf(c.out, "%d events as %d frames of %v pixels in %s\n", s.Events, config.T,
		size, v.Out)
	return err
}

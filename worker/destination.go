package worker

import (
	"fmt"

	"ssnn/frames"
	"ssnn/internal/kernel"
)

// destination is a block of frames [samples][T][C][H][W] of a type, which are written to it one by
// one.
type destination struct {
	block   *block
	d       dtype
	samples int

	cfg   frames.Config
	bytes []byte // nil until begin
}

// begin makes room for frames of a configuration, which must be that of all samples.
func (to *destination) begin(cfg frames.Config) error {
	if to.bytes != nil {
		if cfg.Pixels() != to.cfg.Pixels() {
			return usage{fmt.Errorf("frames of %v pixels, and those of the first recording have "+
				"%v: want a size for all", cfg.Pixels(), to.cfg.Pixels())}
		}
		return nil
	}
	if to.d != float32s && cfg.Scale() != 1 {
		return usage{fmt.Errorf("dtype %s with values that are no counts, want float32", to.d)}
	}
	to.cfg = cfg
	var err error
	to.bytes, err = to.block.room(to.samples * cfg.Len() * to.d.bytes())
	return err
}

// give writes frame t of the only sample, [H][W][C].
func (to *destination) give(t int, frame []uint16) error { return to.giveOf(0, t, frame) }

// giveOf writes frame t of a sample.
func (to *destination) giveOf(sample, t int, frame []uint16) error {
	n := len(frame) * to.d.bytes()
	out := to.bytes[(sample*to.cfg.T+t)*n:][:n]
	C, plane := to.cfg.Channels(), len(frame)/to.cfg.Channels()
	switch to.d {
	case float32s:
		out := as[float32](out)
		if C == 2 {
			kernel.SplitFloats(out[:plane], out[plane:], frame)
		} else {
			for i, v := range frame {
				out[i] = float32(v)
			}
		}
		if scale := to.cfg.Scale(); scale != 1 {
			for i := range out {
				out[i] *= scale
			}
		}
	case uint16s:
		if C == 2 {
			kernel.SplitWords(as[uint16](out)[:plane], as[uint16](out)[plane:], frame)
		} else {
			copy(as[uint16](out), frame)
		}
	case uint8s:
		fits := true
		if C == 2 {
			fits = kernel.SplitBytes(out[:plane], out[plane:], frame)
		} else {
			for i, v := range frame {
				out[i] = uint8(v)
				fits = fits && v < 256
			}
		}
		if !fits {
			return usage{fmt.Errorf("more than 255 events at one pixel of a frame, want the " +
				"dtype uint16 or float32, or clip=255")}
		}
	}
	return nil
}

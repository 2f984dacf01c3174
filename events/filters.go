package events

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// plane holds a value for each pixel. It grows with the pixels that events come from.
type plane[T uint32 | Micros] struct {
	size  Size
	data  []T
	empty T
	err   error
}

// mostPlane is the largest number of pixels of a plane.
const mostPlane = 1 << 26

// newPlane returns a plane of empty values, of the size of the sensor if the size is known.
func newPlane[T uint32 | Micros](sensor Size, empty T) *plane[T] {
	p := &plane[T]{empty: empty}
	if sensor != (Size{}) && int64(sensor.Width)*int64(sensor.Height) <= mostPlane {
		p.grow(sensor)
	}
	return p
}

// grow makes the plane larger and keeps its values.
func (p *plane[T]) grow(to Size) {
	data := make([]T, to.Width*to.Height)
	for i := range data {
		data[i] = p.empty
	}
	for y := range p.size.Height {
		copy(data[y*to.Width:], p.data[y*p.size.Width:(y+1)*p.size.Width])
	}
	p.size, p.data = to, data
}

// at points to the value of a pixel. It is nil, and p.err is set, where the plane would have too
// many pixels.
func (p *plane[T]) at(x, y int) *T {
	if x >= p.size.Width || y >= p.size.Height {
		to := p.size
		for to.Width <= x {
			to.Width = max(64, 2*to.Width)
		}
		for to.Height <= y {
			to.Height = max(64, 2*to.Height)
		}
		if int64(to.Width)*int64(to.Height) > mostPlane {
			if p.err == nil {
				p.err = fmt.Errorf("the filter keeps track of pixels: want at most %d of them, "+
					"got an event at x %d, y %d (--skip-invalid with --sensor leaves it out)",
					mostPlane, x, y)
			}
			return nil
		}
		p.grow(to)
	}
	return &p.data[y*p.size.Width+x]
}

func (p *plane[T]) failed() error { return p.err }

// never is a time before all others. The difference of any time and never does not overflow.
const never = Micros(math.MinInt64 / 4)

// openBackground leaves out events that have no neighbour in space and time: an event passes only
// if another came at one of the 8 pixels around it within the us before. Events that are left out
// count as neighbours too. (Delbruck, "Frame-free dynamic digital vision", 2008, and jAER's
// BackgroundActivityFilter. The default of dv-processing's BackgroundActivityNoiseFilter is
// 2,000 us, that of libcaer's dvs_noise.h 20,000 us.)
func openBackground(f Filter, r Reader) Reader {
	within := Micros(f.values["us"])
	last := newPlane(padded(r.Sensor()), never)
	g := newFiltered(f, r, within, func(e Event) bool {
		x, y := int(e.X)+1, int(e.Y)+1
		last.at(x+1, y+1)
		own := last.at(x, y)
		if own == nil {
			return false
		}
		*own = e.T
		since, w := e.T-within, last.size.Width
		up := last.data[(y-1)*w+x-1:][:3]
		here := last.data[y*w+x-1:][:3]
		down := last.data[(y+1)*w+x-1:][:3]
		return up[0] >= since || up[1] >= since || up[2] >= since || here[0] >= since ||
			here[2] >= since || down[0] >= since || down[1] >= since || down[2] >= since
	})
	g.err = last.failed
	return g
}

// padded is the size of a sensor with a border of one pixel. An unknown size stays unknown.
func padded(s Size) Size {
	if s == (Size{}) {
		return s
	}
	return Size{s.Width + 2, s.Height + 2}
}

// openRefractory leaves out an event that comes at most so many us after the event before it at the
// same pixel, whether that one was left out or not. (jAER's RefractoryFilter; tonic's
// RefractoryPeriod.)
func openRefractory(f Filter, r Reader) Reader {
	period := Micros(f.values["us"])
	last := newPlane(r.Sensor(), never)
	g := newFiltered(f, r, period, func(e Event) bool {
		own := last.at(int(e.X), int(e.Y))
		if own == nil {
			return false
		}
		before := *own
		*own = e.T
		return e.T-before > period
	})
	g.err = last.failed
	return g
}

// openPolarity leaves out the events of one polarity.
func openPolarity(f Filter, r Reader) Reader {
	keep := f.values["keep"] == 1
	return newFiltered(f, r, 0, func(e Event) bool { return e.On == keep })
}

// openRegion leaves out events outside of a rectangle. Events inside keep their x and y, as with
// dv-processing's EventRegionFilter.
func openRegion(f Filter, r Reader) Reader {
	x, y := uint64(f.values["x"]), uint64(f.values["y"])
	width, height := uint64(f.values["width"]), uint64(f.values["height"])
	return newFiltered(f, r, 0, func(e Event) bool {
		return uint64(e.X)-x < width && uint64(e.Y)-y < height
	})
}

// openDecimate passes only the n-th, the 2n-th, the 3n-th event of each pixel and so on. (tonic's
// Decimation.)
func openDecimate(f Filter, r Reader) Reader {
	n := uint32(f.values["n"])
	seen := newPlane[uint32](r.Sensor(), 0)
	g := newFiltered(f, r, -1, func(e Event) bool {
		own := seen.at(int(e.X), int(e.Y))
		if own == nil {
			return false
		}
		*own = (*own + 1) % n
		return *own == 0
	})
	g.err = seen.failed
	return g
}

// openHot leaves out the events of hot pixels. Where the filter lists no pixels, hotFound looks for
// them at the beginning of the recording.
func openHot(f Filter, r Reader) Reader {
	if f.pixels == nil {
		return &hotFound{Reader: r, filter: f, count: FilterCount{Filter: f.String()}}
	}
	return newFiltered(f, r, 0, notIn(f.pixels))
}

// notIn returns a function that says whether an event is at none of these pixels.
func notIn(pixels []Pixel) func(e Event) bool {
	if len(pixels) == 0 {
		return func(Event) bool { return true }
	}
	hot := map[Pixel]bool{}
	for _, p := range pixels {
		hot[p] = true
	}
	return func(e Event) bool { return !hot[Pixel{e.X, e.Y}] }
}

// hotFound finds hot pixels in the events of the recording's first us, which it holds until then.
// A threshold is the mean number of events of the pixels that have any, plus so many times their
// standard deviation. A pixel is hot if it has at least fewEvents, and if its events, less the
// median of the 8 pixels around it, exceed the threshold. dvs_tools' hot_pixel_filter takes the
// mean and 5 deviations over a whole recording, which a stream does not have; libcaer's dvs_noise.h
// learns in the first 1,000,000 us. The median is our own: without it, pixels where something moves
// are hot.
type hotFound struct {
	Reader
	filter Filter
	known  bool // the hot pixels have been found
	pass   func(e Event) bool
	held   []Event
	err    error // returned behind the held events
	count  FilterCount
}

// mostHot is the largest number of events held while hot pixels are looked for: 64 MiB.
const mostHot = 1 << 22

func (h *hotFound) inside() Reader { return h.Reader }

// learn reads and holds the first events, and finds the hot pixels in them.
func (h *hotFound) learn() error {
	counts := newPlane[uint32](h.Sensor(), 0)
	buf := make([]Event, 1024)
	over, within := false, Micros(h.filter.values["us"])
	for h.err == nil && !over && len(h.held) < mostHot {
		var n int
		n, h.err = h.Reader.Read(buf)
		for _, e := range buf[:n] {
			h.held = append(h.held, e)
			if e.T-h.held[0].T >= within {
				over = true
			} else if c := counts.at(int(e.X), int(e.Y)); c != nil {
				*c++
			}
		}
	}
	h.count.HotPixels = hotPixels(counts, float64(h.filter.values["deviations"]))
	h.pass, h.known = notIn(h.count.HotPixels), true
	return counts.err
}

// fewEvents is the least number of events of a hot pixel.
const fewEvents = 10

// hotPixels returns the pixels whose events, less the median of the pixels around them, exceed the
// mean of the pixels with events by so many standard deviations.
func hotPixels(counts *plane[uint32], deviations float64) (all []Pixel) {
	var n, sum, squares float64
	for _, c := range counts.data {
		if c > 0 {
			n++
			sum += float64(c)
			squares += float64(c) * float64(c)
		}
	}
	mean := sum / max(n, 1)
	most := mean + deviations*math.Sqrt(max(0, squares/max(n, 1)-mean*mean))
	for i, c := range counts.data {
		if c < fewEvents || float64(c) <= most {
			continue
		}
		if float64(c)-counts.around(i) > most {
			all = append(all, Pixel{uint16(i % counts.size.Width), uint16(i / counts.size.Width)})
		}
	}
	return all
}

// around is the median of the values of the 8 pixels around the i-th. Pixels beyond the sensor
// count as 0.
func (p *plane[T]) around(i int) float64 {
	var values []float64
	x, y := i%p.size.Width, i/p.size.Width
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			switch inside := x+dx >= 0 && x+dx < p.size.Width && y+dy >= 0 &&
				y+dy < p.size.Height; {
			case dx == 0 && dy == 0:
			case inside:
				values = append(values, float64(p.data[i+dy*p.size.Width+dx]))
			default:
				values = append(values, 0)
			}
		}
	}
	slices.Sort(values)
	return (values[3] + values[4]) / 2
}

func (h *hotFound) Read(buf []Event) (n int, err error) {
	if !h.known {
		if err := h.learn(); err != nil {
			return 0, err
		}
	}
	for n == 0 && err == nil && len(buf) > 0 {
		all := copy(buf, h.held)
		h.held = h.held[all:]
		if all == 0 {
			if h.held = nil; h.err != nil {
				return 0, h.err
			}
			all, err = h.Reader.Read(buf)
		}
		for _, e := range buf[:all] {
			buf[n] = e
			if h.pass(e) {
				n++
			}
		}
		h.count.In += int64(all)
		h.count.Left += int64(n)
	}
	if err == io.EOF && n > 0 {
		h.err, err = err, nil
	}
	return n, err
}

// under returns the filter as it is: it finds hot pixels at the beginning of the recording, so a
// window must not cut that off.
func (h *hotFound) under(Window) (Reader, error) { return h, nil }

package kernel

import "encoding/binary"

// A window is what one row of the kernel meets at one output pixel: the active inputs of a block of
// channels, in as many columns as the kernel has. A convolution adds up their weights window by
// window, windows of equal length one after the other. A CPU predicts how often a loop runs if it
// ran as often the last time, and a wrong prediction costs as much as several entries.
type window struct {
	// pixel is the output pixel << 8, plus what is subtracted from an entry, modulo 256, to get its
	// row of weights.
	pixel uint32
	start uint32 // of its entries in RowLists.Index
}

// class is the windows of one length.
type class struct{ entries, count, first uint32 }

// Axis says how the windows of a convolution lie along the rows of an image, or along its columns.
type Axis struct {
	Taps     int // of the kernel
	Step     int // from one window to the next
	Before   int // rows or columns of zeros before the first of the image
	Dilation int // from one tap to the next
}

// Around is an axis whose windows of an odd number of taps lie around each Step-th pixel.
func Around(taps, step int) Axis { return Axis{taps, step, taps / 2, 1} }

// Segment is some taps of a row of the kernel that meet columns side by side.
type Segment struct{ First, Taps int }

// Segments is the number of segments of a row of the kernel for blocks of so many input channels:
// as many taps together as the 8 bits of an entry tell apart.
func (a Axis) Segments(block int) int {
	return (a.Taps + a.together(block) - 1) / a.together(block)
}

// Segment is number i of them.
func (a Axis) Segment(i, block int) Segment {
	n := a.together(block)
	return Segment{i * n, min(n, a.Taps-i*n)}
}

func (a Axis) together(block int) int {
	if a.Dilation > 1 {
		return 1
	}
	return min(a.Taps, 255/block)
}

// Bands says how the output of a convolution is divided into bands of rows, and how the pixels of a
// sample's images lie in a band.
type Bands struct {
	Down, Across  Axis // over the rows and over the columns of the input
	Height, Width int  // of the output
	Rows          int  // of a band; the last may have fewer
	Apart         int  // how many images of a band one of the sample lies behind the one before
}

// Count is the number of bands.
func (b Bands) Count() int { return (b.Height + b.Rows - 1) / b.Rows }

// Band returns the rows of a band.
func (b Bands) Band(i int) (top, bottom int) { return i * b.Rows, min((i+1)*b.Rows, b.Height) }

// shift is the number of output rows between input row step*j+phase and j, for row ky of the
// kernel. ok says whether that row meets such input rows.
func (b Bands) shift(phase, ky int) (shift int, ok bool) {
	d := phase + b.Down.Before - ky*b.Down.Dilation
	return d / b.Down.Step, d%b.Down.Step == 0
}

// Windows are the windows of one block of input channels in the images of a sample.
type Windows struct {
	all     []window
	classes []class // of each part, and one of no windows behind them
	parts   []part  // [bands][segments][kernel rows]
	pixels  []int   // [bands], of all images
	bands   Bands   // of the last Sort
	block   int     // input channels
}

// Scratch is memory that Sort uses.
type Scratch struct {
	lengths []uint8        // of the windows in work
	tables  [5][256]uint32 // by length
}

// Reserve makes room for Sort to work on any block of the lists, so that it takes no memory.
func (s *Scratch) Reserve(l *RowLists, b Bands) {
	s.lengths = grow(s.lengths, l.images*l.height*b.Width)
}

// part is the windows of one row of the kernel in one band: its classes, and the offset that is
// added to the pixel of a window for this row.
type part struct{ first, count, offset int }

// Sort orders the windows of a block of the lists. It allocates no memory if it was used before for
// as many images of the same size.
func (w *Windows) Sort(l *RowLists, block int, b Bands, scratch *Scratch) {
	bands, segments, taps := b.Count(), b.Across.Segments(l.Block), b.Down.Taps
	w.bands, w.block = b, l.Block
	w.all = grow(w.all, segments*w.rows(l)*l.images*b.Width+1)
	w.classes = grow(w.classes, bands*taps*(b.Across.Taps*l.Block+segments))[:0]
	w.parts = grow(w.parts, bands*segments*taps)
	w.pixels = grow(w.pixels, bands)
	n := 0
	for band := range bands {
		top, bottom := b.Band(band)
		w.pixels[band] = ((l.images-1)*b.Apart + 1) * (bottom - top) * b.Width
		for i := range segments {
			r := rowsOf{RowLists: l, block: block, b: b, top: top, bottom: bottom,
				segment: b.Across.Segment(i, l.Block)}
			for r.phase = range b.Down.Step {
				n = w.sort(r, scratch, w.parts[(band*segments+i)*taps:][:taps], n)
			}
		}
	}
	w.all[n] = window{} // read, but not worked on
}

// rows is the number of rows of the input that all bands meet, those that several meet counted for
// each of them.
func (w *Windows) rows(l *RowLists) (rows int) {
	for band := range w.bands.Count() {
		r := rowsOf{RowLists: l, b: w.bands}
		r.top, r.bottom = r.b.Band(band)
		for r.phase = range r.b.Down.Step {
			lo, hi := r.met()
			rows += max(0, hi-lo)
		}
	}
	return rows
}

// rowsOf is some rows of the lists: those that meet a band from one phase of the stride.
type rowsOf struct {
	*RowLists
	block       int
	b           Bands
	top, bottom int
	segment     Segment
	phase       int
}

// meets returns the rows that row ky of the kernel meets, as numbers j of rows phase + step*j.
func (r rowsOf) meets(ky int) (from, to, shift int, ok bool) {
	rows := (r.height - r.phase + r.b.Down.Step - 1) / r.b.Down.Step
	shift, ok = r.b.shift(r.phase, ky)
	from, to = max(0, r.top-shift), min(rows, r.bottom-shift)
	return from, max(from, to), shift, ok
}

// met returns the rows from lo to before hi that any row of the kernel meets.
func (r rowsOf) met() (lo, hi int) {
	lo = r.height
	for ky := range r.b.Down.Taps {
		if from, to, _, ok := r.meets(ky); ok && to > from {
			lo, hi = min(lo, from), max(hi, to)
		}
	}
	return lo, hi
}

// starts are those of the windows of a row, and the ends, Step apart.
func (r rowsOf) starts(image, j int) (starts, ends []uint32) {
	starts = r.row(image, r.block, r.phase+j*r.b.Down.Step)[r.segment.First*r.b.Across.Dilation:]
	n := (r.b.Width-1)*r.b.Across.Step + 1
	return starts[:n], starts[r.segment.Taps:][:n]
}

// measure writes the lengths of the windows of rows lo to hi-1, all images of a row after the
// other.
func (r rowsOf) measure(s *Scratch, lo, hi int) {
	s.lengths = grow(s.lengths, max(0, hi-lo)*r.images*r.b.Width)
	rest := s.lengths
	for j := lo; j < hi; j++ {
		for image := range r.images {
			starts, ends := r.starts(image, j)
			lengths := rest[:r.b.Width]
			rest = rest[r.b.Width:]
			step := r.b.Across.Step
			if step == 1 {
				for x, start := range starts {
					lengths[x] = uint8(ends[x] - start)
				}
				continue
			}
			for x := range lengths {
				lengths[x] = uint8(ends[x*step] - starts[x*step])
			}
		}
	}
}

// sort writes the windows of r from n on and returns where they end.
func (w *Windows) sort(r rowsOf, s *Scratch, parts []part, n int) int {
	lo, hi := r.met()
	r.measure(s, lo, hi)
	most := r.segment.Taps * r.Block
	take := uint8(r.segment.First * r.b.Across.Dilation * r.Block)
	count, next, begin := &s.tables[0], &s.tables[1], &s.tables[2]
	tally(count, &s.tables[3], most, s.lengths)
	for length := 1; length <= most; length++ {
		next[length], begin[length] = uint32(n), uint32(n)
		n += int(count[length])
	}
	pitch := r.b.Apart * (r.bottom - r.top) * r.b.Width
	lengths := s.lengths
	for j := lo; j < hi; j++ {
		for image := range r.images {
			starts, _ := r.starts(image, j)
			scatter(w.all, next, lengths[:r.b.Width], starts, uint32(image*pitch+(j-lo)*r.b.Width),
				take, r.b.Across.Step, r.Block)
			lengths = lengths[r.b.Width:]
		}
	}
	for ky := range r.b.Down.Taps {
		if from, to, shift, ok := r.meets(ky); ok {
			first := len(w.classes)
			if line := r.images * r.b.Width; to > from {
				w.classify(s, most, s.lengths[:(from-lo)*line], s.lengths[(to-lo)*line:])
			}
			parts[ky] = part{first, len(w.classes) - first, (lo + shift - r.top) * r.b.Width}
			w.classes = append(w.classes, class{})
		}
	}
	return n
}

// classify appends the classes of the windows that were just sorted, except those of the first rows
// and of the last row, which are the first and last windows of each class.
func (w *Windows) classify(s *Scratch, most int, first, last []uint8) {
	count, begin, before, outside := &s.tables[0], &s.tables[2], &s.tables[3], &s.tables[4]
	clear(before[:most+1])
	for _, length := range first {
		before[length]++
	}
	copy(outside[:most+1], before[:])
	for _, length := range last {
		outside[length]++
	}
	for length := 1; length <= most; length++ {
		if n := count[length] - outside[length]; n > 0 {
			w.classes = append(w.classes, class{uint32(length), n, begin[length] + before[length]})
		}
	}
}

// scatter writes the windows of a row to their places. The first window has the pixel number pixel,
// and take is subtracted from its entries.
func scatter(all []window, next *[256]uint32, lengths []uint8, starts []uint32, pixel uint32,
	take uint8, step, block int) {

	pixel <<= 8
	for x := 0; x < len(lengths); x++ {
		if x+8 <= len(lengths) && binary.LittleEndian.Uint64(lengths[x:]) == 0 { // as often happens
			x += 7
			pixel += 8 << 8
			take += uint8(8 * step * block)
			continue
		}
		if length := lengths[x]; length != 0 {
			at := next[length]
			next[length] = at + 1
			all[at] = window{pixel | uint32(take), starts[x*step]}
		}
		pixel += 1 << 8
		take += uint8(step * block)
	}
}

// tally says how many of the lengths, at most most, are 1, 2, and so on. odd is scratch.
func tally(count, odd *[256]uint32, most int, lengths []uint8) {
	clear(count[:most+1])
	// odd counts every other length, so that two equal lengths in a row do not wait for each other.
	clear(odd[:most+1])
	for ; len(lengths) >= 8; lengths = lengths[8:] {
		eight := binary.LittleEndian.Uint64(lengths)
		if eight == 0 {
			continue
		}
		for range 4 {
			count[uint8(eight)]++
			odd[uint8(eight>>8)]++
			eight >>= 16
		}
	}
	for _, length := range lengths {
		count[length]++
	}
	for length := range most + 1 {
		count[length] += odd[length]
	}
}

package kernel

import "encoding/binary"

// A window is the active inputs of a block of channels that one row of the kernel covers at one
// output pixel. A convolution adds up the weights of its inputs window by window, windows of equal
// length one after the other: a CPU predicts that a loop runs as often as the last time, and a
// wrong prediction costs as much as several entries.
type window struct {
	// pixel is the output pixel << 8, plus the number modulo 256 that is subtracted from an entry
	// to get its row of weights.
	pixel uint32
	start uint32 // index of the first entry in RowLists.Index
}

// class is the windows of one length: their number of entries, how many there are, and the index of
// the first.
type class struct{ entries, count, first uint32 }

// Axis says how the windows of a convolution lie along the rows of an image, or along its columns.
type Axis struct {
	Taps     int // number of taps of the kernel
	Step     int // distance from one window to the next, in pixels
	Before   int // rows or columns of zeros before the first of the image
	Dilation int // distance from one tap to the next, in pixels
}

// Around is an axis of an odd number of taps whose windows are centred on each step-th pixel.
func Around(taps, step int) Axis { return Axis{taps, step, taps / 2, 1} }

// Segment is a run of adjacent taps of a row of the kernel that is covered by one window.
type Segment struct{ First, Taps int }

// Segments is the number of segments of a row of the kernel for blocks of the given number of input
// channels. A segment has as many taps as the 8 bits of an entry tell apart.
func (a Axis) Segments(block int) int {
	return (a.Taps + a.together(block) - 1) / a.together(block)
}

// Segment returns segment i of a row of the kernel, for blocks of the given number of input
// channels.
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
	Height, Width int  // size of the output, in pixels
	Rows          int  // rows of a band; the last band may have fewer
	Apart         int  // distance, in images of a band, from one image of the sample to the next
}

// Count is the number of bands.
func (b Bands) Count() int { return (b.Height + b.Rows - 1) / b.Rows }

// Band returns the rows of band i, from top to bottom-1.
func (b Bands) Band(i int) (top, bottom int) { return i * b.Rows, min((i+1)*b.Rows, b.Height) }

// shift is the number of output rows between input row step*j+phase and row j, for row ky of the
// kernel. ok is false if that row of the kernel covers no such input rows.
func (b Bands) shift(phase, ky int) (shift int, ok bool) {
	d := phase + b.Down.Before - ky*b.Down.Dilation
	return d / b.Down.Step, d%b.Down.Step == 0
}

// Windows are the windows of one block of input channels in the images of a sample.
type Windows struct {
	all     []window
	classes []class // the classes of each part, each part ended by a class of no windows
	parts   []part  // [bands][segments][kernel rows]
	pixels  []int   // [bands], number of pixels of all images
	bands   Bands   // the bands of the last Sort
	block   int     // input channels
}

// Scratch is memory that Sort uses.
type Scratch struct {
	lengths []uint8        // lengths of the windows that are being sorted
	tables  [5][256]uint32 // tables indexed by length
}

// Reserve makes room for Sort to work on any block of the lists, so that Sort allocates no memory.
func (s *Scratch) Reserve(l *RowLists, b Bands) {
	s.lengths = grow(s.lengths, l.images*l.height*b.Width)
}

// part is the windows of one row of the kernel in one band: its classes, and the offset that is
// added to the pixel of a window for this row.
type part struct{ first, count, offset int }

// Sort orders the windows of a block of the lists. It allocates no memory if it was called before
// for as many images of the same size.
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
	w.all[n] = window{} // is read, but its entries are not
}

// rows is the number of rows of the input that the bands cover. A row that several bands cover is
// counted for each of them.
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

// rowsOf is a set of rows of the lists: the rows that a band covers, of one phase of the stride.
type rowsOf struct {
	*RowLists
	block       int
	b           Bands
	top, bottom int
	segment     Segment
	phase       int
}

// meets returns the range of numbers j of the rows phase + step*j that row ky of the kernel covers.
func (r rowsOf) meets(ky int) (from, to, shift int, ok bool) {
	rows := (r.height - r.phase + r.b.Down.Step - 1) / r.b.Down.Step
	shift, ok = r.b.shift(r.phase, ky)
	from, to = max(0, r.top-shift), min(rows, r.bottom-shift)
	return from, max(from, to), shift, ok
}

// met returns the range of rows, lo to hi-1, that any row of the kernel covers.
func (r rowsOf) met() (lo, hi int) {
	lo = r.height
	for ky := range r.b.Down.Taps {
		if from, to, _, ok := r.meets(ky); ok && to > from {
			lo, hi = min(lo, from), max(hi, to)
		}
	}
	return lo, hi
}

// starts returns the starts and the ends of the windows of a row. Those of adjacent windows are
// Step apart.
func (r rowsOf) starts(image, j int) (starts, ends []uint32) {
	starts = r.row(image, r.block, r.phase+j*r.b.Down.Step)[r.segment.First*r.b.Across.Dilation:]
	n := (r.b.Width-1)*r.b.Across.Step + 1
	return starts[:n], starts[r.segment.Taps:][:n]
}

// measure writes the lengths of the windows of rows lo to hi-1, row by row, and within a row image
// by image.
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

// sort writes the windows of the rows of r to w.all, from index n on, and returns the index behind
// the last one.
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

// classify appends the classes of the windows that were sorted last. first are the lengths of
// windows of the rows above, and last those of the rows below: these windows come first and last in
// each class, and are left out.
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

// scatter writes the windows of a row to their places in all. pixel is the number of the first
// window's pixel, and take is subtracted from its entries.
func scatter(all []window, next *[256]uint32, lengths []uint8, starts []uint32, pixel uint32,
	take uint8, step, block int) {

	pixel <<= 8
	for x := 0; x < len(lengths); x++ {
		if x+8 <= len(lengths) && binary.LittleEndian.Uint64(lengths[x:]) == 0 { // all inactive
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

// tally counts the lengths 1 to most, by length. odd is scratch memory.
func tally(count, odd *[256]uint32, most int, lengths []uint8) {
	clear(count[:most+1])
	// odd counts every other length, so that two equal lengths one after the other need not wait
	// for each other.
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

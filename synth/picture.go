package synth

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // The two formats that pictures are read in.
	_ "image/png"
	"io"
	"math"
	"sync"
)

// largestPicture is the largest number of pixels of a picture: 100 megapixels.
const largestPicture = 100_000_000

// Picture is a still picture that a camera can look at.
type Picture struct {
	img  image.RGBA64Image
	turn turn
}

// ReadPicture reads a PNG or JPEG of any colours, which the content tells. Colours are taken for
// sRGB (those of CMYK are converted without a profile), what is transparent shows white, and a
// JPEG is turned as its Exif orientation says. More than 100 megapixels are an error.
func ReadPicture(r io.Reader) (Picture, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Picture{}, err
	}
	if err := checkPicture(bytes.NewReader(data)); err != nil {
		return Picture{}, err
	}
	img, format, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return Picture{}, notRead(err)
	}
	all, ok := img.(image.RGBA64Image)
	if !ok {
		return Picture{}, notRead(fmt.Errorf("colours of type %T", img))
	}
	p := Picture{img: all}
	if format == "jpeg" {
		p.turn = exifTurn(data)
	}
	return p, nil
}

// checkPicture looks at the beginning of a picture only.
func checkPicture(r io.Reader) error {
	c, _, err := image.DecodeConfig(r)
	switch {
	case err != nil:
		return notRead(err)
	case int64(c.Width)*int64(c.Height) > largestPicture:
		return fmt.Errorf("a picture of %dx%d pixels, want %d in all at most",
			c.Width, c.Height, largestPicture)
	}
	return nil
}

func notRead(err error) error {
	return fmt.Errorf("not a picture that can be read, want a PNG or JPEG: %w", err)
}

// Size returns the width and height of the upright picture, in pixels.
func (p Picture) Size() (width, height int) {
	width, height = p.img.Bounds().Dx(), p.img.Bounds().Dy()
	if p.turn.across {
		width, height = height, width
	}
	return width, height
}

// light writes the brightness of each pixel of a row, 0 for black to 1 for white: the luminance Y
// of linear sRGB (IEC 61966-2-1).
func (p Picture) light(y int, row []float64) {
	linear := linearLight()
	width, height := p.Size()
	b := p.img.Bounds()
	for x := range row {
		u, v := p.turn.source(x, y, width, height)
		c := p.img.RGBA64At(b.Min.X+u, b.Min.Y+v)
		white := 0xffff - c.A // what shows through; the colours are multiplied by alpha already
		row[x] = 0.2126*linear[c.R+white] + 0.7152*linear[c.G+white] + 0.0722*linear[c.B+white]
	}
}

// linearLight is the light of each 16-bit value of sRGB.
var linearLight = sync.OnceValue(func() []float64 {
	all := make([]float64, 1<<16)
	for i := range all {
		if v := float64(i) / 0xffff; v <= 0.04045 {
			all[i] = v / 12.92
		} else {
			all[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return all
})

// scaled returns the light of the picture at another size, and its mean. Light is averaged if the
// picture becomes smaller, and interpolated between its pixels if it becomes larger.
func (p Picture) scaled(width, height int) (all []float64, mean float64) {
	w, h := p.Size()
	across, down := weigh(w, width), weigh(h, height)
	all = make([]float64, width*height)
	source, row := make([]float64, w), make([]float64, width)
	for y := range h {
		p.light(y, source)
		for x, a := range across {
			row[x] = a.sum(source)
		}
		for _, v := range source {
			mean += v / float64(w*h)
		}
		for i, d := range down {
			if at := y - d.first; at >= 0 && at < len(d.weights) {
				to := all[i*width : (i+1)*width]
				for x, v := range row {
					to[x] += d.weights[at] * v
				}
			}
		}
	}
	return all, mean
}

// weighing is the share that each of some values in a row has in one of another size.
type weighing struct {
	first   int
	weights []float64 // their sum is 1
}

func (a weighing) sum(values []float64) (sum float64) {
	for i, w := range a.weights {
		sum += w * values[a.first+i]
	}
	return sum
}

// weigh scales n values to others by a triangle, as wide as two of the larger of the two.
func weigh(n, to int) []weighing {
	scale := float64(n) / float64(to)
	reach := math.Max(1, scale)
	all := make([]weighing, to)
	for i := range all {
		middle := (float64(i)+0.5)*scale - 0.5
		first := max(0, int(math.Floor(middle-reach))+1)
		last := min(n-1, int(math.Ceil(middle+reach))-1)
		a, total := weighing{first: first}, 0.
		for k := first; k <= last; k++ {
			w := math.Max(0, 1-math.Abs(float64(k)-middle)/reach)
			a.weights, total = append(a.weights, w), total+w
		}
		for k := range a.weights {
			a.weights[k] /= total
		}
		all[i] = a
	}
	return all
}

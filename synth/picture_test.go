package synth

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"
)

// halves is a picture whose left half is dark and whose right half is bright, of any colour model.
func halves(img draw.Image) image.Image {
	b := img.Bounds()
	draw.Draw(img, b, image.NewUniform(color.Gray{Y: 50}), image.Point{}, draw.Src)
	b.Min.X = (b.Min.X + b.Max.X) / 2
	draw.Draw(img, b, image.NewUniform(color.Gray{Y: 200}), image.Point{}, draw.Src)
	return img
}

func pngBytes(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegBytes(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, data []byte) Picture {
	p, err := ReadPicture(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rows(p Picture) (all [][]float64) {
	w, h := p.Size()
	for y := range h {
		row := make([]float64, w)
		p.light(y, row)
		all = append(all, row)
	}
	return all
}

// srgb is the formula of the standard.
func srgb(v float64) float64 { return math.Pow((v/255+0.055)/1.055, 2.4) }

// Every kind of picture shows the same light, where its colours can say it.
func TestKindsOfPicture(t *testing.T) {
	size := image.Rect(0, 0, 32, 16)
	greys := color.Palette{color.Gray{Y: 50}, color.Gray{Y: 200}}
	many := append(palette.Plan9[:254:254], greys...)
	for name, data := range map[string][]byte{
		"grey":        pngBytes(t, halves(image.NewGray(size))),
		"grey 16":     pngBytes(t, halves(image.NewGray16(size))),
		"colour":      pngBytes(t, halves(image.NewRGBA(size))),
		"colour 16":   pngBytes(t, halves(image.NewRGBA64(size))),
		"alpha":       pngBytes(t, halves(image.NewNRGBA(size))),
		"alpha 16":    pngBytes(t, halves(image.NewNRGBA64(size))),
		"paletted":    pngBytes(t, halves(image.NewPaletted(size, greys))),
		"paletted 8":  pngBytes(t, halves(image.NewPaletted(size, many))),
		"grey JPEG":   jpegBytes(t, halves(image.NewGray(size))),
		"colour JPEG": jpegBytes(t, halves(image.NewRGBA(size))),
	} {
		p := read(t, data)
		if w, h := p.Size(); w != 32 || h != 16 {
			t.Errorf("%s: %dx%d pixels", name, w, h)
		}
		for y, row := range rows(p) {
			for x, got := range row {
				want := srgb(50)
				if x >= 16 {
					want = srgb(200)
				}
				if math.Abs(got-want) > 0.01 {
					t.Fatalf("%s: light %v at (%d, %d), want %v", name, got, x, y, want)
				}
			}
		}
	}
}

// Colours are as bright as their luminance, all 16 bits count, and what is transparent is white.
func TestLight(t *testing.T) {
	img := image.NewNRGBA64(image.Rect(5, 5, 10, 6))
	half := uint16(0x8000)
	for i, c := range []color.NRGBA64{
		{R: 0xffff, A: 0xffff}, {G: 0xffff, A: 0xffff},
		{R: 0x1234, G: 0x1234, B: 0x1234, A: 0xffff}, {}, {A: half},
	} {
		img.SetNRGBA64(5+i, 5, c)
	}
	mixed := float64(0xffff-half) / 0xffff * 255
	got := rows(read(t, pngBytes(t, img)))[0]
	dim := srgb(float64(0x1234) / 0xffff * 255)
	for i, want := range []float64{0.2126, 0.7152, dim, 1, srgb(mixed)} {
		if math.Abs(got[i]-want) > 1e-6 {
			t.Errorf("light %v of colour %d, want %v", got[i], i, want)
		}
	}
}

// bits are those of a JPEG's scan.
type bits struct {
	bytes []byte
	n     int
}

func (b *bits) write(code string) {
	for _, c := range code {
		if b.n%8 == 0 {
			b.bytes = append(b.bytes, 0)
		}
		if c == '1' {
			b.bytes[b.n/8] |= 0x80 >> (b.n % 8)
		}
		b.n++
	}
}

// cmykJPEG is 8x8 pixels of one colour, as Photoshop writes them: 255 for no ink. The standard
// library writes no CMYK, so this is a scan by hand: DC differences of 0 or 7 bits, no AC.
func cmykJPEG(c, m, y, k uint8) []byte {
	segment := func(marker byte, data ...byte) []byte {
		head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2))
		return append(head, data...)
	}
	out := []byte{0xff, 0xd8}
	out = append(out, segment(0xee, append([]byte("Adobe"), 0, 100, 0, 0, 0, 0, 0)...)...)
	table := make([]byte, 65)
	for i := range table[1:] {
		table[1+i] = 8 // so that the DC value is that of the pixels less 128
	}
	out = append(out, segment(0xdb, table...)...)
	out = append(out, segment(0xc0,
		8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)...)
	dc := append([]byte{0x00, 1, 1}, make([]byte, 14)...) // "0" for 0 bits, "10" for 7 bits
	out = append(out, segment(0xc4, append(dc, 0, 7)...)...)
	ac := append([]byte{0x10, 1}, make([]byte, 15)...) // "0" for the end of the block
	out = append(out, segment(0xc4, append(ac, 0)...)...)
	out = append(out, segment(0xda, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)...)
	var scan bits
	for _, v := range []uint8{c, m, y, k} {
		switch d := int(v) - 128; {
		case d == 0:
			scan.write("0")
		case d > 0:
			scan.write("10" + binary7(d))
		default:
			scan.write("10" + binary7(d+127))
		}
		scan.write("0")
	}
	for scan.n%8 != 0 {
		scan.write("1")
	}
	out = append(out, bytes.ReplaceAll(scan.bytes, []byte{0xff}, []byte{0xff, 0})...)
	return append(out, 0xff, 0xd9)
}

func binary7(v int) string {
	var b strings.Builder
	for i := 6; i >= 0; i-- {
		b.WriteByte('0' + byte(v>>i&1))
	}
	return b.String()
}

func TestCMYK(t *testing.T) {
	// Half of each ink but black: each of red, green and blue is half.
	got := rows(read(t, cmykJPEG(128, 128, 128, 255)))[3][4]
	if want := srgb(128); math.Abs(got-want) > 0.01 {
		t.Errorf("light %v of half ink, want %v", got, want)
	}
	if got := rows(read(t, cmykJPEG(255, 255, 255, 255)))[0][0]; got < 0.99 {
		t.Errorf("light %v without ink, want 1", got)
	}
	if got := rows(read(t, cmykJPEG(255, 255, 255, 1)))[0][0]; got > 0.01 {
		t.Errorf("light %v of black ink, want 0", got)
	}
}

// withExif puts an orientation into a JPEG, in either order of bytes.
func withExif(jpeg []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	mark := "II"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM"
	}
	tiff := order.AppendUint16([]byte(mark), 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, tag := range []struct{ id, value uint16 }{{0x0100, 7}, {0x0112, orientation}} {
		tiff = order.AppendUint16(tiff, tag.id)
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, tag.value)
		tiff = order.AppendUint16(tiff, 0)
	}
	data := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(data)+2))
	return append(append(head, data...), jpeg[2:]...)
}

// Where the stored first row and first column are seen, by Exif 2.3's table of orientations.
func TestExifOrientation(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 32, 16))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, 0, 8, 8), image.Black, image.Point{}, draw.Src) // where both are
	for orientation, want := range []string{
		"", "top left", "top right", "bottom right", "bottom left",
		"left top", "right top", "right bottom", "left bottom",
	} {
		if want == "" {
			continue
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			p := read(t, withExif(jpegBytes(t, img), order, uint16(orientation)))
			w, h := p.Size()
			if tall := orientation >= 5; tall != (h > w) {
				t.Errorf("orientation %d: %dx%d pixels", orientation, w, h)
			}
			all := rows(p)
			for _, y := range []int{2, h - 3} {
				for _, x := range []int{2, w - 3} {
					seen := strings.Contains(want, "top") == (y == 2) &&
						strings.Contains(want, "left") == (x == 2)
					if dark := all[y][x] < 0.1; dark != seen {
						t.Errorf("orientation %d: (%d, %d) of %dx%d is dark: %v, want %v (%s)",
							orientation, x, y, w, h, dark, seen, want)
					}
				}
			}
		}
	}
	for _, none := range []uint16{0, 9, 65535} {
		p := read(t, withExif(jpegBytes(t, img), binary.LittleEndian, none))
		if p.turn != (turn{}) {
			t.Errorf("orientation %d turns", none)
		}
	}
}

func TestReadPictureRefuses(t *testing.T) {
	small := pngBytes(t, halves(image.NewGray(image.Rect(0, 0, 32, 16))))
	huge := bytes.Clone(small)
	copy(huge[16:], []byte{0, 0, 0x80, 0, 0, 0, 0x80, 0}) // width and height 32768
	// The header's checksum is its own.
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	whole := jpegBytes(t, halves(image.NewGray(image.Rect(0, 0, 64, 64))))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":    {nil, "want a PNG or JPEG"},
		"text":     {[]byte("a list of pictures"), "want a PNG or JPEG: image: unknown format"},
		"GIF":      {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"), "want a PNG or JPEG"},
		"cut PNG":  {small[:len(small)-20], "png: invalid format: unexpected EOF"},
		"cut JPEG": {whole[:len(whole)/2+200], "want a PNG or JPEG: invalid JPEG format: "},
		"huge":     {huge, "a picture of 32768x32768 pixels, want 100000000 in all at most"},
	} {
		_, err := ReadPicture(bytes.NewReader(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// Scaling is by the weights of a triangle in both directions, and keeps light where it is even.
func TestScaled(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 13, 9))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 37)
	}
	p := read(t, pngBytes(t, img))
	all := rows(p)
	triangle := func(at, middle, reach float64) float64 {
		return max(0, 1-math.Abs(at-middle)/reach)
	}
	for _, size := range [][2]int{{13, 9}, {52, 36}, {5, 4}, {1, 1}, {30, 3}} {
		w, h := size[0], size[1]
		got, mean := p.scaled(w, h)
		sum := 0.
		sx, sy := 13/float64(w), 9/float64(h)
		for y := range h {
			for x := range w {
				total, weight := 0., 0.
				for v := range 9 {
					for u := range 13 {
						a := triangle(float64(u)+0.5, (float64(x)+0.5)*sx, max(1, sx)) *
							triangle(float64(v)+0.5, (float64(y)+0.5)*sy, max(1, sy))
						total, weight = total+a*all[v][u], weight+a
					}
				}
				if want := total / weight; math.Abs(got[y*w+x]-want) > 1e-9 {
					t.Fatalf("%dx%d: light %v at (%d, %d), want %v", w, h, got[y*w+x], x, y, want)
				}
			}
		}
		for _, row := range all {
			for _, v := range row {
				sum += v
			}
		}
		if math.Abs(mean-sum/(13*9)) > 1e-9 {
			t.Errorf("mean %v, want %v", mean, sum/(13*9))
		}
	}
}

// No bytes make reading panic.
func FuzzReadPicture(f *testing.F) {
	img := halves(image.NewGray(image.Rect(0, 0, 16, 16)))
	f.Add(pngBytes(f, img))
	f.Add(jpegBytes(f, img))
	f.Add(withExif(jpegBytes(f, img), binary.BigEndian, 6))
	f.Add(cmykJPEG(1, 2, 3, 128))
	f.Fuzz(func(t *testing.T, data []byte) {
		exifTurn(append([]byte{0xff, 0xd8}, data...))
		tiffTurn(data)
		p, err := ReadPicture(bytes.NewReader(data))
		if err != nil {
			return
		}
		if w, h := p.Size(); w*h < 1<<16 {
			p.scaled(3, 2)
		}
	})
}

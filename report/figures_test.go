package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssnn/snn"
	"ssnn/train"
)

// rectangle is one of an SVG image, in points from the lower left.
type rectangle struct {
	left, bottom, right, top float64
	fill                     color.NRGBA
}

// rectangles are the filled ones of a figure, but for white ones, from the upper left on by rows.
func rectangles(t *testing.T, f Figure) (all []rectangle) {
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	path := regexp.MustCompile(`<path d="M([0-9.]+),([0-9.]+)L[0-9.]+,[0-9.]+L([0-9.]+),` +
		`([0-9.]+)L[0-9.]+,[0-9.]+Z" style="fill:(#[0-9A-F]{6})" />`)
	for _, m := range path.FindAllSubmatch(svg, -1) {
		var r rectangle
		var x, y, u, v float64
		fmt.Sscan(string(bytes.Join(m[1:5], []byte(" "))), &x, &y, &u, &v)
		r.left, r.right, r.bottom, r.top = min(x, u), max(x, u), min(y, v), max(y, v)
		fmt.Sscanf(string(m[5]), "#%02X%02X%02X", &r.fill.R, &r.fill.G, &r.fill.B)
		r.fill.A = 0xff
		if r.fill != (color.NRGBA{0xff, 0xff, 0xff, 0xff}) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b rectangle) int {
		if d := b.bottom - a.bottom; math.Abs(d) > 0.01 {
			return int(math.Copysign(1, d))
		}
		return int(math.Copysign(1, a.left-b.left))
	})
	return all
}

// sameColour allows for the steps of a palette.
func sameColour(a, b color.NRGBA) bool {
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }
	return near(a.R, b.R) && near(a.G, b.G) && near(a.B, b.B)
}

// matrix is a run of which there are answers alone.
func matrix(classes []string, confusion [][]int) *shown {
	return &shown{Measured: &Measured{Classes: classes,
		Answers: train.Evaluation{Confusion: confusion}}, alone: true}
}

// A confusion matrix is drawn with the first class on top, classes by row, each cell as dark as its
// share of the class.
func TestConfusionFigure(t *testing.T) {
	f, err := matrix([]string{"a", "b", "c"}, [][]int{{8, 1, 1}, {3, 6, 1}, {1, 2, 1}}).confusion()
	if err != nil {
		t.Fatal(err)
	}
	got := rectangles(t, f)
	want := []float64{.8, .1, .1, .3, .6, .1, .25, .5, .25}
	if len(got) != len(want) {
		t.Fatalf("%d cells, want %d", len(got), len(want))
	}
	for i, share := range want {
		if !sameColour(got[i].fill, ramp(share)) {
			t.Errorf("cell %d: %v, want that of %v, %v", i, got[i].fill, share, ramp(share))
		}
	}
	svg, _ := f.SVG()
	written := make([]string, len(got)) // in each cell
	for _, m := range regexp.MustCompile(`(?s)<text x="([0-9.]+)" `+
		`y="-([0-9.]+)"[^>]*>(\d+)</text>`).FindAllSubmatch(svg, -1) {

		var x, y float64
		fmt.Sscan(string(m[1])+" "+string(m[2]), &x, &y)
		for i, r := range got {
			if x > r.left && x < r.right && y > r.bottom && y < r.top {
				written[i] += string(m[3])
			}
		}
	}
	if s := strings.Join(written, " "); s != "8 1 1 3 6 1 1 2 1" {
		t.Errorf("cells say %s", s)
	}
}

// More classes than a table has room for have a picture on the page, without numbers; fewer a
// table.
func TestManyClasses(t *testing.T) {
	for _, n := range []int{mostWritten, mostWritten + 1, 101} {
		var classes []string
		confusion := make([][]int, n)
		for i := range confusion {
			classes = append(classes, fmt.Sprintf("class %d", i))
			confusion[i] = make([]int, n)
			confusion[i][i], confusion[i][(i+1)%n] = 3, 1
		}
		m := measured(t, run(t, "x", 2))
		m.Classes, m.Answers.Confusion = classes, confusion
		var page bytes.Buffer
		figures, err := Write(&page, "one run", "by a test", []*Measured{m})
		if err != nil {
			t.Fatal(err)
		}
		picture, table := strings.Contains(page.String(),
			`aria-label="confusion"`), strings.Contains(page.String(), "<tr><th>class 0</th><td")
		if many := n > mostWritten; picture != many || table == many {
			t.Errorf("%d classes: a picture %v, a table %v", n, picture, table)
		}
		at := slices.IndexFunc(figures, func(f Figure) bool { return f.Name == "confusion" })
		if cells := rectangles(t, figures[at]); len(cells) != 2*n {
			t.Errorf("%d classes: %d cells are shaded, want %d", n, len(cells), 2*n)
		}
		if svg, _ := figures[at].SVG(); bytes.Contains(svg,
			[]byte(">3</text>")) != (n <= mostWritten) {
			t.Errorf("%d classes: numbers are there up to %d classes", n, mostWritten)
		}
	}
}

// Firing rates have a row for each layer, the first on top, and the shades of the largest of the
// page.
func TestRatesFigure(t *testing.T) {
	m := &shown{Measured: &Measured{Config: snn.Config{T: []int{3, 1}}, Levels: 1,
		Layers: []Layer{{Name: "a.lif", Rates: []float64{.1, .2, .3}},
			{Name: "b.lif", Rates: []float64{.4}}}}, alone: true, highest: .4}
	f, err := m.rates()
	if err != nil {
		t.Fatal(err)
	}
	got, want := rectangles(t, f), []float64{.2, .4, .6, .8} // of 0.8, which the highest has
	if len(got) != 4 || got[3].left != got[0].left {
		t.Fatalf("cells %v, want three above one", got)
	}
	for i, share := range want {
		if !sameColour(got[i].fill, ramp(share)) {
			t.Errorf("cell %d: %v, want that of %v, %v", i, got[i].fill, share, ramp(share))
		}
	}
	if svg, _ := f.SVG(); !bytes.Contains(svg, []byte(">40.0</text>")) ||
		!bytes.Contains(svg, []byte(">layer, %</text>")) {

		t.Error("the rate of 0.4 is not 40.0 of a layer, %")
	}
}

// Bars are as long as the energies: by hand 270 pJ of accumulates above 92 pJ of
// multiply-accumulates, see TestEnergy.
func TestEnergyFigure(t *testing.T) {
	m := &shown{Measured: &Measured{Recordings: 2,
		Synapses: []snn.Synapses{{Layer: "a.conv", All: 2000, Active: 600, Spikes: true},
			{Layer: "b.conv", All: 800, Active: 40}}}, alone: true}
	f, err := m.energies()
	if err != nil {
		t.Fatal(err)
	}
	var got []rectangle
	for _, r := range rectangles(t, f) {
		// Those of the legend are 20 wide.
		if wide := r.right - r.left; wide > 0 && math.Abs(wide-20) > 0.01 {
			got = append(got, r)
		}
	}
	if len(got) != 2 || got[0].fill != palette[0] || got[1].fill != palette[1] {
		t.Fatalf("bars %v, want one of accumulates above one of multiply-accumulates", got)
	}
	if ratio := (got[1].right - got[1].left) /
		(got[0].right - got[0].left); math.Abs(ratio-92./270) > 1e-3 {

		t.Errorf("the second bar is %v of the first, want %v", ratio, 92./270)
	}
	if svg, _ := f.SVG(); !bytes.Contains(svg, []byte("estimated energy a recording, pJ<")) ||
		!bytes.Contains(svg, []byte(">250</text>")) {

		t.Error("the axis is not in pJ up to 250 and more")
	}
}

// The picture of a map has the first row on top, each value as dark as its share of the scale.
func TestPicture(t *testing.T) {
	m := Map{"", 3, 2, []float64{0, .1, .2, .3, .4, .5}}
	for _, zoom := range []int{1, 2} {
		img := m.image(.5, zoom)
		if size := img.Bounds().Size(); size.X != 3*zoom || size.Y != 2*zoom {
			t.Fatalf("%v pixels", size)
		}
		for y := range 2 * zoom {
			for x := range 3 * zoom {
				if got, want := img.At(x, y), ramp(float64(y/zoom*3+x/zoom)/5); got != want {
					t.Errorf("zoom %d, pixel %d, %d: %v, want %v", zoom, x, y, got, want)
				}
			}
		}
	}
	data, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(m.picture(.5)),
		"data:image/png;base64,"))
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if size, at := img.Bounds().Size(), color.NRGBAModel.Convert(img.At(1, 1)); size.X != 3 ||
		size.Y != 2 || at != ramp(.8) {

		t.Errorf("%v pixels, %v in the middle of the second row, want 3x2 and %v", size, at,
			ramp(.8))
	}
}

// mapped is a run of which there are maps alone, of constant values.
func mapped(name string, all ...Maps) *shown {
	return &shown{Measured: &Measured{Name: name, Levels: 1, Maps: all}}
}

func constant(name string, side int, value float64) Map {
	return Map{name, side, side, slices.Repeat([]float64{value}, side*side)}
}

// Maps of one recording are next to each other, by size of the image from the last layer on, and as
// dark as their share of the largest.
func TestBeside(t *testing.T) {
	a := mapped("a",
		Maps{3, "x", "x", constant("", 4, 7), []Map{constant("a1.lif", 4, .1),
			constant("a2.lif", 4, .2), constant("a3.lif", 2, .4)}},
		Maps{5, "y", "x", constant("", 4, 7), nil})
	b := mapped("b",
		Maps{3, "x", "y", constant("", 4, 5), []Map{constant("b1.lif", 4, .8),
			constant("b2.lif", 2, .1)}},
		Maps{6, "y", "x", constant("", 4, 7), nil})
	other := mapped("other", Maps{3, "x", "x", constant("", 4, 7), nil})
	other.Answers.Samples = 99 // of another split

	all := besides([]*shown{a, b, other})
	var got []string
	for _, r := range all {
		for i, g := range r.Groups {
			s := r.title()
			for _, m := range g {
				what := m.Layer()
				if i == 0 {
					what = "taken for " + m.Answer
				}
				s += fmt.Sprintf("; %s %s of %v", m.Run.Name, what, m.Scale)
			}
			got = append(got, s)
		}
	}
	if want := []string{
		"x, test recording 3; a taken for x of 7; b taken for y of 5",
		"x, test recording 3; a a1 of 0.1",
		"x, test recording 3; a a2 of 0.8; b b1 of 0.8",
		"x, test recording 3; a a3 of 0.4; b b2 of 0.4",
		"y, test recording 5; a taken for x of 7",
		"y, test recording 6; b taken for x of 7",
		"x, test recording 3; other taken for x of 7",
	}; !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	// The frames of the second row are those of the first, and no picture is drawn twice.
	data, err := all[0].figure("maps-1").PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for row, shares := range [][]float64{{1, 1, .2 / .8, 1}, {0, 0, 1, .1 / .4}} {
		for column, share := range shares {
			x, y := mapGap+column*(mapSide+mapGap)+mapSide/2, mapTitle+row*(mapSide+mapText)+
				mapSide/2
			at := color.NRGBAModel.Convert(img.At(x*dpi/72, y*dpi/72)).(color.NRGBA)
			if !sameColour(at, ramp(share)) {
				t.Errorf("row %d, column %d: colour %v, want %v", row, column, at, ramp(share))
			}
		}
	}
}

// On a page of two runs every recording has one heading, and under it the frames, which both see,
// once, and the layers of both, in turn.
func TestMapsOnPage(t *testing.T) {
	text := string(page(t))
	section := text[strings.Index(text, `<section id="maps">`):strings.Index(text,
		`<section id="rates">`)]
	for i, recording := range strings.Split(section, "<h3>")[1:] {
		if !strings.HasPrefix(recording,
			[]string{"&lt;script&gt;alert(1)&lt;/script&gt;, test recording 0<",
				"b &amp; c, test recording 7<", "d, test recording 14<"}[i]) {
			t.Errorf("recording %d has the heading %.60q", i, recording)
		}
		var got []string
		for _, m := range regexp.MustCompile(`alt="([^"]*)"`).FindAllStringSubmatch(recording, -1) {
			got = append(got, m[1])
		}
		want := []string{"frames, ssnn, plain", "firing rates of stages.0.0.lif, ssnn",
			"firing rates of stages.0.0.lif, plain", "firing rates of stages.1.1.lif, ssnn"}
		if !slices.Equal(got, want) {
			t.Errorf("recording %d: %q, want %q", i, got, want)
		}
	}
	if n := strings.Count(section, "<h3>"); n != 3 {
		t.Errorf("%d recordings, want 3", n)
	}
}

// All that a page shows is among the figures, each of a name of its own.
func TestFigureNames(t *testing.T) {
	ssnn, plain := measured(t, run(t, "runs/ssnn", 3, 2)), measured(t, run(t, "runs/plain", 3))
	var b bytes.Buffer
	figures, err := Write(&b, "two runs", "by a test", []*Measured{ssnn, plain})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range figures {
		got = append(got, f.Name)
	}
	var want []string
	for _, s := range []string{"confusion", "energy", "membranes", "rates", "spikes",
		"stage-losses", "traces"} {
		want = append(want, s+"-runs-plain", s+"-runs-ssnn")
	}
	want = append(want, "accuracy", "classes", "gradients", "loss", "maps-1", "maps-2",
		"maps-3", "transformers-runs-ssnn")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("figures %q, want %q", got, want)
	}
}

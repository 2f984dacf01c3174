package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"image/color"
	"io"
	"slices"
	"strings"

	"ssnn/snn"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": percent,
	"count":   engineering,
}).Parse(pageText))

// cell is a shaded cell of a table.
type cell struct {
	Style template.CSS
	Text  any
}

// view is a run as the page shows it.
type view struct {
	*shown
	// of the network, and what follows them
	Stages []string
	T      float64
	// Wilson's interval of the accuracy
	Low, High                 float64
	BalancedLow, BalancedHigh float64
	// of all neurons and timesteps
	Rate                                                 float64
	ByClass, StageLosses, Transformers, MembranesPicture template.HTML
	Spikes, TracePicture                                 template.HTML
	Confusion                                            [][]cell
	// where there is no room for the table
	ConfusionPicture template.HTML
	Tall             bool        // names of classes are written upright over the matrix
	Confusions       []confusion // the most frequent mistakes
	Beyond           []float64   // share of membranes that the histogram of each stage leaves out
	RateRows         []rateRow
	Steps            []int // 1 to the largest number of timesteps
	SynapseRows      []synapseRow
	Sum              Energy
}

type confusion struct {
	Class, Answer string
	N, Of         int
}

// Many reports whether neurons have several levels: then they fire numbers of spikes, which are not
// shares.
func (m *shown) Many() bool { return m.Levels > 1 }

// Often returns a firing rate in words.
func (m *shown) Often(rate float64) string {
	if m.Many() {
		return fmt.Sprintf("%.2f spikes", rate)
	}
	return percent(rate)
}

// RateUnit returns the unit of a table of firing rates.
func (m *shown) RateUnit() string {
	if m.Many() {
		return "spikes a neuron"
	}
	return "%"
}

// rateText writes a firing rate in that unit.
func (m *shown) rateText(rate float64) string {
	if m.Many() {
		return fmt.Sprintf("%.2f", rate)
	}
	return fmt.Sprintf("%.1f", 100*rate)
}

// darkness returns the shade of a firing rate, the same for all runs.
func (m *shown) darkness(rate float64) float64 { return 0.8 * rate / m.highest }

// percent writes a share as a percentage.
func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

type rateRow struct {
	Name  string
	Cells []cell
}

type synapseRow struct {
	Name string
	Energy
	Active float64
}

// Write writes one page on runs, side by side if there are several, and returns its figures. made
// says which program made the page, and how.
func Write(w io.Writer, title, made string, all []*Measured) ([]Figure, error) {
	p := struct {
		Title, Made string
		Differences []difference
		Curves      []template.HTML
		Runs        []*view
		Beside      []beside
		ByClass     template.HTML // of all runs, where their classes are the same
		Gradients   template.HTML
		Chosen      bool // some runs hold recordings out
	}{Title: title, Made: made, Differences: differences(all)}
	var runs []*shown
	highest := 1e-9
	for _, m := range all {
		for _, l := range m.Layers {
			highest = max(highest, slices.Max(l.Rates))
		}
	}
	same := &axes{}
	for i, m := range all {
		p.Chosen = p.Chosen || slices.ContainsFunc(m.Metrics, heldOut)
		runs = append(runs, &shown{m, len(all) == 1, highest, i, same})
	}
	for _, m := range runs {
		same.hold(m)
	}
	figures, err := curves(runs)
	if err != nil {
		return nil, err
	}
	for _, f := range figures {
		svg, err := f.inline()
		if err != nil {
			return nil, err
		}
		p.Curves = append(p.Curves, svg)
	}
	together := sameClasses(runs)
	for _, one := range []struct {
		to   *template.HTML
		make func() (Figure, error)
		when bool
	}{
		{&p.ByClass, func() (Figure, error) { return classAccuracies("classes", runs) }, together},
		{&p.Gradients, func() (Figure, error) { return gradientNorms(runs) }, true},
	} {
		if !one.when {
			continue
		}
		f, err := one.make()
		if err != nil {
			return nil, err
		}
		if *one.to, err = f.inline(); err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	for _, m := range runs {
		v, own, err := m.view(!together)
		if err != nil {
			return nil, err
		}
		p.Runs, figures = append(p.Runs, v), append(figures, own...)
	}
	p.Beside = besides(runs)
	for i, b := range p.Beside {
		figures = append(figures, b.figure(fmt.Sprintf("maps-%d", i+1)))
	}
	return figures, pageTemplate.Execute(w, p)
}

// difference is a key of recipes in which runs differ, and its value in each.
type difference struct {
	Key    string
	Values []string
}

// differences returns the keys in which the recipes of runs differ, those of the network first,
// then those of training. A run without a recipe has no part in it.
func differences(all []*Measured) (found []difference) {
	rank := func(key string) int {
		for i, of := range []string{"network.", "train."} {
			if strings.HasPrefix(key, of) {
				return i
			}
		}
		return 2
	}
	keys := map[string]bool{}
	for _, m := range all {
		for key := range m.Values {
			keys[key] = true
		}
	}
	for key := range keys {
		d, differs := difference{Key: key}, false
		for _, m := range all {
			d.Values = append(d.Values, m.Values[key])
			differs = differs || m.Values != nil && m.Values[key] != d.Values[0]
		}
		if differs {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b difference) int {
		return cmp.Or(rank(a.Key)-rank(b.Key), strings.Compare(a.Key, b.Key))
	})
	return found
}

// hold makes room for a run.
func (a *axes) hold(m *shown) {
	a.stageLosses.hold(m.stageLossSeries(), true)
	a.transformers.hold(m.transformerSeries(), false)
	a.membranes.hold(m.membraneSeries(), true)
	if m.Traces != nil {
		low, high := m.Traces.bounds()
		a.traces.holdValue(low)
		a.traces.holdValue(high)
	}
}

// inline returns the figure for a page, whose colours of text and lines it takes.
func (f Figure) inline() (template.HTML, error) {
	svg, err := f.SVG()
	if err != nil {
		return "", err
	}
	_, svg, found := bytes.Cut(svg, []byte("<svg "))
	if !found {
		return "", fmt.Errorf("figure %s: no svg element", f.Name)
	}
	for _, c := range []struct {
		of   color.NRGBA
		name string
	}{{ink, "ink"}, {faint, "line"}, {palette[len(palette)-1], "ink"},
		{color.NRGBA{0xff, 0xff, 0xff, 0xff}, "paper"}} {
		of := fmt.Sprintf(":#%02X%02X%02X", c.of.R, c.of.G, c.of.B)
		svg = bytes.ReplaceAll(svg, []byte(of), []byte(":var(--"+c.name+")"))
	}
	return template.HTML(fmt.Sprintf(`<svg role="img" aria-label="%s" %s`,
		template.HTMLEscapeString(f.Name), svg)), nil
}

// Hue returns the number of the run's colour.
func (m *shown) Hue() int { return m.number % len(palette) }

// view prepares what the page shows of a run, and with classes the accuracies of its classes.
func (m *shown) view(classes bool) (*view, []Figure, error) {
	cfg := m.Config
	v := &view{shown: m, Stages: strings.Split(cfg.Describe(), " | "), T: cfg.AverageTimestep(),
		Steps: make([]int, slices.Max(cfg.T)), Sum: m.Energy()}
	for i := range v.Steps {
		v.Steps[i] = i + 1
	}
	v.Low, v.High = Wilson(m.Answers.Hits(), m.Answers.Samples)
	v.BalancedLow, v.BalancedHigh = BalancedInterval(m.Answers)
	var figures []Figure
	for _, draw := range []struct {
		to   *template.HTML
		make func() (Figure, error)
		when bool
	}{
		{&v.ByClass, func() (Figure, error) {
			return classAccuracies(m.file("classes"), []*shown{m})
		}, classes},
		{&v.StageLosses, m.stageLosses, cfg.Early.On},
		{&v.Transformers, m.transformerWeights, len(m.Transitions) > 0},
		{&v.MembranesPicture, m.membraneHistograms, true},
		{&v.Spikes, m.spikes, m.Traces != nil},
		{&v.TracePicture, m.traces, m.Traces != nil},
		{&v.ConfusionPicture, m.confusion, true},
		{nil, m.rates, len(m.Layers) > 0},
		{nil, m.energies, true},
	} {
		if !draw.when {
			continue
		}
		f, err := draw.make()
		if err != nil {
			return nil, nil, err
		}
		figures = append(figures, f)
		if draw.to == nil { // the page has a table
			continue
		}
		if *draw.to, err = f.inline(); err != nil {
			return nil, nil, err
		}
	}
	for _, h := range m.Membranes {
		v.Beyond = append(v.Beyond, h.Beyond())
	}
	v.addConfusion()
	v.addRates()
	v.addSynapses()
	return v, figures, nil
}

func (v *view) addConfusion() {
	for class, row := range v.Answers.Confusion {
		v.Tall = v.Tall || len(v.Classes[class]) > 3
		n := total(row)
		var cells []cell
		for answer, k := range row {
			share := float64(k) / float64(max(1, n))
			c := cell{shade(share), ""}
			if k > 0 {
				c.Text = k
			}
			cells = append(cells, c)
			if answer != class && k > 0 {
				v.Confusions = append(v.Confusions,
					confusion{v.Classes[class], v.Classes[answer], k, n})
			}
		}
		if len(v.Classes) <= mostWritten {
			v.Confusion = append(v.Confusion, cells)
		}
	}
	slices.SortStableFunc(v.Confusions, func(a, b confusion) int { return b.N - a.N })
	v.Confusions = v.Confusions[:min(len(v.Confusions), 6)]
}

func (v *view) addRates() {
	for _, l := range v.Layers {
		row := rateRow{Name: strings.TrimSuffix(l.Name, ".lif")}
		for _, r := range l.Rates {
			row.Cells = append(row.Cells, cell{shade(v.darkness(r)), v.rateText(r)})
		}
		v.RateRows = append(v.RateRows, row)
	}
	v.Rate = v.Measured.Rate()
}

// layerOf returns the name of the layer of synapses.
func layerOf(s snn.Synapses) string { return strings.TrimSuffix(s.Layer, ".conv") }

func (v *view) addSynapses() {
	for i, s := range v.Synapses {
		v.SynapseRows = append(v.SynapseRows, synapseRow{layerOf(s), v.energy(i, i+1),
			float64(s.Active) / float64(max(1, s.All))})
	}
}

// engineering writes a number with three digits and a prefix, like "12.3 M".
func engineering(x float64) string {
	size, prefix := magnitude(x)
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", x/size, prefix))
}

// magnitude returns the largest unit of a prefix that is at most x, or the smallest unit.
func magnitude(x float64) (size float64, prefix string) {
	if x == 0 {
		return 1, ""
	}
	for _, unit := range []struct {
		size   float64
		prefix string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}, {1e-3, "m"}, {1e-6, "µ"},
		{1e-9, "n"}, {1e-12, "p"}} {
		if size, prefix = unit.size, unit.prefix; x >= size {
			break
		}
	}
	return size, prefix
}

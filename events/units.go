package events

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// timing is the unit of times in formats whose files hold numbers without a unit (tables, .npy,
// .npz, .mat, HDF5). One rule holds for all of them: the column's name or Options.Columns gives the
// unit, as in t[us]; otherwise floats are in seconds and integers in us. Events that contradict
// such a guess are an error that names the option.
type timing struct {
	unit    string // "s", "ms", "us" or "ns"
	guessed bool
	columns columns // for the error
}

// timing finds the unit of times; floats says whether they are floats.
func (c columns) timing(o Options, floats bool) (timing, error) {
	k := timing{unit: c.unit, columns: c}
	given, err := o.columns()
	if err != nil {
		return k, err
	}
	switch {
	case k.unit != "" && given.unit != "" && k.unit != given.unit:
		return k, fmt.Errorf("columns %q: the file says that t is in %s", o.Columns, k.unit)
	case k.unit == "":
		k.unit = given.unit
	}
	if k.unit == "" {
		k.guessed, k.unit = true, "us"
		if floats {
			k.unit = "s"
		}
	}
	return k, nil
}

// scale is the number of us in the unit.
func (k timing) scale() float64 {
	switch k.unit {
	case "s":
		return 1e6
	case "ms":
		return 1e3
	case "ns":
		return 1e-3
	}
	return 1
}

// option shows, for an error, how Options.Columns gives the unit.
func (k timing) option() string {
	order := []int{0, 1, 2, 3}
	slices.SortFunc(order, func(a, b int) int { return k.columns.at[a] - k.columns.at[b] })
	var names []string
	for _, what := range order {
		names = append(names, columnNames[what][0])
		if what == 0 {
			names[len(names)-1] += "[us]"
		}
	}
	return fmt.Sprintf("s, ms, us or ns, as in --columns %q", strings.Join(names, " "))
}

// watch returns a reader of r that fails at the end if the events contradict a guessed unit. It
// returns r where the unit is no guess.
func (k timing) watch(r Reader) Reader {
	if !k.guessed {
		return r
	}
	return &guessed{Reader: r, timing: k, whole: true}
}

const (
	fewForRate  = 16 // events whose mean rate shows that a unit is wrong
	fewForWhole = 4  // events that would not all lie at whole seconds by chance
)

// guessed reads events in a guessed unit.
type guessed struct {
	Reader
	timing      timing
	n           int
	first, last Micros
	whole       bool // all times are whole seconds
}

func (g *guessed) Read(buf []Event) (n int, err error) {
	n, err = g.Reader.Read(buf)
	for _, e := range buf[:n] {
		if g.n == 0 {
			g.first, g.last = e.T, e.T
		}
		g.n++
		g.whole = g.whole && e.T%1e6 == 0
		g.first, g.last = min(g.first, e.T), max(g.last, e.T) // events may be in any order
	}
	if err == io.EOF {
		if wrong := g.contradicted(); wrong != nil {
			err = wrong
		}
	}
	return n, err
}

// contradicted returns an error if the events so far contradict the unit.
func (g *guessed) contradicted() error {
	span := uint64(g.last - g.first)
	if span == 0 {
		return nil
	}
	rate := float64(g.n) / (float64(span) / 1e6)
	got := fmt.Sprintf("%d events over %.4g s", g.n, float64(span)/1e6)
	switch {
	case g.timing.unit == "s" && g.whole && g.n >= fewForWhole:
		got += ", all at whole seconds"
	case g.n < fewForRate || rate >= 1 && rate <= 1e9:
		return nil
	}
	return &FormatError{
		Format: g.Format(),
		Want:   fmt.Sprintf("the unit of t, %s", g.timing.option()),
		Got:    fmt.Sprintf("none; taken for %s it makes %s", g.timing.unit, got),
	}
}

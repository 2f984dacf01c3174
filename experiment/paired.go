package experiment

import (
	"cmp"
	"fmt"
	"math"

	"ssnn/recipes"
	"ssnn/report"
)

// Difference compares a variant with its baseline on the same recordings and with the same seeds.
type Difference struct {
	Baseline string `json:"baseline"` // name of the variant that this one is compared with
	report.Paired
	Holm   float64 `json:"p_holm"` // P, adjusted for the number of variants in the table
	BySeed Spread  `json:"-"`      // spread of the seeds' differences, in percentage points
}

// answered has the answers of the runs of a variant, by seed.
type answered map[int64]*recipes.Answers

// pair compares two variants, or networks, on the seeds that both have. The error says how their
// recordings differ.
func pair(a, b answered, seeds []int64) (p report.Paired, bySeed []float64, err error) {
	var x, y [][]bool
	var first *recipes.Answers
	for _, seed := range seeds {
		of, with := a[seed], b[seed]
		if of == nil || with == nil {
			continue
		}
		if first == nil {
			first = of
		}
		for _, other := range []*recipes.Answers{of, with} {
			if how := first.OtherRecordings(other); how != "" {
				return p, nil, fmt.Errorf("they were tested on different recordings: %s", how)
			}
		}
		u, v := hits(first, of), hits(first, with)
		x, y = append(x, u), append(y, v)
		bySeed = append(bySeed, 100*report.Pair([][]bool{u}, [][]bool{v}).Difference)
	}
	if first == nil {
		return p, nil, fmt.Errorf("there is no seed whose runs of both are done")
	}
	return report.Pair(x, y), bySeed, nil
}

// hits says for each recording of order whether it was recognised in a.
func hits(order, a *recipes.Answers) []bool {
	right := map[string]bool{}
	for _, r := range a.Recordings {
		right[r.Recording] = r.Hit()
	}
	all := make([]bool, len(order.Recordings))
	for i, r := range order.Recordings {
		all[i] = right[r.Recording]
	}
	return all
}

// compare fills in the differences of the rows of each recipe and test from the row of their
// baseline.
func (g Grid) compare(rows []*Row) {
	type table struct{ base, test string }
	compared, p := map[table][]*Row{}, map[table][]float64{}
	for _, r := range rows {
		baseline := g.baselineOf(r, rows)
		if baseline == nil || len(baseline.answers) == 0 || len(r.answers) == 0 {
			continue
		}
		paired, bySeed, err := pair(baseline.answers, r.answers, g.Seeds)
		if err != nil {
			r.NotCompared = err.Error()
			continue
		}
		d := Difference{Baseline: baseline.Name, Paired: paired, BySeed: spreadOf(bySeed)}
		r.Difference = &d
		of := table{r.Base, r.Test}
		compared[of], p[of] = append(compared[of], r), append(p[of], paired.P)
	}
	for of, values := range p {
		for i, adjusted := range report.Holm(values) {
			compared[of][i].Difference.Holm = adjusted
		}
	}
}

// baselineOf returns the row that a row is compared with: that of the variant in Against, or of the
// experiment's baseline. It is nil if there is none or it is the row itself.
func (g Grid) baselineOf(r *Row, rows []*Row) *Row {
	name := cmp.Or(r.Variant.Against, g.Experiment.Baseline)
	if name == r.Name {
		return nil
	}
	for _, b := range rows {
		if b.Name == name && b.Base == r.Base && b.Test == r.Test {
			return b
		}
	}
	return nil
}

// differenceTable returns the Markdown table of the rows of a recipe and test that were compared,
// or nothing. Where they have several baselines, each line names its own.
func differenceTable(rows []*Row) string {
	baselines := map[string]bool{}
	for _, r := range rows {
		if r.Difference != nil {
			baselines[r.Difference.Baseline] = true
		}
	}
	text := ""
	for _, r := range rows {
		d := r.Difference
		if d == nil {
			continue
		}
		beside, name := "**"+d.Baseline+"**", r.Name
		if len(baselines) > 1 {
			beside, name = "the variant that is named second", r.Name+" beside "+d.Baseline
		}
		if text == "" {
			text = fmt.Sprintf("Beside %s, on the same seeds and %d recordings:\n\n"+
				"| variant | difference, points | 95 %% interval, by recordings | "+
				"95 %% interval, by seeds | right alone: baseline | variant | p | p, Holm |\n"+
				"|---|---|---|---|---|---|---|---|\n",
				beside, d.Recordings)
		}
		seeds := "-"
		if !math.IsNaN(d.BySeed.Low) {
			seeds = fmt.Sprintf("%+.1f to %+.1f", d.BySeed.Low, d.BySeed.High)
		}
		text += fmt.Sprintf("| %s | %+.2f (%d) | %+.1f to %+.1f | %s | %d | %d | %s | %s |\n",
			name, 100*d.Difference, d.Seeds, 100*d.Low, 100*d.High, seeds,
			d.OnlyA, d.OnlyB, probability(d.P), probability(d.Holm))
	}
	if text != "" {
		text += "\n"
	}
	return text
}

// probability writes a p value with two digits.
func probability(p float64) string {
	if p < 1e-4 {
		return "< 0.0001"
	}
	return fmt.Sprintf("%.2g", p)
}

package experiment

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"ssnn/internal/plaintoml"
	"ssnn/recipes"
)

// mostVariants bounds the number of variants that a file may make, as a typing error might ask for
// millions.
const mostVariants = 10000

// varied has the values that a key may take.
type varied struct {
	key    string
	values []any // list of the values; nil where they are drawn from span
	span   span
}

// span is a range from which values are drawn.
type span struct {
	from, to   float64
	log, whole bool
}

// varied makes variants of those that are listed: one for each combination of values of the table
// vary, or for each draw. It returns the keys in the order of the file.
func (f file) varied(listed []Variant, meta toml.MetaData, at plaintoml.Position) (
	keys []string, made []Variant, err error,
) {
	if len(f.Vary) == 0 {
		if f.Draws != 0 || f.DrawSeed != 0 {
			return nil, nil, at.Error(toml.Key{"draws"}, fmt.Errorf("the file has draws without a "+
				"table vary, want values in vary to draw from"))
		}
		return nil, listed, nil
	}
	all, err := f.lists(meta, at)
	if err != nil {
		return nil, nil, err
	}
	combinations, err := f.combinations(all)
	if err != nil {
		return nil, nil, at.Error(toml.Key{"vary"}, err)
	}
	if n := len(listed) * len(combinations); n > mostVariants {
		err := fmt.Errorf("the file makes %d variants, want at most %d", n, mostVariants)
		return nil, nil, at.Error(toml.Key{"vary"}, err)
	}
	for _, v := range all {
		keys = append(keys, v.key)
	}
	short := shortKeys(keys)
	for _, v := range listed {
		for _, values := range combinations {
			w := v
			w.Set, w.Values = slices.Clone(v.Set), map[string]any{}
			var words []string
			if v.Name != "" {
				words = append(words, v.Name)
			}
			for i, key := range keys {
				text := recipes.Value(values[i])
				w.Set, w.Values[key] = append(w.Set, key+"="+text), values[i]
				words = append(words, short[i]+"="+strings.Trim(text, `"`))
			}
			w.Name = strings.Join(words, ", ")
			made = append(made, w)
		}
	}
	return keys, made, nil
}

// lists reads the table vary.
func (f file) lists(meta toml.MetaData, at plaintoml.Position) (all []varied, err error) {
	err = eachValue(f.Vary, nil, toml.Key{"vary"}, at, func(key string, v any) error {
		one := varied{key: key}
		switch v := v.(type) {
		case []any:
			if one.values = v; len(v) == 0 {
				return fmt.Errorf("the list is empty, want at least one value")
			}
			for i, a := range v {
				same := func(b any) bool { return recipes.Value(a) == recipes.Value(b) }
				if slices.ContainsFunc(v[:i], same) {
					return fmt.Errorf("%s stands twice, want each value once", recipes.Value(a))
				}
			}
		case map[string]any:
			if f.Draws == 0 {
				return fmt.Errorf("a range needs the file's key draws, the number of variants to " +
					"draw, which is missing")
			}
			one.span, err = spanOf(v)
		default:
			return fmt.Errorf("got %s, want a list of values, or a range like { from = 0.01, to = "+
				"0.3 }", recipes.Value(v))
		}
		all = append(all, one)
		return err
	})
	place := map[string]int{}
	for i, k := range meta.Keys() {
		if key := strings.Join(k, "."); strings.HasPrefix(key, "vary.") {
			place[strings.TrimPrefix(key, "vary.")] = i
		}
	}
	slices.SortFunc(all, func(a, b varied) int { return place[a.key] - place[b.key] })
	return all, err
}

// spanOf reads a range.
func spanOf(table map[string]any) (s span, err error) {
	_, wholeFrom := table["from"].(int64)
	_, wholeTo := table["to"].(int64)
	s.whole = wholeFrom && wholeTo
	for name, v := range table {
		ok := false
		switch name {
		case "from":
			s.from, ok = number(v)
		case "to":
			s.to, ok = number(v)
		case "log":
			s.log, ok = v.(bool)
		default:
			return s, fmt.Errorf("unknown key %q of a range, want from, to or log", name)
		}
		if !ok {
			return s, fmt.Errorf("%s = %s, want a number for from and to, true or false for log",
				name, recipes.Value(v))
		}
	}
	if !(s.to > s.from) || math.IsInf(s.from, 0) || math.IsInf(s.to, 0) || s.log && s.from <= 0 {
		return s, fmt.Errorf("a range from %v to %v, want the end above the beginning, and with "+
			"log the beginning above 0", s.from, s.to)
	}
	return s, nil
}

// number reads a number of TOML.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// combinations returns all combinations of the values, with the last key's changing fastest, or as
// many different ones as the file draws.
func (f file) combinations(all []varied) (made [][]any, err error) {
	if f.Draws == 0 {
		made = [][]any{nil}
		for _, v := range all {
			if len(made)*len(v.values) > mostVariants {
				return nil, fmt.Errorf("the file makes more than %d variants, want at most that",
					mostVariants)
			}
			var longer [][]any
			for _, values := range made {
				for _, value := range v.values {
					longer = append(longer, append(slices.Clone(values), value))
				}
			}
			made = longer
		}
		return made, nil
	}
	if f.Draws < 1 || f.Draws > mostVariants {
		return nil, fmt.Errorf("draws = %d, want 1 to %d", f.Draws, mostVariants)
	}
	rng, seen := rand.New(rand.NewPCG(f.DrawSeed, 0x76617279)), map[string]bool{}
	for failures := 0; len(made) < f.Draws; {
		values := make([]any, len(all))
		for i, v := range all {
			values[i] = v.draw(rng)
		}
		if text := recipes.Value(values); !seen[text] {
			seen[text] = true
			made = append(made, values)
		} else if failures++; failures > 1000*f.Draws {
			return nil, fmt.Errorf("draws = %d, want at most %d: no more combinations turned up",
				f.Draws, len(made))
		}
	}
	return made, nil
}

// draw draws a value. One of a range has four digits, so that the name of its variant has them all.
func (v varied) draw(rng *rand.Rand) any {
	if v.values != nil {
		return v.values[rng.IntN(len(v.values))]
	}
	from, to := v.span.from, v.span.to
	if v.span.whole {
		// Half more on both sides, so that the ends are as likely as the numbers between them.
		from, to = from-0.5, to+0.5
	}
	x := from + rng.Float64()*(to-from)
	if v.span.log {
		x = from * math.Pow(to/from, rng.Float64())
	}
	if v.span.whole {
		return int64(min(v.span.to, max(v.span.from, math.Round(x))))
	}
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	return min(v.span.to, max(v.span.from, x))
}

// shortKeys returns the last word of each key, or the whole key where another has the same last
// word.
func shortKeys(keys []string) []string {
	last := func(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }
	times := map[string]int{}
	for _, key := range keys {
		times[last(key)]++
	}
	short := slices.Clone(keys)
	for i, key := range keys {
		if times[last(key)] == 1 {
			short[i] = last(key)
		}
	}
	return short
}

// others returns the variant's values of all other keys than this one as text.
func (v Variant) others(key string) string {
	var keys, words []string
	for _, k := range slices.Sorted(maps.Keys(v.Values)) {
		if k != key {
			keys = append(keys, k)
		}
	}
	for i, short := range shortKeys(keys) {
		words = append(words, short+"="+strings.Trim(recipes.Value(v.Values[keys[i]]), `"`))
	}
	return strings.Join(words, ", ")
}

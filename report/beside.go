package report

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"
)

// beside has the maps of one recording by several runs, next to each other.
type beside struct {
	Class     string
	Recording int     // number in the test split
	Groups    []group // the frames, then layers, from large images to small
}

// group has maps that belong next to each other: the frames as each run sees them, or a layer of
// each run. Equal firing rates have the same shade.
type group []placed

// placed is a map with its run.
type placed struct {
	Map
	Run    *shown
	Answer string  // of the run where these are frames, else nothing
	Scale  float64 // value of the darkest shade
}

// title returns the title of the recording.
func (b beside) title() string { return fmt.Sprintf("%s, test recording %d", b.Class, b.Recording) }

// framed are frames that are drawn once for all runs that see the same.
type framed struct {
	placed
	Same []placed // those of all these runs, the first of which is drawn
}

// Frames returns the frames of the recording, each picture once.
func (b beside) Frames() (all []framed) {
	for _, p := range b.Groups[0] {
		at := slices.IndexFunc(all, func(f framed) bool { return f.looksLike(p.Map) })
		if at < 0 {
			all, at = append(all, framed{placed: p}), len(all)
		}
		all[at].Same = append(all[at].Same, p)
	}
	return all
}

// looksLike reports whether two maps are the same picture when each is shaded by its own largest
// value.
func (m Map) looksLike(o Map) bool {
	if m.Width != o.Width || m.Height != o.Height {
		return false
	}
	most, others := m.Most(), o.Most()
	for i, v := range m.Values {
		if math.Abs(v*others-o.Values[i]*most) > 1e-3*most*others {
			return false
		}
	}
	return true
}

// Layers returns the groups of layers.
func (b beside) Layers() []group { return b.Groups[1:] }

// Picture returns the map as a PNG image.
func (p placed) Picture() template.URL { return p.picture(p.Scale) }

// Layer returns the name of the layer.
func (p placed) Layer() string { return strings.TrimSuffix(p.Name, ".lif") }

// besides returns the recordings that runs mapped, in their order. Two runs have mapped the same
// recording if its class, its number and the size of the test split are the same.
func besides(runs []*shown) []beside {
	type recording struct {
		class      string
		number, of int
	}
	type mapped struct {
		run  *shown
		maps Maps
	}
	var order []recording
	by := map[recording][]mapped{}
	for _, r := range runs {
		for _, m := range r.Maps {
			which := recording{m.Class, m.Recording, r.Answers.Samples}
			if by[which] == nil {
				order = append(order, which)
			}
			by[which] = append(by[which], mapped{r, m})
		}
	}
	var all []beside
	for _, which := range order {
		var frames group
		layers := map[int][][]placed{} // pixels: of each run
		for _, m := range by[which] {
			frames = append(frames, placed{m.maps.Input, m.run, m.maps.Answer, m.maps.Input.Most()})
			own := map[int][]placed{}
			for _, l := range m.maps.Layers {
				own[len(l.Values)] = append(own[len(l.Values)], placed{Map: l, Run: m.run})
			}
			for pixels, of := range own {
				layers[pixels] = append(layers[pixels], of)
			}
		}
		b := beside{which.class, which.number, []group{frames}}
		for _, pixels := range slices.SortedFunc(maps.Keys(layers),
			func(a, b int) int { return cmp.Compare(b, a) }) {
			b.Groups = append(b.Groups, aligned(layers[pixels])...)
		}
		all = append(all, b)
	}
	return all
}

// aligned groups the layers of some runs, the last of each run together, the last but one, and so
// on.
func aligned(runs [][]placed) []group {
	longest := 0
	for _, layers := range runs {
		longest = max(longest, len(layers))
	}
	groups := make([]group, longest)
	for _, layers := range runs {
		for i, l := range layers {
			at := longest - len(layers) + i
			groups[at] = append(groups[at], l)
		}
	}
	for _, g := range groups {
		most := 0.
		for _, l := range g {
			most = max(most, l.Most())
		}
		for i := range g {
			g[i].Scale = most
		}
	}
	return groups
}

package nir

import (
	"fmt"
	"maps"
	"slices"
)

// named is a node and its name.
type named struct {
	name string
	*Node
}

// refused returns an error that names the node and its type.
func (n named) refused(format string, a ...any) error {
	return fmt.Errorf("node %q, %s: %w", n.name, n.Type, fmt.Errorf(format, a...))
}

// loop returns the name of a node on a loop of edges, or "". It prefers neurons to other nodes.
func (g *Graph) loop() (name string) {
	before := map[string][]string{}
	for _, e := range g.Edges {
		before[e[1]] = append(before[e[1]], e[0])
	}
	left := maps.Clone(g.Nodes) // nodes without a node before them are removed until none is found
	for again := true; again; {
		again = false
		for at := range left {
			if !slices.ContainsFunc(before[at], func(b string) bool { return left[b] != nil }) {
				delete(left, at)
				again = true
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(left)) {
		n := named{at, left[at]}
		if g.reaches(at, at) && (name == "" || n.fires() && !(named{name, left[name]}).fires()) {
			name = at
		}
	}
	return name
}

// reaches says whether edges lead from a node to another.
func (g *Graph) reaches(from, to string) bool {
	seen, front := map[string]bool{}, []string{from}
	for len(front) > 0 {
		at := front[0]
		front = front[1:]
		for _, e := range g.Edges {
			if e[0] != at || seen[e[1]] {
				continue
			}
			if e[1] == to {
				return true
			}
			seen[e[1]] = true
			front = append(front, e[1])
		}
	}
	return false
}

// floats returns a parameter as real numbers, which may be stored as whole numbers.
func (n named) floats(name string) (a Array, err error) {
	a, ok := n.Parameters[name]
	if !ok || a.Texts != nil {
		return a, n.refused("no numbers %s", name)
	}
	if a.Floats == nil {
		a.Floats = make([]float32, len(a.Ints))
		for i, v := range a.Ints {
			a.Floats[i] = float32(v)
		}
	}
	for _, v := range a.Floats {
		if v-v != 0 {
			return a, n.refused("%s of %v, want finite numbers", name, v)
		}
	}
	return a, nil
}

// uniform returns the value of a parameter of neurons, which must be the same for all of them.
func (n named) uniform(name string, neurons int) (float64, error) {
	a, err := n.floats(name)
	if err != nil {
		return 0, err
	}
	if len(a.Floats) != 1 && len(a.Floats) != neurons {
		return 0, n.refused("%s of shape %v, want a value for each of %d neurons", name, a.Shape,
			neurons)
	}
	for _, v := range a.Floats {
		if v != a.Floats[0] {
			return 0, n.refused("%s from %v to %v, want the same for all neurons of a layer", name,
				slices.Min(a.Floats), slices.Max(a.Floats))
		}
	}
	return float64(a.Floats[0]), nil
}

// pair returns a parameter of two whole numbers, for height and width, or of one for both.
func (n named) pair(name string) (p [2]int, err error) {
	a, ok := n.Parameters[name]
	switch {
	case ok && len(a.Ints) == 1:
		return [2]int{int(a.Ints[0]), int(a.Ints[0])}, nil
	case ok && len(a.Ints) == 2:
		return [2]int{int(a.Ints[0]), int(a.Ints[1])}, nil
	}
	return p, n.refused("no %s of one or two whole numbers", name)
}

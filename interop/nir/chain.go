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

// refused is an error at a node.
func (n named) refused(format string, a ...any) error {
	return fmt.Errorf("node %q, %s: %w", n.name, n.Type, fmt.Errorf(format, a...))
}

// chain is the nodes of a graph in their order, from its input to its output, both included. Any
// other graph is refused.
func (g *Graph) chain() (all []named, err error) {
	if name := g.loop(); name != "" {
		return nil, named{name,
			g.Nodes[name]}.refused("it lies on a loop of edges: recurrent networks are not read")
	}
	next, before := map[string][]string{}, map[string][]string{}
	for _, e := range g.Edges {
		next[e[0]] = append(next[e[0]], e[1])
		before[e[1]] = append(before[e[1]], e[0])
	}
	at := ""
	for _, name := range slices.Sorted(maps.Keys(g.Nodes)) {
		n := named{name, g.Nodes[name]}
		ends := map[string]int{"Input": 1, "Output": 1}[n.Type]
		switch {
		case len(next[name]) > 1 || len(before[name]) > 1:
			return nil, n.refused("%d edges lead to it and %d from it, want one: networks are "+
				"read that are a chain", len(before[name]), len(next[name]))
		case len(next[name])+len(before[name])+ends < 2:
			return nil, n.refused("it lies on no way from the input to the output")
		case n.Type == "Input" && len(before[name]) == 0 && at == "":
			at = name
		case n.Type == "Input":
			return nil, n.refused("want one, where all begins")
		}
	}
	if at == "" {
		return nil, fmt.Errorf("no Input among %d nodes, want one", len(g.Nodes))
	}
	for {
		n := named{at, g.Nodes[at]}
		all = append(all, n)
		switch {
		case n.Type == "Output" && len(next[at]) > 0 || n.Type != "Output" && len(next[at]) == 0:
			return nil, n.refused("want the chain to end in an Output")
		case n.Type == "Output" && len(all) < len(g.Nodes):
			return nil, fmt.Errorf("%d of %d nodes lie between %q and %q, want all", len(all),
				len(g.Nodes), all[0].name, at)
		case n.Type == "Output":
			return all, nil
		}
		at = next[at][0]
	}
}

// loop is the name of a node that edges lead back to, neurons before others, or "".
func (g *Graph) loop() (name string) {
	before := map[string][]string{}
	for _, e := range g.Edges {
		before[e[1]] = append(before[e[1]], e[0])
	}
	left := maps.Clone(g.Nodes) // but those with no node before them, again and again
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

// floats are the real numbers of a parameter, whole ones among them.
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

// uniform is the one number that a parameter of n neurons has for all of them.
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

// pair is a parameter that is a whole number for height and width, or one for both.
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

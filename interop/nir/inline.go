package nir

import (
	"fmt"
	"maps"
	"slices"
)

// inlined returns the graph with the nodes of inner graphs in place of these. The nodes are named
// after both, as "block/conv", and the inner Inputs and Outputs are gone.
func (g *Graph) inlined() (*Graph, error) {
	out := &Graph{Nodes: map[string]*Node{}, Metadata: g.Metadata}
	// For each graph inside of g, the nodes behind its Inputs and those before its Outputs.
	first, last := map[string][]string{}, map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(g.Nodes)) {
		n := g.Nodes[name]
		if n.Graph == nil {
			if out.Nodes[name] != nil {
				return nil, fmt.Errorf("two nodes are called %q", name)
			}
			out.Nodes[name] = n
			continue
		}
		inner, err := n.Graph.inlined()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for below, n := range inner.Nodes {
			switch below := name + "/" + below; {
			case n.Type == "Input" || n.Type == "Output":
			case g.Nodes[below] != nil:
				return nil, fmt.Errorf("two nodes are called %q", below)
			default:
				out.Nodes[below] = n
			}
		}
		for _, e := range inner.Edges {
			from, to := inner.Nodes[e[0]].Type == "Input", inner.Nodes[e[1]].Type == "Output"
			switch {
			case from && to:
			case from:
				first[name] = append(first[name], name+"/"+e[1])
			case to:
				last[name] = append(last[name], name+"/"+e[0])
			default:
				out.Edges = append(out.Edges, [2]string{name + "/" + e[0], name + "/" + e[1]})
			}
		}
	}
	ends := func(name string, of map[string][]string) []string {
		if g.Nodes[name].Graph == nil {
			return []string{name}
		}
		return of[name]
	}
	for _, e := range g.Edges {
		for _, from := range ends(e[0], last) {
			for _, to := range ends(e[1], first) {
				out.Edges = append(out.Edges, [2]string{from, to})
			}
		}
		if len(out.Edges) > mostEdges {
			return nil, fmt.Errorf("more than %d edges with those of the graphs in it", mostEdges)
		}
	}
	return out, nil
}

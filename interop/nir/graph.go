package nir

import (
	"slices"

	"ssnn/internal/hdf5"
)

// Graph is a NIRGraph: nodes by name, and edges from the output of one node to the input of
// another. A node's input is the sum over the edges that lead to it.
type Graph struct {
	Nodes    map[string]*Node // by name
	Edges    [][2]string      // from, to
	Metadata Values           // of the graph as a whole
}

// Node is a computational unit: a primitive with its parameters, or a graph.
type Node struct {
	Type       string // "Conv2d", "LIF", "NIRGraph" and the like
	Parameters Values // by NIR's names of them
	Graph      *Graph // the graph of a node of type NIRGraph, else nil
	Metadata   Values // values that NIR does not prescribe
}

// Values are arrays and texts by name.
type Values map[string]Array

// Array is an array of real numbers, of whole numbers or of texts.
type Array struct {
	Shape  []int     // nil for a single value
	Floats []float32 // real numbers, the last dimension fastest, or nil
	Ints   []int64   // whole numbers, or nil
	Texts  []string  // or nil
}

// Text returns a text of the graph's metadata by name.
func (g *Graph) Text(name string) (text string, ok bool) {
	if a := g.Metadata[name]; len(a.Texts) == 1 {
		return a.Texts[0], true
	}
	return "", false
}

func text(s string) Array { return Array{Texts: []string{s}} }

func whole(v ...int) Array {
	a := Array{Shape: []int{len(v)}}
	for _, v := range v {
		a.Ints = append(a.Ints, int64(v))
	}
	return a
}

func single(v int) Array { return Array{Ints: []int64{int64(v)}} }

func reals(shape []int, v []float32) Array { return Array{Shape: shape, Floats: v} }

// uniform is an array of equal numbers.
func uniform(shape []int, v float64) Array {
	return reals(shape, slices.Repeat([]float32{float32(v)}, product(shape)))
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// version is the version of the nir package whose file layout Encode writes.
const version = "1.0"

// Encode writes the graph as the bytes of a file.
func (g *Graph) Encode() ([]byte, error) {
	return hdf5.Encode(hdf5.Group{"version": hdf5.Texts{Values: []string{version}},
		"node": g.group()})
}

// group returns the HDF5 group of the graph.
func (g *Graph) group() hdf5.Group {
	nodes := hdf5.Group{}
	for name, n := range g.Nodes {
		nodes[name] = n.group()
	}
	edges := hdf5.Texts{Shape: []int{len(g.Edges), 2}}
	for _, e := range g.Edges {
		edges.Values = append(edges.Values, e[0], e[1])
	}
	group := hdf5.Group{"type": hdf5.Texts{Values: []string{graphType}}, "nodes": nodes,
		"edges": edges}
	g.Metadata.addMetadata(group)
	return group
}

func (n *Node) group() hdf5.Group {
	if n.Graph != nil {
		return n.Graph.group()
	}
	group := n.Parameters.group()
	group["type"] = hdf5.Texts{Values: []string{n.Type}}
	n.Metadata.addMetadata(group)
	return group
}

func (v Values) addMetadata(group hdf5.Group) {
	if len(v) > 0 {
		group["metadata"] = v.group()
	}
}

func (v Values) group() hdf5.Group {
	group := hdf5.Group{}
	for name, a := range v {
		switch {
		case a.Floats != nil:
			group[name] = hdf5.Floats{Shape: a.Shape, Values: a.Floats}
		case a.Ints != nil:
			group[name] = hdf5.Ints{Shape: a.Shape, Values: a.Ints}
		default:
			group[name] = hdf5.Texts{Shape: a.Shape, Values: a.Texts}
		}
	}
	return group
}

const graphType = "NIRGraph"

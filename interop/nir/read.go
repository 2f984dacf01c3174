package nir

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"ssnn/internal/hdf5"
)

// These are the limits of a file that is read.
const (
	mostObjects = 1 << 16 // groups and arrays
	mostEdges   = 1 << 14 // texts of the edges of a graph, two an edge
	mostValues  = 1 << 28 // values of all arrays
	mostDepth   = 4       // depth of graphs in graphs
)

// smallValues is how many values the arrays of any file may have. A larger file may have 100 for
// each 4 bytes. Weights are packed to a good part of their size, so a small file that is unpacked
// to gigabytes is a bomb.
const smallValues = 1 << 24

// Read reads the graph of a file of size bytes. It does not check the types and parameters of
// nodes; only a file that is no graph, or exceeds a limit, is an error.
func Read(r io.ReaderAt, size int64) (*Graph, error) {
	f, err := hdf5.Open(r, size)
	if err != nil {
		return nil, fmt.Errorf("HDF5, %w", err)
	}
	values := min(mostValues, max(smallValues, 100*(size/4)))
	f.Most = min(f.Most, 8*values)
	root, err := f.Root()
	if err != nil {
		return nil, fmt.Errorf("HDF5, %w", err)
	}
	links, err := root.Links()
	if err != nil {
		return nil, fmt.Errorf("HDF5, %w", err)
	}
	i := slices.IndexFunc(links, func(l hdf5.Link) bool { return l.Name == "node" })
	if i < 0 {
		return nil, fmt.Errorf(`no NIR graph: want a group "node" in the root`)
	}
	o, err := links[i].Object()
	if err != nil {
		return nil, fmt.Errorf("node: HDF5, %w", err)
	}
	n, err := (&reader{objects: mostObjects, values: values}).node(o, "node", 0)
	if err != nil {
		return nil, err
	}
	if n.Graph == nil {
		return nil, fmt.Errorf("node is a %s, want a %s", n.Type, graphType)
	}
	return n.Graph, nil
}

// reader counts the objects and values that a file may still have.
type reader struct{ objects, values int64 }

// parts returns the objects in a group by name. path is the group's, for errors.
func (r *reader) parts(o *hdf5.Object, path string) (map[string]*hdf5.Object, error) {
	links, err := o.Links()
	if err != nil {
		return nil, fmt.Errorf("%s: HDF5, %w", path, err)
	}
	if r.objects -= int64(len(links)); r.objects < 0 {
		return nil, fmt.Errorf("%s: want at most %d groups and arrays in all", path, mostObjects)
	}
	parts := map[string]*hdf5.Object{}
	for _, l := range links {
		if parts[l.Name], err = l.Object(); err != nil {
			return nil, fmt.Errorf("%s/%s: HDF5, %w", path, l.Name, err)
		}
	}
	return parts, nil
}

// node reads a node, or a graph with all of its nodes.
func (r *reader) node(o *hdf5.Object, path string, depth int) (*Node, error) {
	if depth > mostDepth {
		return nil, fmt.Errorf("%s: want graphs in graphs at most %d deep", path, mostDepth)
	}
	parts, err := r.parts(o, path)
	if err != nil {
		return nil, err
	}
	n := &Node{Parameters: Values{}, Metadata: Values{}}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		o, below := parts[name], path+"/"+name
		switch {
		case name == "metadata":
			err = r.metadata(o, below, n.Metadata)
		case o.IsDataset():
			n.Parameters[name], err = r.array(o, below)
		case name == "nodes":
			n.Graph = &Graph{}
			n.Graph.Nodes, err = r.graph(o, path, depth)
		}
		if err != nil {
			return nil, err
		}
	}
	kind, ok := n.Parameters["type"]
	if !ok || len(kind.Texts) != 1 {
		return nil, fmt.Errorf("%s: no type, want a text of this name", path)
	}
	n.Type = kind.Texts[0]
	delete(n.Parameters, "type")
	if (n.Type == graphType) != (n.Graph != nil) {
		return nil, fmt.Errorf("%s: %s with or without nodes, want a %s, which has them", path,
			n.Type, graphType)
	}
	if n.Graph != nil {
		n.Graph.Metadata, n.Metadata = n.Metadata, nil
		return n, n.Graph.connect(n.Parameters["edges"], path)
	}
	return n, nil
}

// graph reads the nodes of a graph.
func (r *reader) graph(o *hdf5.Object, path string, depth int) (map[string]*Node, error) {
	parts, err := r.parts(o, path+"/nodes")
	if err != nil {
		return nil, err
	}
	nodes := map[string]*Node{}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if nodes[name], err = r.node(parts[name], path+"/nodes/"+name, depth+1); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// connect sets the edges of a graph, which must join nodes of the graph.
func (g *Graph) connect(edges Array, path string) error {
	if len(edges.Shape) != 2 || edges.Shape[1] != 2 || len(edges.Texts) > mostEdges {
		return fmt.Errorf("%s/edges: want an array of at most %d pairs of texts", path, mostEdges/2)
	}
	for pair := range slices.Chunk(edges.Texts, 2) {
		for _, name := range pair {
			if g.Nodes[name] == nil {
				return fmt.Errorf("%s/edges: no node %q", path, name)
			}
		}
		g.Edges = append(g.Edges, [2]string(pair))
	}
	return nil
}

// metadata reads the arrays and texts of a group, and leaves out other objects.
func (r *reader) metadata(o *hdf5.Object, path string, to Values) error {
	parts, err := r.parts(o, path)
	if err != nil {
		return err
	}
	for name, o := range parts {
		if _, err := o.Dataset(); err == nil {
			if to[name], err = r.array(o, path+"/"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// array reads a dataset.
func (r *reader) array(o *hdf5.Object, path string) (a Array, err error) {
	d, err := o.Dataset()
	if err != nil {
		return a, fmt.Errorf("%s: HDF5, %w", path, err)
	}
	for _, size := range d.Shape {
		a.Shape = append(a.Shape, int(size))
	}
	n := d.Len()
	switch d.Type.Kind {
	case hdf5.Float:
		a.Floats, err = d.Float32s(r.values)
	case hdf5.Int, hdf5.Uint:
		a.Ints, err = d.Int64s(r.values)
	default:
		a.Texts, err = d.Texts(mostEdges)
	}
	if err != nil {
		return a, fmt.Errorf("%s: HDF5, %w", path, err)
	}
	for i, v := range a.Ints {
		if int64(int32(v)) != v { // so that it is an int on all machines
			return a, fmt.Errorf("%s: number %d is %d, want whole numbers of 32 bits", path, i, v)
		}
	}
	r.values -= n
	return a, nil
}

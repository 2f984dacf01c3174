package nir

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"ssnn/internal/hdf5"
)

// Limits of what is read.
const (
	mostObjects = 1 << 16 // groups and arrays
	mostEdges   = 1 << 14
	mostValues  = 1 << 28 // of all arrays
	mostDepth   = 4       // graphs in graphs
)

// A file of weights is packed to a part of their size, and a small one that is unpacked to
// gigabytes is a bomb: its arrays may have so many values, or 100 for each 4 bytes of the file.
const smallValues = 1 << 24

// Read reads the graph of a file of size bytes. What it does not know it leaves to whom it hands
// the nodes; only what is no graph, or too much, is an error.
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

// reader counts what there may still be.
type reader struct{ objects, values int64 }

// parts are what is in a group. path is for messages.
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

// connect takes over the edges, which are between nodes.
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

// metadata reads arrays and texts, and leaves out what is neither.
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

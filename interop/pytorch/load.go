package pytorch

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"ssnn/snn"
)

// Taken says where the values of a tensor of the network come from.
type Taken struct {
	To string `json:"to"` // name in the network
	// Name in the checkpoint, or "identity", "vote" or "zero" in brackets.
	From  string `json:"from"`
	Shape []int  `json:"shape"` // in the network
}

// MismatchError lists what does not fit between a checkpoint and a network: what is missing,
// unexpected or of another shape, a line for each of its Problems.
type MismatchError struct{ Problems []string }

func (e *MismatchError) Error() string {
	if len(e.Problems) == 1 {
		return "checkpoint and network do not fit: " + e.Problems[0]
	}
	return fmt.Sprintf("checkpoint and network do not fit in %d places: %s", len(e.Problems),
		strings.Join(e.Problems, "; "))
}

// Load gives a network the values of a checkpoint. It returns where the values of each tensor of
// the network come from, and which tensors of the checkpoint it left out. Unless it can account for
// every tensor of both, the error is a *MismatchError.
func (m *Mapping) Load(n *snn.Network, state *State) (taken []Taken, left []string, err error) {
	l := loading{mapping: m, state: state, cfg: n.Config(), parameters: map[string]*snn.Parameter{}}
	for _, p := range slices.Concat(n.Parameters(), n.Statistics()) {
		l.names = append(l.names, p.Name)
		l.parameters[p.Name] = p
	}
	l.pair()
	for _, name := range l.names {
		if from, ok := l.from[name]; ok {
			l.take(name, from)
		}
	}
	for _, layer := range slices.Sorted(maps.Keys(l.fill)) {
		l.fillLayer(layer, l.fill[layer])
	}
	for _, name := range l.zeros {
		l.set(name, "zero", func(int) float64 { return 0 })
	}
	if l.problems != nil {
		return nil, nil, &MismatchError{l.problems}
	}
	return l.taken, l.left, l.err
}

// loading is a Load under way.
type loading struct {
	mapping    *Mapping
	state      *State
	cfg        snn.Config
	names      []string
	parameters map[string]*snn.Parameter

	from     map[string]string // tensors of the checkpoint, by those of the network
	fill     map[string]string // the fillings "identity" and "vote", by layer
	zeros    []string          // biases that the checkpoint lacks, which become 0
	taken    []Taken
	left     []string
	problems []string
	err      error
}

func (l *loading) problem(format string, a ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, a...))
}

// byName says whether the tensors have the names of the reference, which package snn has too.
func (s *State) byName() bool {
	return slices.ContainsFunc(s.Names, func(n string) bool {
		return strings.HasPrefix(n,
			"stages.0.")
	})
}

// pair finds the tensor of the checkpoint for each of the network.
func (l *loading) pair() {
	var names []string // the checkpoint's, without tensors that networks of package snn never have
	for _, name := range l.state.Names {
		if strings.HasSuffix(name, "num_batches_tracked") || l.state.isBuffer(name) ||
			l.state.isSinabs(name) || isAverage(name) {

			l.left = append(l.left, name)
		} else {
			names = append(names, name)
		}
	}
	l.from, l.fill = map[string]string{}, maps.Clone(l.mapping.Fill)
	if l.fill == nil {
		l.fill = map[string]string{}
	}
	switch {
	case len(l.mapping.Tensors) > 0:
		l.rename(names, l.mapping.Tensors)
	case l.state.byName():
		l.rename(names, [][2]string{{"*", "*"}})
	case !l.pairInOrder(names):
		return
	}
	for _, name := range l.names {
		if _, ok := l.from[name]; !ok && l.fill[layerOf(name)] == "" && !l.fillMissing(name) {
			l.problem("missing: %s %v", name, l.parameters[name].Shape)
		}
	}
}

// fillMissing fills a parameter that the checkpoint lacks with values that change nothing, and says
// whether it can: a norm of which the checkpoint has no tensor passes values through, and the
// missing bias of a layer is 0.
func (l *loading) fillMissing(name string) bool {
	layer := layerOf(name)
	if l.parameters[layer+".running_mean"] != nil {
		for part := range normParts {
			if _, ok := l.from[layer+"."+part]; ok {
				return false
			}
		}
		l.fill[layer] = "identity"
		return true
	}
	_, weighs := l.from[layer+".weight"]
	if weighs && strings.HasSuffix(name, ".bias") {
		l.zeros = append(l.zeros, name)
		return true
	}
	return false
}

// normParts are the tensors of a norm.
var normParts = map[string]bool{"weight": true, "bias": true, "running_mean": true,
	"running_var": true}

// pairInOrder pairs tensors by the order or the shapes of the layers, and says whether all layers
// have a partner of their kind.
func (l *loading) pairInOrder(names []string) bool {
	theirs := layersOf(names, func(n string) []int { return l.state.tensors[n].Shape })
	ours := layersOf(l.names, func(n string) []int { return l.parameters[n].Shape })
	pair := inOrder
	if l.state.unordered {
		pair = byShape
	}
	from, filled, problems := pair(theirs, ours, l.fill)
	l.from, l.problems = from, problems
	maps.Copy(l.fill, filled)
	if problems != nil {
		return false
	}
	for _, to := range slices.Sorted(maps.Keys(from)) {
		if l.parameters[to] == nil {
			l.problem("unexpected: %s, as the network has no %s", from[to], to)
		}
	}
	return true
}

// rename pairs tensors by patterns of names in the checkpoint and in the network.
func (l *loading) rename(names []string, patterns [][2]string) {
	used := make([]bool, len(patterns))
	for _, name := range names {
		to, known := "", false
		for i, p := range patterns {
			if to, known = match(p[0], name, p[1]); known {
				used[i] = true
				break
			}
		}
		switch {
		case !known:
			l.problem("unexpected: %s %v, which no pattern names", name,
				l.state.tensors[name].Shape)
		case to == "":
			l.left = append(l.left, name)
		case l.parameters[to] == nil:
			l.problem("unexpected: %s %v, as the network has no %s", name,
				l.state.tensors[name].Shape, to)
		case l.from[to] != "":
			l.problem("unexpected: %s, as %s is %s already", name, l.from[to], to)
		default:
			l.from[to] = name
		}
	}
	for i, p := range patterns {
		if !used[i] {
			l.problem("pattern %q names nothing", p[0])
		}
	}
}

// isRow says whether theirs is the shape of a Conv1d's weights and ours that of the same
// convolution over images that are one pixel high.
func isRow(theirs, ours []int) bool {
	return len(ours) == 4 && len(theirs) == 3 && ours[2] == 1 &&
		slices.Equal(theirs, []int{ours[0], ours[1], ours[3]})
}

func layerOf(name string) string { return name[:max(strings.LastIndexByte(name, '.'), 0)] }

func isNoNumber(v float32) bool { return v != v || math.IsInf(float64(v), 0) }

// take copies the values of a tensor of the checkpoint into the network.
func (l *loading) take(name, from string) {
	p, t := l.parameters[name], l.state.tensors[from]
	switch {
	case p == nil || l.err != nil:
		return
	case l.fill[layerOf(name)] != "":
		l.problem("unexpected: %s, as %s is filled with %s", from, layerOf(name),
			l.fill[layerOf(name)])
		return
	case !slices.Equal(t.Shape, p.Shape) && !isRow(t.Shape, p.Shape):
		l.problem("shape: %s is %v, want %v for %s", from, t.Shape, p.Shape, name)
		return
	case !t.Floats():
		l.problem("type: %s is %s, want floats for %s", from, t.DType(), name)
		return
	}
	values, err := t.Float32s()
	if i := slices.IndexFunc(values, isNoNumber); i >= 0 {
		l.problem("value: element %d of %s is %v, want numbers", i, from, values[i])
		return
	}
	if err == nil {
		err = p.Import(p.Value, values)
	}
	l.err = err
	l.taken = append(l.taken, Taken{name, from, p.Shape})
}

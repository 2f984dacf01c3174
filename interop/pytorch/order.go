package pytorch

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// layer is a module with tensors of its own. Its name is the part of their names before the last
// dot.
type layer struct {
	name  string
	parts []string // "weight", "running_mean"
	kind  string
	shape []int // of its weight, or of another part where it has no weight
}

// layersOf groups names of tensors by their layers, in the order of the layers' first tensors.
// shape returns the shape of a tensor by name.
func layersOf(names []string, shape func(name string) []int) []*layer {
	var all []*layer
	known := map[string]*layer{}
	for _, name := range names {
		dot := strings.LastIndexByte(name, '.')
		module, part := name[:max(dot, 0)], name[dot+1:]
		l := known[module]
		if l == nil {
			l = &layer{name: module}
			known[module] = l
			all = append(all, l)
		}
		l.parts = append(l.parts, part)
		if l.shape == nil || part == "weight" {
			l.shape = shape(name)
		}
		switch n := len(shape(name)); {
		case part == "weight" && (n == 4 || n == 3):
			l.kind = "convolution"
		case part == "weight" && n == 2:
			l.kind = "fully connected layer"
		case part == "running_mean" || part == "weight" && n == 1:
			l.kind = "norm"
		case part == "w" && n == 0:
			l.kind = "learned leak"
		case l.kind == "":
			l.kind = "layer of another kind"
		}
	}
	return all
}

// tensor is the full name of a part.
func (l *layer) tensor(part string) string {
	if l.name == "" {
		return part
	}
	return l.name + "." + part
}

var digits = regexp.MustCompile(`[0-9]+`)

// checkOrder returns an error where the numbers in the names of layers fall, as in conv2 before
// conv1: then the layers are not in the order in which they are used.
func checkOrder(layers []*layer) error {
	last := map[string]*layer{}
	for _, l := range layers {
		stem := stem(l.name)
		if before := last[stem]; before != nil {
			a, b := digits.FindAllString(before.name, -1), digits.FindAllString(l.name, -1)
			if !rising(a, b) {
				return fmt.Errorf("%s comes after %s: the order of the layers is not that of "+
					"their numbers, say tensors in a mapping file", l.name, before.name)
			}
		}
		last[stem] = l
	}
	return nil
}

func rising(a, b []string) bool {
	for i := range a {
		x, _ := strconv.Atoi(a[i])
		y, _ := strconv.Atoi(b[i])
		if x != y {
			return x < y
		}
	}
	return false
}

// inOrder pairs the layers of a checkpoint with those of a network, one after the other: those of
// nn.Sequential, as SpikingJelly and snnTorch use it, and of torchvision's VGG and ResNet stand in
// the order in which they are used. Kinds must be the same. A norm that the checkpoint does not
// have, as between a convolution and its neurons in VGG, passes everything through: it is filled
// with "identity". It returns the names of tensors in the checkpoint by those in the network.
func inOrder(theirs, ours []*layer, fill map[string]string) (
	from map[string]string, filled map[string]string, problems []string) {

	from, filled = map[string]string{}, map[string]string{}
	if err := checkOrder(theirs); err != nil {
		return from, filled, []string{err.Error()}
	}
	i := 0
	for _, own := range ours {
		if fill[own.name] != "" {
			continue
		}
		switch {
		case i < len(theirs) && theirs[i].kind == own.kind:
			for _, part := range theirs[i].parts {
				from[own.tensor(part)] = theirs[i].tensor(part)
			}
			i++
		case own.kind == "norm":
			filled[own.name] = "identity"
		case i < len(theirs):
			name := cmp.Or(theirs[i].name, strings.Join(theirs[i].parts, ", "))
			return from, filled, []string{fmt.Sprintf("%s is a %s, want a %s for %s", name,
				theirs[i].kind, own.kind, own.name)}
		default:
			problems = append(problems, own.missing())
		}
	}
	for _, l := range theirs[i:] {
		problems = append(problems, l.unexpected())
	}
	return from, filled, problems
}

// missing says that a checkpoint does not have a layer of the network.
func (l *layer) missing() string {
	problem := fmt.Sprintf("missing: a %s for %s", l.kind, l.name)
	if l.name == "fc" {
		problem += "; want --fill fc=vote where the network ends in neurons whose spikes are " +
			"counted"
	}
	return problem
}

// unexpected says that the network does not have a layer of a checkpoint.
func (l *layer) unexpected() string {
	if l.name == "" {
		return fmt.Sprintf("unexpected: %s, outside of any layer", strings.Join(l.parts, ", "))
	}
	return fmt.Sprintf("unexpected: %s, a %s", l.name, l.kind)
}

// byShape is inOrder for a file that does not keep the order of the layers, like a .safetensors.
// Each layer of the network gets the remaining layer of its kind and shape, and among several the
// first by the numbers in their names. Several whose names differ by more than numbers are an
// error.
func byShape(theirs, ours []*layer, fill map[string]string) (
	from map[string]string, filled map[string]string, problems []string) {

	from, filled = map[string]string{}, map[string]string{}
	used := map[*layer]bool{}
	var paired []*layer
	for _, own := range ours {
		if fill[own.name] != "" {
			continue
		}
		var first *layer
		for _, l := range theirs {
			if used[l] || l.kind != own.kind ||
				!slices.Equal(l.shape, own.shape) && !isRow(l.shape, own.shape) {

				continue
			}
			if first == nil {
				first = l
			} else if stem(l.name) != stem(first.name) {
				return from, filled, []string{fmt.Sprintf("%s and %s are alike, and a "+
					".safetensors does not keep the order of layers: say tensors in a mapping "+
					"file, or save the checkpoint by torch.save", first.name, l.name)}
			}
		}
		switch {
		case first != nil:
			used[first] = true
			paired = append(paired, first)
			for _, part := range first.parts {
				from[own.tensor(part)] = first.tensor(part)
			}
		case own.kind == "norm":
			filled[own.name] = "identity"
		default:
			problems = append(problems, fmt.Sprintf("%s of weights %v", own.missing(), own.shape))
		}
	}
	for _, l := range theirs {
		if !used[l] {
			problems = append(problems, l.unexpected())
		}
	}
	if err := checkOrder(paired); err != nil && problems == nil {
		problems = append(problems, err.Error())
	}
	return from, filled, problems
}

// stem is a name without its numbers.
func stem(name string) string { return digits.ReplaceAllString(name, "#") }

package nir

import (
	"maps"
	"slices"
)

// ungrouped turns the weights of a convolution in groups, [outputs][inputs of a
// group][height][width], into weights of one group, [outputs][inputs][height][width], with zeros
// for the inputs of other groups. No library that reads NIR (SpikingJelly 2.0, snnTorch 1.0, sinabs
// 3.1, norse 1.1) reads groups, and the nir package up to 1.0.8 takes the number of inputs of a
// group for the number of all inputs.
func ungrouped(shape []int, w []float32, groups int) Array {
	if groups == 1 {
		return reals(shape, w)
	}
	each, outputs := product(shape[1:]), shape[0]
	all := make([]float32, groups*len(w))
	for o := range outputs {
		own := o / (outputs / groups)
		copy(all[(o*groups+own)*each:], w[o*each:(o+1)*each])
	}
	return reals([]int{outputs, groups * shape[1], shape[2], shape[3]}, all)
}

// grouped is the reverse of ungrouped. ok is false where a weight outside of the groups is not 0,
// or where the outputs or inputs do not divide into so many groups.
func grouped(a Array, groups int) (b Array, ok bool) {
	shape := a.Shape
	if groups < 2 || len(shape) != 4 || shape[0]%groups != 0 || shape[1]%groups != 0 {
		return a, false
	}
	each := product(shape[1:]) / groups
	w := make([]float32, 0, len(a.Floats)/groups)
	for o := range shape[0] {
		own := o / (shape[0] / groups)
		for g := range groups {
			part := a.Floats[(o*groups+g)*each:][:each]
			if g == own {
				w = append(w, part...)
			} else if slices.ContainsFunc(part, func(v float32) bool { return v != 0 }) {
				return a, false
			}
		}
	}
	return reals([]int{shape[0], shape[1] / groups, shape[2], shape[3]}, w), true
}

// withGroups returns a convolution in the groups that its metadata give, as New writes them, or the
// node as it is.
func (n named) withGroups() named {
	said := n.Metadata["groups"].Ints
	if n.Type != "Conv2d" || len(said) != 1 {
		return n
	}
	w, err := n.floats("weight")
	if err != nil {
		return n
	}
	w, ok := grouped(w, int(said[0]))
	if !ok {
		return n
	}
	own := maps.Clone(n.Parameters)
	own["weight"], own["groups"] = w, single(int(said[0]))
	return named{n.name, &Node{Type: n.Type, Parameters: own, Metadata: n.Metadata}}
}

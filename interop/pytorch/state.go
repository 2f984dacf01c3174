package pytorch

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/internal/names"
)

// State is a state_dict: the tensors of a network by name, in the order in which its modules were
// made.
type State struct {
	Names   []string // in the order of the modules
	tensors map[string]*Tensor

	// unordered says that the file has sorted the names, which do not show the order of the modules
	unordered bool
}

// Tensor returns a tensor by name.
func (s *State) Tensor(name string) (t *Tensor, ok bool) {
	t, ok = s.tensors[name]
	return t, ok
}

// State finds the state_dict of a checkpoint: the saved value itself or, if that is a dict of
// several values, the value under the key. Without a key the dict must hold only one state_dict. A
// module that was saved as a whole stands for its state_dict. State removes the prefixes that
// wrappers give to names: DataParallel's "module.", where all names begin with it, and
// torch.compile's "_orig_mod.".
func (c *File) State(key string) (*State, error) {
	if d := stateOf(c.Value); d != nil && key == "" {
		return c.newState(d), nil
	}
	all, _ := c.Value.(*Dict)
	if all == nil {
		return nil, fmt.Errorf("no state_dict in the checkpoint: want a dict of tensors; save " +
			"net.state_dict()")
	}
	var found []string
	states := map[string]*Dict{}
	for _, k := range all.Keys {
		if d := stateOf(all.Get(k)); d != nil {
			found = append(found, fmt.Sprint(k))
			states[fmt.Sprint(k)] = d
		}
	}
	switch {
	case key != "" && states[key] != nil:
	case key == "" && len(found) == 1:
		key = found[0]
	case len(found) == 0:
		return nil, noState(all)
	case key == "":
		return nil, fmt.Errorf("%d state_dicts in the checkpoint, %s, want the key of one in a "+
			"mapping file (--mapping), as in state = %q", len(found), strings.Join(found, ", "),
			found[0])
	default:
		return nil, fmt.Errorf("state %q, want the key of one of the dicts of tensors in the "+
			"checkpoint: %s", key, strings.Join(found, ", "))
	}
	return c.newState(states[key]), nil
}

// noState is the error for a dict without a state_dict. It names a tensor of a kind that is not
// read, which may be the reason.
func noState(all *Dict) error {
	dicts := []*Dict{all}
	for _, k := range all.Keys {
		if d, ok := all.Get(k).(*Dict); ok {
			dicts = append(dicts, d)
		}
	}
	for _, d := range dicts {
		for _, k := range d.Keys {
			o, ok := d.Get(k).(*object)
			if ok && strings.Contains(string(o.class), "._rebuild_") {
				return fmt.Errorf("no state_dict in the checkpoint: %v is made by %s, want "+
					"tensors of floats or integers that lie in memory (not sparse, quantized or "+
					"meta)", k, o.class)
			}
		}
	}
	return fmt.Errorf("no state_dict in the checkpoint: want a dict of nothing but tensors, " +
		"alone or under a key")
}

// stateOf returns the state_dict of a value: a dict that holds nothing but tensors, under strings,
// or a module. It is nil for any other value.
func stateOf(v any) *Dict {
	switch v := v.(type) {
	case *Dict:
		state := &Dict{}
		for _, k := range v.Keys {
			name, isName := k.(string)
			t, isTensor := v.Get(k).(*Tensor)
			switch {
			case isName && isTensor:
				state.set(name, t)
			case !isName || !strings.HasSuffix(name, "_extra_state"): // no layer here has it
				return nil
			}
		}
		if len(state.Keys) > 0 {
			return state
		}
	case *object:
		state := &Dict{}
		w := moduleWalk{into: state}
		if w.module(v, "", 0); len(state.Keys) > 0 && !w.tooMany {
			return state
		}
	}
	return nil
}

// moduleWalk collects the tensors of a module that was saved as a whole, as its state_dict() does.
type moduleWalk struct {
	into    *Dict
	modules int
	tooMany bool
}

// These are the limits of a module that was saved as a whole.
const (
	mostDepth   = 64      // depth of modules in modules
	mostModules = 1 << 16 // modules in all
)

// module collects the tensors of a module and of the modules in it.
func (w *moduleWalk) module(o *object, prefix string, depth int) {
	if w.modules++; w.modules > mostModules || depth > mostDepth {
		w.tooMany = true
	}
	attributes, ok := o.state.(*Dict)
	if !ok || w.tooMany {
		return
	}
	if strings.HasPrefix(string(o.class), "__torch__.") { // TorchScript
		w.all(attributes, nil, prefix, depth)
		return
	}
	left := map[any]bool{} // buffers that are no part of a state_dict
	if names, ok := attributes.Get("_non_persistent_buffers_set").(*list); ok {
		for _, name := range names.items {
			if name, ok := name.(string); ok {
				left[name] = true
			}
		}
	}
	for _, part := range []string{"_parameters", "_buffers", "_modules"} {
		if d, ok := attributes.Get(part).(*Dict); ok {
			w.all(d, left, prefix, depth)
		}
	}
}

// all collects the tensors of a dict, without those in left, and of the modules in the dict.
func (w *moduleWalk) all(d *Dict, left map[any]bool, prefix string, depth int) {
	for _, k := range d.Keys {
		name, ok := k.(string)
		if !ok {
			continue
		}
		switch v := d.Get(k).(type) {
		case *Tensor:
			if !left[k] {
				w.into.set(prefix+name, v)
			}
		case *object:
			w.module(v, prefix+name+".", depth+1)
		}
	}
}

// isAverage says whether a tensor is the count of averaged models that AveragedModel has in its
// state_dict beside the tensors of the module.
func isAverage(name string) bool { return name == "n_averaged" }

func (c *File) newState(d *Dict) *State {
	s := &State{tensors: map[string]*Tensor{}, unordered: c.unordered}
	shorter := func(name string) string { return strings.ReplaceAll(name, "_orig_mod.", "") }
	prefix := "module."
	for _, k := range d.Keys {
		if name := shorter(k.(string)); !strings.HasPrefix(name, prefix) && !isAverage(name) {
			prefix = ""
		}
	}
	for _, k := range d.Keys {
		name := strings.TrimPrefix(shorter(k.(string)), prefix)
		if s.tensors[name] != nil { // without its prefixes the name is another tensor's
			name = k.(string)
		}
		s.Names = append(s.Names, name)
		s.tensors[name] = d.Get(k).(*Tensor)
	}
	if s.unordered {
		slices.SortStableFunc(s.Names, names.Natural)
	}
	return s
}

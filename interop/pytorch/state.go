package pytorch

import (
	"fmt"
	"slices"
	"strings"
)

// State is a state_dict: the tensors of a network by name, in the order in which its modules were
// made.
type State struct {
	Names   []string // in the order of the modules
	tensors map[string]*Tensor
}

// Tensor returns one by name.
func (s *State) Tensor(name string) (t *Tensor, ok bool) {
	t, ok = s.tensors[name]
	return t, ok
}

// State finds the state_dict: what was saved or, of a dict of several things, what stands under the
// key. Without a key it must be the only one. Where all names begin with "module.", as DataParallel
// has it, that is left out.
func (c *File) State(key string) (*State, error) {
	all, _ := c.Value.(*Dict)
	if all == nil {
		return nil, fmt.Errorf("no state_dict in the checkpoint: want a dict of tensors; save " +
			"net.state_dict()")
	}
	if key == "" && isState(all) {
		return newState(all), nil
	}
	var found []string
	for _, k := range all.Keys {
		if d, ok := all.Get(k).(*Dict); ok && isState(d) {
			found = append(found, fmt.Sprint(k))
		}
	}
	switch {
	case key != "" && slices.Contains(found, key):
	case key == "" && len(found) == 1:
		key = found[0]
	case len(found) == 0:
		return nil, fmt.Errorf("no state_dict in the checkpoint: want a dict of nothing but " +
			"tensors, alone or under a key")
	default:
		return nil, fmt.Errorf("state %q, want the key of one of the dicts of tensors in the "+
			"checkpoint: %s", key, strings.Join(found, ", "))
	}
	d, _ := all.Get(key).(*Dict)
	if d == nil {
		return nil, fmt.Errorf("state %q, want a key that is a string", key)
	}
	return newState(d), nil
}

// isState says whether a dict holds tensors, under strings, and nothing else.
func isState(d *Dict) bool {
	for _, k := range d.Keys {
		_, name := k.(string)
		_, tensor := d.Get(k).(*Tensor)
		if !name || !tensor {
			return false
		}
	}
	return len(d.Keys) > 0
}

func newState(d *Dict) *State {
	prefix := "module."
	for _, k := range d.Keys {
		if !strings.HasPrefix(k.(string), prefix) {
			prefix = ""
		}
	}
	s := &State{tensors: map[string]*Tensor{}}
	for _, k := range d.Keys {
		name := strings.TrimPrefix(k.(string), prefix)
		s.Names = append(s.Names, name)
		s.tensors[name] = d.Get(k).(*Tensor)
	}
	return s
}

package pytorch

import "fmt"

// maker stands for a function or class that a pickle may ask for. It is called with what the pickle
// says, and can do nothing but make a value.
type maker func(m *machine, args tuple) (any, error)

var makers = map[string]maker{
	"collections.OrderedDict":         newDict,
	"torch._utils._rebuild_tensor_v2": rebuildTensor,
	"torch._utils._rebuild_parameter": rebuildParameter,
}

// dtypes are the types of elements by the name that a pickle has for their storages.
var dtypes = map[string]DType{
	"torch.FloatStorage": F32, "torch.DoubleStorage": F64, "torch.HalfStorage": F16,
	"torch.BFloat16Storage": BF16,
	"torch.LongStorage":     I64, "torch.IntStorage": I32, "torch.ShortStorage": I16,
	"torch.CharStorage": I8,
	"torch.ByteStorage": U8, "torch.BoolStorage": Bool,
}

// global pushes the maker or type of a name; any other name is refused.
func (m *machine) global(op byte) error {
	var module, name string
	if op == 0x93 {
		v, err := m.popN(2)
		if err != nil {
			return err
		}
		var ok, also bool
		module, ok = v[0].(string)
		name, also = v[1].(string)
		if !ok || !also {
			return m.wrong("the names of a module and of a thing in it", "other values")
		}
	} else {
		var err error
		if module, err = m.line(); err != nil {
			return err
		}
		if name, err = m.line(); err != nil {
			return err
		}
	}
	full := module + "." + name
	if k, ok := makers[full]; ok && op != 'i' {
		m.push(k)
		return nil
	}
	if t, ok := dtypes[full]; ok && op != 'i' {
		m.push(t)
		return nil
	}
	return &RefusedError{m.at, full}
}

// reduce has a maker make a value.
func (m *machine) reduce() error {
	v, err := m.popN(2)
	if err != nil {
		return err
	}
	k, ok := v[0].(maker)
	args, also := v[1].(tuple)
	if !ok || !also {
		return m.wrong("what makes a tensor or dict, and a tuple", "other values")
	}
	made, err := k(m, args)
	if err != nil {
		return err
	}
	m.push(made)
	return nil
}

// build leaves alone what is said of a dict: of a state_dict it is the versions of its modules.
func (m *machine) build() error {
	v, err := m.popN(2)
	if err != nil {
		return err
	}
	if _, ok := v[0].(*Dict); !ok {
		return m.wrong("a dict", "something else that has attributes")
	}
	m.push(v[0])
	return nil
}

func newDict(m *machine, args tuple) (any, error) {
	if len(args) != 0 {
		return nil, m.wrong("an OrderedDict that begins empty",
			fmt.Sprintf("%d arguments", len(args)))
	}
	return &Dict{}, nil
}

// persistent pushes the storage that ("storage", type, key, device, elements) names.
func (m *machine) persistent() error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	id, ok := v.(tuple)
	if !ok || len(id) != 5 || id[0] != "storage" {
		return m.wrong("the five words of a storage", "something else")
	}
	t, ok := id[1].(DType)
	key, also := id[2].(string)
	n, too := id[4].(int64)
	if !ok || !also || !too {
		return m.wrong("type, key and size of a storage", "other values")
	}
	s, err := m.storages.storage(key, t, n)
	if err != nil {
		return err
	}
	m.push(s)
	return nil
}

// rebuildTensor makes the tensor of (storage, offset, shape, strides, ...); what follows is of
// training.
func rebuildTensor(m *machine, args tuple) (any, error) {
	if len(args) < 4 {
		return nil, m.wrong("storage, offset, shape and strides of a tensor",
			fmt.Sprintf("%d arguments", len(args)))
	}
	s, ok := args[0].(*storage)
	offset, also := args[1].(int64)
	shape, isShape := integers(args[2])
	strides, areStrides := integers(args[3])
	if !ok || !also || !isShape || !areStrides {
		return nil, m.wrong("storage, offset, shape and strides of a tensor", "other values")
	}
	t := &Tensor{Shape: shape, storage: s, offset: offset, strides: strides}
	if want, got := t.check(); want != "" {
		return nil, m.wrong(want, got)
	}
	return t, nil
}

func rebuildParameter(m *machine, args tuple) (any, error) {
	if len(args) > 0 {
		if t, ok := args[0].(*Tensor); ok {
			return t, nil
		}
	}
	return nil, m.wrong("the tensor of a parameter", "something else")
}

// integers are those of a tuple.
func integers(v any) ([]int, bool) {
	t, ok := v.(tuple)
	all := make([]int, len(t))
	for i, e := range t {
		n, is := e.(int64)
		all[i], ok = int(n), ok && is && int64(int(n)) == n
	}
	return all, ok
}

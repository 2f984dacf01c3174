package pytorch

import (
	"fmt"
	"slices"
	"strings"
)

// maker stands for a function or class that a pickle may ask for. It gets the arguments in the
// pickle, and can do nothing but make a value.
type maker func(m *machine, args tuple) (any, error)

var makers map[string]maker

func init() { // apart from the declaration, as one maker looks for others
	makers = map[string]maker{
		"collections.OrderedDict":                    newDict,
		"torch._utils._rebuild_tensor_v2":            rebuildTensor,
		"torch._utils._rebuild_parameter":            rebuildParameter,
		"torch._utils._rebuild_parameter_with_state": rebuildParameter,
		"torch._tensor._rebuild_from_type_v2":        rebuildFromType,
	}
}

// class is the name of a class or function that no maker stands for.
type class string

// object is a value of an unknown class: the attributes and items that the pickle gives it. No code
// of the class is run.
type object struct {
	class class
	state any  // its attributes, as a rule a *Dict
	items Dict // its items, if its class is like a dict
}

// programs are modules of Python, and names in them, that run programs or reach into the machine,
// and that no checkpoint needs. An unknown name is no danger, since nothing is ever called; but a
// file that asks for one of these names was made to harm, and its user should know.
var programs = map[string][]string{
	"os": nil, "posix": nil, "nt": nil, "subprocess": nil, "socket": nil, "shutil": nil, "sys": nil,
	"pty": nil, "commands": nil, "runpy": nil, "importlib": nil, "ctypes": nil, "webbrowser": nil,
	"builtins":    {"eval", "exec", "compile", "open", "__import__", "execfile", "breakpoint"},
	"__builtin__": {"eval", "exec", "compile", "open", "__import__", "execfile", "apply"},
}

// dtypes are the types of elements, by the names of their storages in a pickle.
var dtypes = map[string]DType{
	"torch.FloatStorage": F32, "torch.DoubleStorage": F64, "torch.HalfStorage": F16,
	"torch.BFloat16Storage": BF16,
	"torch.LongStorage":     I64, "torch.IntStorage": I32, "torch.ShortStorage": I16,
	"torch.CharStorage": I8,
	"torch.ByteStorage": U8, "torch.BoolStorage": Bool,
}

// global pushes the maker or type of a name, or its class. A name that stands for a program is
// refused.
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
	names, isProgram := programs[strings.SplitN(module, ".", 2)[0]]
	if op == 'i' || isProgram && (names == nil || slices.Contains(names, name)) {
		return &RefusedError{m.at, full}
	}
	if k, ok := makers[full]; ok {
		m.push(k)
	} else if t, ok := dtypes[full]; ok {
		m.push(t)
	} else {
		m.push(class(full))
	}
	return nil
}

// reduce has a maker make a value, or makes an object of an unknown class, of n values on the
// stack: the class and its arguments.
func (m *machine) reduce(n int) error {
	v, err := m.popN(n)
	if err != nil {
		return err
	}
	args, ok := v[1].(tuple)
	switch k := v[0].(type) {
	case maker:
		if !ok {
			break
		}
		made, err := k(m, args)
		if err != nil {
			return err
		}
		m.push(made)
		return nil
	case class:
		m.push(&object{class: k})
		return nil
	case *object: // the result of an unknown function, called in turn
		m.push(&object{class: k.class})
		return nil
	}
	return m.wrong("what makes a tensor, a dict or an object, and a tuple", "other values")
}

// build gives an object its attributes. Attributes of a dict, like the versions of the modules of a
// state_dict, and of a tensor are left out.
func (m *machine) build() error {
	v, err := m.popN(2)
	if err != nil {
		return err
	}
	switch o := v[0].(type) {
	case *Dict, *Tensor:
	case *object:
		o.state = v[1]
		if pair, ok := v[1].(tuple); ok && len(pair) == 2 { // attributes, and attributes in slots
			o.state = pair[0]
		}
	default:
		return m.wrong("a dict or an object", "something else that has attributes")
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

// persistent pushes the storage that ("storage", type, key, device, elements) names, or the class
// of ("module", class, file, source). Before PyTorch 1.6 a sixth element says which part of another
// storage the storage is.
func (m *machine) persistent() error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	id, ok := v.(tuple)
	if ok && len(id) == 4 && id[0] == "module" {
		m.push(id[1])
		return nil
	}
	if ok && len(id) == 6 && id[5] == nil {
		id = id[:5]
	}
	if !ok || len(id) != 5 || id[0] != "storage" {
		return m.wrong("the five words of a storage", "something else")
	}
	t, ok := id[1].(DType)
	key, also := id[2].(string)
	n, too := id[4].(int64)
	if unknown, is := id[1].(class); is {
		return m.wrong("a storage of floats of 16, 32 or 64 bits, or of integers", string(unknown))
	}
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

// rebuildTensor makes the tensor of (storage, offset, shape, strides, ...). The arguments behind
// these matter in training only.
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

// rebuildFromType makes the tensor of (maker, class, arguments, attributes), which has a class of
// its own or attributes.
func rebuildFromType(m *machine, args tuple) (any, error) {
	if len(args) == 4 {
		k, ok := args[0].(maker)
		inner, also := args[2].(tuple)
		if ok && also {
			return k(m, inner)
		}
	}
	return &object{class: "torch._tensor._rebuild_from_type_v2"}, nil
}

// integers returns the integers of a tuple.
func integers(v any) ([]int, bool) {
	t, ok := v.(tuple)
	all := make([]int, len(t))
	for i, e := range t {
		n, is := e.(int64)
		all[i], ok = int(n), ok && is && int64(int(n)) == n
	}
	return all, ok
}

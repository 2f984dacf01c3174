package onnx

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// This is the plain twin of a runtime. It runs the bytes of a file node by node, by the definitions
// of the operators (github.com/onnx/onnx, docs/Operators.md), and as slowly as they read.

// fields are those of a message by number: varints, and bytes.
type fields struct {
	numbers map[protowire.Number][]int
	bytes   map[protowire.Number][][]byte
}

func parse(t *testing.T, data []byte) fields {
	f := fields{map[protowire.Number][]int{}, map[protowire.Number][][]byte{}}
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		data = data[n:]
		switch kind {
		case protowire.VarintType:
			v, m := protowire.ConsumeVarint(data)
			f.numbers[number], n = append(f.numbers[number], int(v)), m
		case protowire.BytesType:
			v, m := protowire.ConsumeBytes(data)
			f.bytes[number], n = append(f.bytes[number], v), m
		default:
			t.Fatalf("field %d of type %d", number, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		data = data[n:]
	}
	return f
}

// array is a tensor at work, row-major.
type array struct {
	shape []int
	v     []float64
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// made is an array whose element at an index is f(index).
func made(shape []int, f func(at []int) float64) array {
	a := array{shape, make([]float64, product(shape))}
	at := make([]int, len(shape))
	for i := range a.v {
		a.v[i] = f(at)
		for d := len(at) - 1; d >= 0; d-- {
			if at[d]++; at[d] < shape[d] {
				break
			}
			at[d] = 0
		}
	}
	return a
}

// at is the element at an index. The array may lack some of the first dimensions, and dimensions of
// size 1 are repeated.
func (a array) at(index ...int) float64 {
	index = index[len(index)-len(a.shape):]
	i := 0
	for d, n := range a.shape {
		i *= n
		if n > 1 {
			i += index[d]
		}
	}
	return a.v[i]
}

// interpret runs a file on frames, whose dimension 1 is the batch, and returns the logits.
func interpret(t *testing.T, file []byte, shape []int, frames []float32) []float32 {
	g := parse(t, parse(t, file).bytes[7][0])
	values := map[string]array{"frames": made(shape, func([]int) float64 { return 0 })}
	for i, v := range frames {
		values["frames"].v[i] = float64(v)
	}
	for _, raw := range g.bytes[5] {
		c := parse(t, raw)
		a := array{shape: c.numbers[1], v: make([]float64, product(c.numbers[1]))}
		for k, data := 0, c.bytes[9][0]; k < len(a.v); k++ {
			if c.numbers[2][0] == int64Type {
				a.v[k] = float64(int64(binary.LittleEndian.Uint64(data[8*k:])))
			} else {
				a.v[k] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*k:])))
			}
		}
		values[string(c.bytes[8][0])] = a
	}
	for _, raw := range g.bytes[1] {
		n := parse(t, raw)
		op := operator{t: t, kind: string(n.bytes[4][0]), outputs: len(n.bytes[2]),
			a: map[string][]int{}}
		for _, name := range n.bytes[1] {
			in, ok := values[string(name)]
			if !ok {
				t.Fatalf("%s of %q, which no node before it makes", op.kind, name)
			}
			op.in = append(op.in, in)
		}
		for _, raw := range n.bytes[5] {
			a := parse(t, raw)
			op.a[string(a.bytes[1][0])] = append(a.numbers[3], a.numbers[8]...)
		}
		out := op.run()
		for i, name := range n.bytes[2] {
			if _, twice := values[string(name)]; twice {
				t.Fatalf("%s makes %q, which is there", op.kind, name)
			}
			values[string(name)] = out[i]
		}
	}
	var logits []float32
	for _, v := range values["logits"].v {
		logits = append(logits, float32(v))
	}
	return logits
}

// operator is a node at work.
type operator struct {
	t       *testing.T
	kind    string
	in      []array
	outputs int
	a       map[string][]int
}

func (o operator) run() []array {
	x := o.in[0]
	switch o.kind {
	case "Add":
		return o.elements(func(v []float64) float64 { return float64(float32(v[0] + v[1])) })
	case "Sub":
		return o.elements(func(v []float64) float64 { return float64(float32(v[0] - v[1])) })
	case "Mul":
		return o.elements(func(v []float64) float64 { return float64(float32(v[0] * v[1])) })
	case "GreaterOrEqual":
		return o.elements(func(v []float64) float64 {
			if v[0] >= v[1] {
				return 1
			}
			return 0
		})
	case "Where":
		return o.elements(func(v []float64) float64 {
			if v[0] != 0 {
				return v[1]
			}
			return v[2]
		})
	case "Cast":
		return []array{x}
	case "Reshape":
		var shape []int
		for _, d := range o.in[1].v {
			shape = append(shape, int(d))
		}
		if i := slices.Index(shape, -1); i >= 0 {
			shape[i] = -len(x.v) / product(shape)
		}
		if product(shape) != len(x.v) {
			o.t.Fatalf("Reshape of %v to %v", x.shape, shape)
		}
		return []array{{shape, x.v}}
	case "Transpose":
		perm := o.a["perm"]
		shape := make([]int, len(perm))
		for i, p := range perm {
			shape[i] = x.shape[p]
		}
		return []array{made(shape, func(at []int) float64 {
			from := make([]int, len(at))
			for i, p := range perm {
				from[p] = at[i]
			}
			return x.at(from...)
		})}
	case "Split":
		return o.split()
	case "Concat":
		return o.concat()
	case "ReduceMean":
		return o.reduce(o.a["axes"], true)
	case "ReduceSum":
		return o.reduce([]int{int(o.in[1].v[0])}, false)
	case "Softmax":
		return o.softmax()
	case "MatMul":
		return o.matMul()
	case "Gemm":
		return o.gemm()
	case "Conv":
		return o.conv()
	case "MaxPool", "AveragePool", "GlobalAveragePool":
		return o.pool()
	}
	o.t.Fatalf("operator %s", o.kind)
	return nil
}

// elements applies f to the elements at one place, the shapes being broadcast.
func (o operator) elements(f func(v []float64) float64) []array {
	var shape []int
	for _, a := range o.in {
		for len(shape) < len(a.shape) {
			shape = slices.Insert(shape, 0, 1)
		}
		for i, d := range a.shape {
			k := len(shape) - len(a.shape) + i
			if d != 1 && shape[k] != 1 && d != shape[k] {
				o.t.Fatalf("%s of %v and %v", o.kind, shape, a.shape)
			}
			shape[k] = max(shape[k], d)
		}
	}
	v := make([]float64, len(o.in))
	return []array{made(shape, func(at []int) float64 {
		for i, a := range o.in {
			v[i] = a.at(at...)
		}
		return f(v)
	})}
}

func (o operator) split() (all []array) {
	x, axis := o.in[0], o.a["axis"][0]
	shape := slices.Clone(x.shape)
	shape[axis] /= o.outputs
	for i := range o.outputs {
		all = append(all, made(shape, func(at []int) float64 {
			from := slices.Clone(at)
			from[axis] += i * shape[axis]
			return x.at(from...)
		}))
	}
	return all
}

// concat is along axis 0.
func (o operator) concat() []array {
	y := array{shape: slices.Clone(o.in[0].shape)}
	y.shape[0] = 0
	for _, x := range o.in {
		y.shape[0] += x.shape[0]
		y.v = append(y.v, x.v...)
	}
	return []array{y}
}

func (o operator) reduce(axes []int, mean bool) []array {
	x := o.in[0]
	kept := slices.Clone(x.shape)
	count := 1.
	for _, a := range axes {
		count *= float64(kept[a])
		kept[a] = 1
	}
	y := made(kept, func([]int) float64 { return 0 })
	made(x.shape, func(at []int) float64 {
		i := 0
		for d, n := range kept {
			i *= n
			if n > 1 {
				i += at[d]
			}
		}
		y.v[i] += x.at(at...)
		return 0
	})
	for i := range y.v {
		if mean {
			y.v[i] /= count
		}
	}
	if k := o.a["keepdims"]; len(k) > 0 && k[0] == 0 {
		for i := len(axes) - 1; i >= 0; i-- {
			y.shape = slices.Delete(y.shape, axes[i], axes[i]+1)
		}
	}
	return []array{y}
}

// softmax is along an axis.
func (o operator) softmax() []array {
	x, axis := o.in[0], o.a["axis"][0]
	return []array{made(x.shape, func(at []int) float64 {
		var sum float64
		other := slices.Clone(at)
		for other[axis] = range x.shape[axis] {
			sum += math.Exp(x.at(other...) - x.at(at...))
		}
		return 1 / sum
	})}
}

func (o operator) matMul() []array {
	a, b := o.in[0], o.in[1]
	n := len(a.shape)
	shape := append(slices.Clone(a.shape[:n-1]), b.shape[len(b.shape)-1])
	return []array{made(shape, func(at []int) (sum float64) {
		left, right := slices.Clone(at), slices.Clone(at)
		for k := range a.shape[n-1] {
			left[n-1], right[n-2] = k, k
			sum += a.at(left...) * b.at(right...)
		}
		return sum
	})}
}

// gemm is x * the transpose of the weight + bias.
func (o operator) gemm() []array {
	x, w := o.in[0], o.in[1]
	return []array{made([]int{x.shape[0], w.shape[0]}, func(at []int) (sum float64) {
		for k := range x.shape[1] {
			sum += x.at(at[0], k) * w.at(at[1], k)
		}
		if len(o.in) > 2 {
			sum += o.in[2].at(at[1])
		}
		return sum
	})}
}

func (o operator) conv() []array {
	x, w := o.in[0], o.in[1]
	stride, pad, dilation, groups := o.a["strides"], o.a["pads"], o.a["dilations"], o.a["group"][0]
	side := func(axis int) int {
		reach := dilation[axis] * (w.shape[2+axis] - 1)
		return (x.shape[2+axis]+pad[axis]+pad[2+axis]-reach-1)/stride[axis] + 1
	}
	inputs, outputs := x.shape[1]/groups, w.shape[0]/groups
	if inputs != w.shape[1] {
		o.t.Fatalf("weights %v in %d groups of %v", w.shape, groups, x.shape)
	}
	return []array{
		made([]int{x.shape[0], w.shape[0], side(0), side(1)}, func(at []int) (sum float64) {
			for c := range inputs {
				for i := range w.shape[2] {
					for j := range w.shape[3] {
						y, z := at[2]*stride[0]+i*dilation[0]-pad[0],
							at[3]*stride[1]+j*dilation[1]-pad[1]
						if y >= 0 && z >= 0 && y < x.shape[2] && z < x.shape[3] {
							sum += x.at(at[0], at[1]/outputs*inputs+c, y, z) * w.at(at[1], c, i, j)
						}
					}
				}
			}
			if len(o.in) > 2 {
				sum += o.in[2].at(at[1])
			}
			return float64(float32(sum))
		})}
}

func (o operator) pool() []array {
	x := o.in[0]
	high, wide, stride, pad := x.shape[2], x.shape[3], []int{1, 1}, []int{0, 0}
	if o.kind != "GlobalAveragePool" {
		high, wide, stride, pad = o.a["kernel_shape"][0], o.a["kernel_shape"][1], o.a["strides"],
			o.a["pads"]
	}
	shape := []int{x.shape[0], x.shape[1], (x.shape[2]+2*pad[0]-high)/stride[0] + 1,
		(x.shape[3]+2*pad[1]-wide)/stride[1] + 1}
	return []array{made(shape, func(at []int) float64 {
		sum, most := 0., math.Inf(-1)
		for i := range high {
			for j := range wide {
				y, z := at[2]*stride[0]+i-pad[0], at[3]*stride[1]+j-pad[1]
				if y >= 0 && z >= 0 && y < x.shape[2] && z < x.shape[3] {
					v := x.at(at[0], at[1], y, z)
					sum, most = sum+v, max(most, v)
				}
			}
		}
		if o.kind == "MaxPool" {
			return most
		}
		return sum / float64(high*wide)
	})}
}

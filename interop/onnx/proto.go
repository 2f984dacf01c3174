package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message under construction: the bytes of its fields. The numbers of fields
// in this file come from onnx.proto.
type message []byte

func (m message) integer(field protowire.Number, v int) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) bytes(field protowire.Number, v []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), v)
}

func (m message) text(field protowire.Number, v string) message { return m.bytes(field, []byte(v)) }

// These are types of elements (TensorProto.DataType).
const (
	floatType = 1
	int64Type = 7
)

// tensor is a TensorProto of a type, whose elements are little-endian.
func tensor(name string, dtype int, shape []int, data []byte) message {
	var m message
	for _, d := range shape {
		m = m.integer(1, d)
	}
	return m.integer(2, dtype).text(8, name).bytes(9, data)
}

func floats(v []float32) (data []byte) {
	for _, x := range v {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	return data
}

func int64s(v []int) (data []byte) {
	for _, x := range v {
		data = binary.LittleEndian.AppendUint64(data, uint64(x))
	}
	return data
}

// attribute is an attribute of a node: a whole number or a list of them.
type attribute struct {
	name   string
	values []int
	list   bool
}

func number(name string, v int) attribute     { return attribute{name, []int{v}, false} }
func numbers(name string, v ...int) attribute { return attribute{name, v, true} }

// proto is the AttributeProto.
func (a attribute) proto() message {
	m := message{}.text(1, a.name)
	if !a.list {
		return m.integer(3, a.values[0]).integer(20, 2) // INT
	}
	for _, v := range a.values {
		m = m.integer(8, v)
	}
	return m.integer(20, 7) // INTS
}

// port is the ValueInfoProto of an input or output of the graph, in float32. A dimension is a
// number or a name.
func port(name string, shape ...any) message {
	var dims message
	for _, d := range shape {
		switch d := d.(type) {
		case int:
			dims = dims.bytes(1, message{}.integer(1, d))
		case string:
			dims = dims.bytes(1, message{}.text(2, d))
		}
	}
	kind := message{}.integer(1, floatType).bytes(2, dims)
	return message{}.text(1, name).bytes(2, message{}.bytes(1, kind))
}

// Package onnx writes a trained network as an ONNX graph (github.com/onnx/onnx, docs/IR.md and
// onnx/onnx.proto; operator set 17), which other programs run. ONNX has no neurons and no state, so
// the graph is unrolled over time: every timestep of every layer of neurons is a few nodes.
//
//	frames [T, batch, C, H, W]float32 -> logits [batch, classes]float32
//
// T is the number of timesteps of the first stage; batch is any number. Layers without state get
// [T*batch, C, H, W].
package onnx

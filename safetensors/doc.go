// Package safetensors reads and writes the file format of that name (https://github.com/huggingface/safetensors), in
// which PyTorch users exchange tensors:
//
//	| N 8, little-endian | N bytes of JSON, padded with spaces | tensors, little-endian, row-major |
//
// The JSON is {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [from, to]}, ..., "__metadata__": {"key": "value"}} with offsets
// counted from the end of the JSON. The tensors lie side by side without gaps.
package safetensors

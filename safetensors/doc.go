// Package safetensors reads and writes the file format of that name (https://github.com/huggingface/safetensors), in
// which PyTorch users exchange tensors:
//
//	| N 8, little-endian | N bytes of JSON, padded with spaces | tensors, little-endian, row-major |
//
// The JSON is {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [from, to]}, ...,
// "__metadata__": {"key": "value"}} with offsets counted from the end of the JSON. The tensors lie
// side by side without gaps.
//
// Files that this package writes have a SHA-256 of their contents in the metadata, under "sha256"
// (see digest.go). It is an error to read a file whose contents do not fit it: a flipped bit in a
// weight would make another network, and nothing else would show it.
package safetensors

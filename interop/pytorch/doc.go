// Package pytorch reads checkpoints of PyTorch, and takes the networks in them over: those of the
// PyTorch reference, of SpikingJelly and snnTorch, and convolutions of any network that is built as
// ours are.
//
// A checkpoint that torch.save writes since PyTorch 1.6 is a zip archive whose entries are stored,
// not compressed:
//
//	NAME/data.pkl     a pickle of dicts and lists, whose tensors state their storage, offset,
//	                  shape and strides
//	NAME/data/0, ...  the storages, little-endian
//	NAME/byteorder    "little", since PyTorch 2.1
//
// The form before that, TorchScript, modules that were saved as a whole, and .safetensors are read
// too.
//
// A pickle is a program, and Python's own interpreter of it calls whatever function the file names.
// That of this package knows dicts, lists, tuples, strings, numbers and tensors, and calls nothing:
// of an object of any other class it keeps what the file says of its attributes, which is enough to
// find the tensors of a module. A file that asks for what runs programs is refused by its name.
// What a file can make it allocate is bounded by its size and by fixed limits; a storage is read
// when a network takes it.
//
// What a checkpoint does not hold is how its neurons were configured and in which order its layers
// are used: see [Mapping]. A .safetensors does not even hold the order in which they were made.
package pytorch

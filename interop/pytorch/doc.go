// Package pytorch reads checkpoints of PyTorch and loads the networks in them: those of the PyTorch
// reference, of SpikingJelly, snnTorch and sinabs, and any network of layers that package snn has.
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
// The interpreter of this package knows dicts, lists, tuples, strings, numbers and tensors, and
// calls nothing. Of an object of any other class it keeps the attributes that the file gives, which
// is enough to find the tensors of a module. It refuses a file that asks for a function that runs
// programs, and names the function. The size of the file and fixed limits bound the memory that a
// file can make it allocate; a storage is read when a network needs it.
//
// A checkpoint does not hold how its neurons were configured and in which order its layers are
// used: see [Mapping]. A .safetensors does not even hold the order in which the layers were made.
package pytorch

// Package hdf5 reads HDF5 files, in bounded memory and as far as recordings and graphs of networks
// need it ("HDF5 File Format Specification", version 3.0, of the HDF Group). It also writes small
// groups and arrays (see Encode). It supports:
//
//	superblock     versions 0 to 3
//	groups         symbol tables, links in object headers, links in fractal heaps; hard links
//	datatypes      integers, IEEE floats, enumerations, text, and structures of these
//	datasets       of up to eight dimensions, or a single value: compact, contiguous, chunked
//	chunk indexes  single, implicit, fixed array, extensible array, B-trees of version 1 and 2
//	filters        deflate, shuffle, Fletcher-32, LZF, Blosc, LZ4, bitshuffle, Zstandard, ECF
//
// A file that needs any other feature is refused with an error that names the feature. Metadata
// with a checksum is verified. No input makes the package panic, read in a circle, or hold more
// memory than one chunk of each dataset that is read and the metadata on the way to it.
package hdf5

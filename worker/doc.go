// Package worker answers the calls of another program, as the Python package, over a pipe: it reads
// recordings, makes frames, runs networks, feeds data loaders and trains.
//
// Both sides send messages:
//
//	| N 4, little-endian | M 8, little-endian | N bytes of JSON | M bytes of an array |
//
// A call names what it wants under "do", with its arguments beside it; the array, where it has one,
// is a recording, events, frames or labels. Exactly one reply ends a call. It has "error" and
// "kind" where the call failed, and then nothing else that counts. The replies before the last one
// of a call have "more": the chunks of a stream ("want" asks the caller for bytes of it) and the
// epochs of a training.
//
// An array that is short comes behind its reply. A longer one is written to a segment of memory,
// which the reply names under "block" and the caller maps, too. When the array is gone the caller
// says so, with the number of the segment under "free" of its next call, and the segment is written
// to again; those that the worker has closed are under "gone" of a reply. See [block].
//
// Events are 16 bytes: time in us (int64), x, y (uint16), polarity (1 byte), 3 bytes of padding;
// little-endian, as Event lies in the memory of all machines that Go and NumPy share.
//
// A worker answers one call at a time. At the end of its input it ends, and a training with it.
package worker

// Package worker answers the calls of another program, such as the Python package, over a pipe: it
// reads recordings, makes frames, runs networks, feeds data loaders and trains.
//
// Both sides send messages:
//
//	| N 4, little-endian | M 8, little-endian | N bytes of JSON | M bytes of an array |
//
// A call has its name under "do", with its arguments beside it; the array, if it has one, is a
// recording, events, frames or labels. Exactly one reply ends a call. If the call failed, it has
// "error" and "kind", and nothing else in it counts. The replies before the last one of a call have
// "more": the chunks of a stream ("want" asks the caller for bytes of it) and the epochs of a
// training.
//
// A short array follows its reply. A longer one is written to a segment of memory, which the reply
// names under "block" and the caller maps too. When the caller does not need the array any more,
// its next call has the number of the segment under "free", and the segment is written to again. A
// reply has the numbers of segments that the worker has closed under "gone". See [block].
//
// Events are 16 bytes: time in us (int64), x, y (uint16), polarity (1 byte), 3 bytes of padding;
// little-endian, as Event lies in the memory of all machines that Go and NumPy share.
//
// A worker answers one call at a time. At the end of its input it ends, and a training with it.
package worker

// Package events reads and writes recordings of event cameras: what happened at which pixel when.
//
// [Open] finds out a file's format from its content. A [Reader] yields the events in the order in
// which they are stored, which is that of time, in bounded memory; nothing is dropped or repaired
// on the way, and what makes no sense is a [FormatError] that says where. The events before it are
// good. [Options] settle what the readers of a format disagree about. A [Window] is a part of a
// recording, by time, which most formats seek. [NewWriter] writes.
package events

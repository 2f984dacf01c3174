// Package events reads and writes recordings of event cameras. An event says that one pixel became
// brighter or darker, and when.
//
// [Open] finds out a file's format from its content. A [Reader] yields the events in the order in
// which the file stores them, which is the order of their times, in bounded memory. A reader drops
// and repairs nothing unless [Options] ask for it. Data that break the rules of the format give a
// [FormatError], which says where; the events before the error are good. [Options] also settle the
// points on which other programs that read the same format disagree. A [Window] is a part of a
// recording, by time; most formats can be sought for its beginning. [NewWriter] writes recordings.
package events

// Package events reads recordings of event cameras: what happened at which pixel when.
//
// [Open] finds out a file's format from its content. A [Reader] yields the events in the order in which they are stored, which is
// that of time; nothing is dropped or repaired on the way, and what makes no sense is a [FormatError].
package events

// Package frames makes frames of events: T images of a recording, by default the number of events
// of each pixel and polarity in each timestep.
//
// A [Config] says which events a frame is made of ([Split]), what becomes of them ([Values]) and
// which pixels it has. An [Integrator] makes the frames of many recordings with memory that it
// keeps.
package frames

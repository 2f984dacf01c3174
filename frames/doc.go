// Package frames integrates events into frames: images that count, for each pixel and polarity, the events of one timestep.
package frames

// Package train trains a network on integrated recordings: loss, optimisers, learning-rate
// schedules, the loop over epochs, checkpoints and the run folder.
//
// A run is a function of its recipe and seed alone. Order and augmentation of the samples are drawn
// from (seed, epoch, sample), sums have a fixed order, so the number of threads, an interruption
// and a resumption change no bit.
package train

// Package dataset feeds a network with labelled recordings: it knows how sets lie in folders,
// integrates every recording into frames once, and fills batches with them, augmented at random in
// a way that a seed fixes.
package dataset

//go:build !mpi || !linux

package main

import "ssnn/internal/collective"

// joinFlags are those of a program that is built for MPI.
type joinFlags struct{}

// join makes this process one of those that train together: it is the only one.
func (joinFlags) join(console, int) (g collective.Group, end func() error, err error) {
	return collective.Alone(), func() error { return nil }, nil
}

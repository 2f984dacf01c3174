// Package mpi provides the group of processes that an MPI launcher, mpirun or srun, has started.
// The MPI library is loaded when the program starts, without cgo, so that one program runs with
// Open MPI, MPICH, and any library that has the standard binary interface of MPI 5. The package has
// code only in programs that are built for Linux with -tags mpi, which are linked dynamically.
//
// One thread makes all MPI calls (MPI_THREAD_FUNNELED), and only non-blocking operations are used.
// Two groups of the same processes therefore make progress at the same time, and no thread spins
// for long while it waits: the cores are needed for the training.
package mpi

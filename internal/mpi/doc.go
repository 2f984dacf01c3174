// Package mpi is a group of the processes that an MPI launcher, mpirun or srun, has started. The
// library of MPI is loaded when the program starts, without cgo, so that one program runs with Open
// MPI, MPICH, and whatever has the standard binary interface of MPI 5. It is there in programs that
// are built for Linux with -tags mpi, which are linked dynamically.
//
// MPI is called by one thread (MPI_THREAD_FUNNELED) and only by operations that do not block, so
// that two groups beside each other make progress at the same time, and nothing spins for long
// while it waits: a core is the network's that is trained on it.
package mpi

//go:build mpi && linux

package mpi

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is a loaded MPI library.
type library struct {
	abi
	file string

	initThread, finalize, abort, commRank, commSize, commDup uintptr
	iallgather, ialltoall, test                              uintptr

	flag int32 // MPI_Test writes it
}

// handle is memory for a handle that MPI writes.
type handle uint64

func open(path string) (*library, error) {
	at, name, err := load(path)
	if err != nil {
		return nil, err
	}
	l := &library{file: name}
	if l.abi, err = abiOf(at, name); err != nil {
		return nil, err
	}
	for symbol, to := range map[string]*uintptr{
		"MPI_Init_thread": &l.initThread, "MPI_Finalize": &l.finalize, "MPI_Abort": &l.abort,
		"MPI_Comm_rank": &l.commRank, "MPI_Comm_size": &l.commSize, "MPI_Comm_dup": &l.commDup,
		"MPI_Iallgather": &l.iallgather, "MPI_Ialltoall": &l.ialltoall, "MPI_Test": &l.test,
	} {
		if *to, err = purego.Dlsym(at, symbol); err != nil {
			return nil, fmt.Errorf("%s is no library of MPI 3 or later: %w", name, err)
		}
	}
	return l, nil
}

// call calls a function of MPI, and returns an error if its result is not 0. After most errors MPI
// itself ends the program.
//
//go:uintptrescapes
func call(what string, function uintptr, args ...uintptr) error {
	if code, _, _ := purego.SyscallN(function, args...); int32(code) != 0 {
		return fmt.Errorf("%s: error %d", what, int32(code))
	}
	return nil
}

// value is a handle as the argument of a call.
func (l *library) value(h handle) uintptr {
	if l.narrow {
		return uintptr(uint32(h))
	}
	return uintptr(h)
}

// begin starts MPI for calls from this thread only.
func (l *library) begin() error {
	given := new(int32)
	return call("MPI_Init_thread", l.initThread, 0, 0, l.funneled, uintptr(unsafe.Pointer(given)))
}

// rankAndSize returns the rank of this process and the number of all processes.
func (l *library) rankAndSize() (rank, size int, err error) {
	at := new([2]int32)
	err = call("MPI_Comm_rank", l.commRank, l.world, uintptr(unsafe.Pointer(&at[0])))
	if err == nil {
		err = call("MPI_Comm_size", l.commSize, l.world, uintptr(unsafe.Pointer(&at[1])))
	}
	return int(at[0]), int(at[1]), err
}

// duplicate makes another communicator of the same processes.
func (l *library) duplicate(comm handle) (handle, error) {
	made := new(handle)
	err := call("MPI_Comm_dup", l.commDup, l.value(comm), uintptr(unsafe.Pointer(made)))
	return *made, err
}

// start starts an operation that exchanges count bytes with each process.
func (l *library) start(what string, function uintptr, out, in []byte, count int, comm handle,
	request *handle) error {

	if count > math.MaxInt32 {
		return fmt.Errorf("%s of %d bytes a process, want at most 2 GiB", what, count)
	}
	n := uintptr(count)
	return call(what, function, address(in), n, l.byteType, address(out), n, l.byteType,
		l.value(comm), uintptr(unsafe.Pointer(request)))
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// done reports whether an operation has ended.
func (l *library) done(request *handle) (bool, error) {
	err := call("MPI_Test", l.test, uintptr(unsafe.Pointer(request)),
		uintptr(unsafe.Pointer(&l.flag)), l.ignoreStatus)
	return l.flag != 0, err
}

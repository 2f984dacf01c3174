//go:build mpi && linux

package mpi

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ebitengine/purego"
)

// abi holds the values in which the binary interfaces of MPI libraries differ.
type abi struct {
	name         string
	narrow       bool    // handles have 4 bytes, and are not pointers
	world        uintptr // MPI_COMM_WORLD
	byteType     uintptr // MPI_BYTE
	ignoreStatus uintptr // MPI_STATUS_IGNORE
	funneled     uintptr // MPI_THREAD_FUNNELED
}

// The handles of MPI 5 are those of section "Application Binary Interface" of the standard (mpi.h
// of mpi-forum/mpi-abi-stubs). The handles of MPICH are fixed by its ABI initiative (mpi.h of MPICH
// 3 and 4). Open MPI's handles are the addresses of symbols.
var (
	mpi5  = abi{"MPI 5", false, 0x101, 0x247, 0, 1024}
	mpich = abi{"MPICH", true, 0x44000000, 0x4c00010d, 1, 1}
)

// launchers are the launchers that work with one library only: a variable that they set for each
// process, the variable for the number of processes if there is one, and the library.
var launchers = []struct {
	variable, size string
	libraries      []string
}{
	{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", openMPI},
	{"PMIX_RANK", "", openMPI},
	{"PMI_RANK", "PMI_SIZE", mpichs},
}

var (
	openMPI = []string{"libmpi.so.40", "libmpi.so"}
	mpichs  = []string{"libmpich.so.12", "libmpi.so.12", "libmpi.so"}
)

// candidates lists the names of libraries to try, the likeliest first.
func candidates() (all []string) {
	all = append(all, "libmpi_abi.so.1", "libmpi_abi.so.0", "libmpi_abi.so")
	for _, l := range launchers {
		if os.Getenv(l.variable) != "" {
			all = append(all, l.libraries...)
		}
	}
	for _, name := range slices.Concat(openMPI, mpichs) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// launched is the number of processes that the launcher says it has started, or "" if it does not
// say the number.
func launched() string {
	for _, l := range launchers {
		if l.size != "" && os.Getenv(l.size) != "" {
			return os.Getenv(l.size)
		}
	}
	return ""
}

// load opens an MPI library: the one at the path, or, if the path is "", the first one that is
// found.
func load(path string) (handle uintptr, name string, err error) {
	names := candidates()
	if path != "" {
		names = []string{path}
	}
	for _, name := range names {
		handle, err = purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err == nil {
			return handle, name, nil
		}
	}
	if path != "" {
		return 0, "", fmt.Errorf("no MPI: %w", err)
	}
	return 0, "", errors.New("no MPI: none of the libraries " + strings.Join(names, ", ") +
		" can be loaded; --mpi-library says where it is")
}

// abiOf finds out which binary interface a library has.
func abiOf(handle uintptr, name string) (abi, error) {
	if strings.Contains(name, "mpi_abi") {
		return mpi5, nil
	}
	world, err := purego.Dlsym(handle, "ompi_mpi_comm_world")
	if err != nil {
		return mpich, nil
	}
	bytes, err := purego.Dlsym(handle, "ompi_mpi_byte")
	return abi{name: "Open MPI", world: world, byteType: bytes, funneled: 1}, err
}

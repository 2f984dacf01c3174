//go:build unix

package pages

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

const elementSize = 4

func reserve(n int) []float32 {
	if n == 0 {
		return nil
	}
	b, err := unix.Mmap(-1, 0, n*elementSize, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		// Go's own allocator also ends the program if the system has no memory left.
		panic(fmt.Sprintf("out of memory: %d MiB: %v", n*elementSize>>20, err))
	}
	advise(b)
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), n)
}

func release(x []float32) {
	if len(x) == 0 {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*elementSize)
	if err := unix.Munmap(b[:len(b):len(b)]); err != nil {
		panic(err) // unmapping memory that reserve has mapped cannot fail
	}
}

package pages

import "golang.org/x/sys/unix"

// advise asks the system for huge pages. A system without them ignores it.
func advise(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }

package memory

import "golang.org/x/sys/unix"

// physical is the machine's memory in bytes, or 0 if it is not known.
func physical() uint64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

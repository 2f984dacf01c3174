//go:build !linux && !darwin

package memory

// physical is 0, because these systems are not asked for their memory.
func physical() uint64 { return 0 }

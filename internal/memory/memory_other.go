//go:build !linux && !darwin

package memory

// physical is 0, as these systems are not asked.
func physical() uint64 { return 0 }

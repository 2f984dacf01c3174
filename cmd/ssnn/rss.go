package main

import (
	"fmt"
	"os"
	"strings"
)

// peakRSS returns the largest amount of memory that the process has had, in MiB, or 0 without
// /proc.
func peakRSS() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return 0
	}
	var kib float64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		return 0
	}
	return kib / 1024
}

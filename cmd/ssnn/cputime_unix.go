//go:build unix

package main

import "syscall"

// cpuTime returns the time in s that all threads of the process have run, or 0 if the system does
// not say. Other programs on the same machine change it less than the time that has passed.
func cpuTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

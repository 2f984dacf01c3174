//go:build unix

package main

import "syscall"

// cpuTime is the seconds that all threads of the process have run, which other programs on the same
// machine change less than they do the time that has passed; 0 where the system does not say.
func cpuTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

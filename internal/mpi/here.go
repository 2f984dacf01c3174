//go:build mpi && linux

package mpi

import (
	"encoding/json"
	"os"

	"golang.org/x/sys/unix"

	"ssnn/internal/collective"
)

// Places returns where each process of the group runs. threads is the number of threads that this
// process computes with.
func Places(g collective.Group, threads int) ([]Place, error) {
	own := Place{Threads: threads}
	own.Host, _ = os.Hostname()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err == nil {
		for core := range len(set) * 64 {
			if set.IsSet(core) {
				own.Cores = append(own.Cores, core)
			}
		}
	}
	own.All = online()
	text, err := json.Marshal(own)
	if err != nil {
		return nil, err
	}
	texts, err := collective.GatherBytes(g, text)
	if err != nil {
		return nil, err
	}
	all := make([]Place, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// online is the number of cores of the host.
func online() int {
	entries, err := os.ReadDir("/sys/devices/system/cpu")
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if _, err := os.Stat("/sys/devices/system/cpu/" + e.Name() + "/topology"); err == nil {
			n++
		}
	}
	return n
}

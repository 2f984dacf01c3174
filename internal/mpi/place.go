package mpi

import (
	"fmt"
	"slices"
	"strings"
)

// Place describes where a process runs.
type Place struct {
	Host    string
	Cores   []int // the cores that the process may use
	All     int   // number of cores of the host
	Threads int   // number of threads that the process computes with
}

// Remarks lists reasons why a training at these places is slow: threads that share cores, because
// all processes wait for the slowest one, and cores that no process may use. all are the places of
// the processes in the order of their ranks.
func Remarks(all []Place) (remarks []string) {
	var hosts []string
	on := map[string][]int{}
	for rank, p := range all {
		if on[p.Host] == nil {
			hosts = append(hosts, p.Host)
		}
		on[p.Host] = append(on[p.Host], rank)
	}
	for _, host := range hosts {
		if r := remark(all, host, on[host]); r != "" {
			remarks = append(remarks, r)
		}
	}
	return remarks
}

// remark is the remark on the processes of a host, given by their ranks, or "" if there is none.
func remark(all []Place, host string, ranks []int) string {
	threads, users := 0, map[int]int{} // users is how many processes may use a core
	for _, rank := range ranks {
		threads += all[rank].Threads
		for _, core := range all[rank].Cores {
			users[core]++
		}
	}
	shared := func(core int) bool { return users[core] > 1 }
	var sharing []string
	for _, rank := range ranks {
		if slices.ContainsFunc(all[rank].Cores, shared) {
			sharing = append(sharing, fmt.Sprint(rank))
		}
	}
	cores, of := len(users), all[ranks[0]].All
	switch {
	case len(sharing) > 1 && threads > cores:
		return fmt.Sprintf("processes %s share the cores of host %s, %d threads on %d cores, and "+
			"each waits for the slowest: want one process a host (mpirun --map-by ppr:1:node "+
			"--bind-to none, or -ppn 1, or srun --ntasks-per-node=1), cores of its own for each, "+
			"or --threads %d", strings.Join(sharing, ", "), host, threads, cores,
			max(1, cores/len(ranks)))
	case of > cores && threads <= cores:
		return fmt.Sprintf("%d of the %d cores of host %s are not used, as the launcher has bound "+
			"its processes to others: mpirun --bind-to none lets them use all", of-cores, of, host)
	}
	return ""
}

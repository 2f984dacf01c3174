package mpi

import (
	"fmt"
	"slices"
	"strings"
)

// Place is where a process runs.
type Place struct {
	Host    string
	Cores   []int // that it may use
	All     int   // cores of the host
	Threads int   // that it computes with
}

// Remarks says what of the places of all processes, in their order, makes a training slow: threads
// that share cores, as each waits for the slowest of all, and cores that nobody may use.
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
		threads, cores := 0, map[int]int{} // and how many processes may use each
		for _, rank := range on[host] {
			threads += all[rank].Threads
			for _, core := range all[rank].Cores {
				cores[core]++
			}
		}
		var ranks []string
		for _, rank := range on[host] {
			if slices.ContainsFunc(all[rank].Cores, func(core int) bool { return cores[core] > 1 }) {
				ranks = append(ranks, fmt.Sprint(rank))
			}
		}
		switch idle := all[on[host][0]].All - len(cores); {
		case len(ranks) > 1 && threads > len(cores):
			remarks = append(remarks, fmt.Sprintf("processes %s share the cores of host %s, %d threads "+
				"on %d cores, and each waits for the slowest: want one process a host (mpirun "+
				"--map-by ppr:1:node --bind-to none, or -ppn 1, or srun --ntasks-per-node=1), cores "+
				"of its own for each, or --threads %d", strings.Join(ranks, ", "), host, threads,
				len(cores), max(1, len(cores)/len(on[host]))))
		case idle > 0 && threads <= len(cores):
			remarks = append(remarks, fmt.Sprintf("%d of the %d cores of host %s are not used, as the "+
				"launcher has bound its processes to others: mpirun --bind-to none lets them use all",
				idle, all[on[host][0]].All, host))
		}
	}
	return remarks
}

// Package experiment carries out grids of training runs: the variants of an experiment, on each of
// its recipes, for several seeds.
//
// A grid is a folder:
//
//	README.md                      tables: mean and deviation over the seeds, published
//	                               accuracies, and paired differences from a baseline
//	<recipe>-accuracy.svg, .png    accuracies, one point for each seed
//	<recipe>-<test>-accuracy.svg   accuracies on further recordings
//	<recipe>-curves.svg, .png      test accuracy over the epochs
//	<recipe>-timesteps.svg, .png   accuracy against T_avg, if the variants differ in it
//	<recipe>-energy.svg, .png      accuracy against energy
//	<recipe>-over-<key>.svg, .png  accuracy against each key that the experiment varies
//	<recipe>/<variant>/seed-<n>/   the runs, as ssnn train makes them, and beside their files
//	    energy.json                the energy of the network for one recording
//	    plans.json                 its accuracy under other plans, if the variant asks
//	    answers-<test>.jsonl       its answers to further recordings
//	.lock                          while a process carries out the runs, see folder.Lock
//
// A finished run is not repeated and an interrupted one is continued, so the command that was
// stopped is also the command that goes on.
package experiment

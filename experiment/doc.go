// Package experiment carries out grids of training runs: the variants of an experiment, on each of
// its recipes, for several seeds.
//
// A grid is a folder:
//
//	README.md                         tables: mean and deviation over the seeds, beside what was published,
//	                                  and paired differences from a baseline
//	<recipe>-accuracy.svg, .png       accuracies, a point a seed
//	<recipe>-<test>-accuracy.svg      on further recordings
//	<recipe>-curves.svg, .png         test accuracy over the epochs
//	<recipe>-timesteps.svg, .png      accuracy against T_avg, where variants differ in it along a line
//	<recipe>-energy.svg, .png         accuracy against energy
//	<recipe>-over-<key>.svg, .png     accuracy against each key that the experiment varies
//	<recipe>/<variant>/seed-<n>/      the runs, as ssnn train makes them, and beside their files
//	    energy.json                   what the network takes for a recording
//	    plans.json                    what it is worth under other plans of timesteps, for variants that ask so
//	    answers-<test>.jsonl          its answers to further recordings
//	.lock                             while somebody carries out the runs, see folder.Lock
//
// A run that is finished is not made again and one that was interrupted goes on, so the command
// that was stopped is the one that goes on.
package experiment

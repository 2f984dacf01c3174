// Package search finds the stages and timesteps of a network that recognise best within a latency.
//
//	recipe -> cuts into stages, in every way, of ever fewer timesteps
//	       -> a few are measured, the others predicted
//	       -> some that should fit the latency are measured
//	       -> short trainings, the better half goes on, and so on -> a recipe
//
// Latencies are medians of inference of one recording on this machine, by package infer, so they
// differ a little from run to run. Once it is known which cuts are tried, the rest is a function of
// the recipe and its seed.
package search

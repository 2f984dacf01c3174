// Package search finds the stages and timesteps of a network that recognise best within a latency.
//
//	recipe -> cuts (into stages, in every way, of ever fewer timesteps) -> few measured, the others predicted
//	       -> some that are to fit the latency, measured -> short trainings, the best half on, ... -> a recipe
//
// Latencies are medians of inference of one recording on this machine, by package infer, and so
// differ a little from run to run. Given which cuts are tried, the rest is a function of the recipe
// and its seed.
package search

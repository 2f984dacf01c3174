// Package recipes holds the experiments, one TOML file each, and carries them out. A recipe and its
// seed determine a run, and a run is a folder:
//
//	config.toml         the recipe with every value that it left to defaults
//	metrics.jsonl       one line an epoch, see train.Metrics
//	last.safetensors    checkpoint after the last epoch, or where the run was interrupted
//	model.safetensors   the trained network, written at the end
package recipes

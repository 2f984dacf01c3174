package infer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a run's folder that hold its network: that at the end of the run, and the
// checkpoint.
const (
	ModelFile      = "model.safetensors"
	CheckpointFile = "last.safetensors"
)

// FileOf returns the file of a model, given its path or the folder of its run. For a folder it is
// the network at the end of the run, or, if the run is not finished, its checkpoint; a note then
// says so. A folder without either is an error.
func FileOf(path string) (file, note string, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err.(*fs.PathError).Op = "open" // the usual error for a file that is not there
		return "", "", fmt.Errorf("%w, %s", err, wantModel)
	case err != nil || !info.IsDir():
		return path, "", nil // opening it gives the error
	}
	for _, name := range []string{ModelFile, CheckpointFile} {
		file = filepath.Join(path, name)
		if _, err := os.Stat(file); err != nil {
			continue
		}
		if name == CheckpointFile {
			note = fmt.Sprintf("the run of %s is not finished: this is the network of its "+
				"checkpoint", path)
		}
		return file, note, nil
	}
	return "", "", fmt.Errorf("%s is a folder without %s, %s", path, ModelFile, wantModel)
}

const wantModel = "want a model's file or the folder of a run"

package recipes

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"

	"ssnn/internal/collective"
	"ssnn/safetensors"
)

// A run can be made by several processes together, each with a Run of its own for the same folder.
// Only member 0 of the machine's group locks and writes the folder, and it reads from it for all,
// so that the others need not see it. An error of one member is an error of all, except where a
// file cannot be written once the run is under way.

// group returns the machine's group, or one of this process alone.
func (m Machine) group() collective.Group {
	if m.Group == nil {
		return collective.Alone()
	}
	return m.Group
}

// writes reports whether this process is the one that writes files.
func (m Machine) writes() bool { return m.group().Rank() == 0 }

// agree returns to all members the error of any of them.
func (m Machine) agree(err error) error { return collective.Agree(m.group(), err) }

// first calls do in member 0, and returns its error to all.
func (m Machine) first(do func() error) (err error) {
	if m.writes() {
		err = do()
	}
	return m.agree(err)
}

// read reads a file in member 0, for all.
func (m Machine) read(path string) (data []byte, err error) {
	err = m.first(func() (err error) {
		data, err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	return collective.Broadcast(m.group(), data)
}

// readTensors is safetensors.Read in member 0, for all.
func (m Machine) readTensors(path string) (f *safetensors.File, err error) {
	err = m.first(func() (err error) {
		f, err = safetensors.Read(path, m.Unverified)
		return err
	})
	if err != nil || m.group().Size() == 1 {
		return f, err
	}
	data, err := m.read(path)
	if err != nil {
		return nil, err
	}
	return safetensors.ParseFile(path, data, m.Unverified)
}

// readRecipe is ReadRecipe in member 0, for all.
func (m Machine) readRecipe(dir string) (r Recipe, err error) {
	err = m.first(func() (err error) {
		r, err = ReadRecipe(dir)
		return err
	})
	if err != nil || m.group().Size() == 1 {
		return r, err
	}
	text, err := m.read(filepath.Join(dir, configFile))
	if err != nil {
		return r, err
	}
	return Parse(string(text))
}

// exists reports whether member 0 has a file in a folder.
func (m Machine) exists(dir, name string) (bool, error) {
	var there []byte
	if exists(dir, name) {
		there = []byte{1}
	}
	there, err := collective.Broadcast(m.group(), there)
	return len(there) > 0, err
}

// same returns an error to all members unless all make the same run.
func (run *Run) same() error {
	g := run.machine.group()
	if g.Size() == 1 {
		return nil
	}
	recordings, err := json.Marshal(run.recordings)
	if err != nil {
		return err
	}
	classes, err := json.Marshal(run.Classes)
	if err != nil {
		return err
	}
	for _, of := range []struct{ what, text string }{
		{"the recipe with the changes of the flags", run.Recipe.Text()},
		{"the classes of the recordings", string(classes)},
		{"the recordings, by their names and sizes", string(recordings)},
	} {
		digest := sha256.Sum256([]byte(of.text))
		if err := collective.Same(g, of.what, digest[:]); err != nil {
			return err
		}
	}
	return nil
}
